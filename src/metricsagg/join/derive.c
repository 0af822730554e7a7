#include "derive.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "clock.h"
#include "instants.h"
#include "stats/gaps.h"
#include "stats/quantile.h"
#include "xalloc.h"

/* A span is resolved that is so many times as long as its ends are unsure. */
#define RESOLVED	20

/* A figure whose ends are not known to this, nor to this share of it, is
 * left out. */
#define UNSURE_S	1e-3
#define UNSURE_SHARE	0.01

/* Of the tokens behind the first that a rate is of. */
#define NEARLY_ALL	0.9

/* Prompts so short are not judged by what of them was cached; and so few tokens
 * beside cached ones take no time of their own. */
enum { JUDGED_TOKENS = 32, FRESH_TOKENS = 16 };

/* A request while it is derived. */
struct work {
	struct request_row *q;
	struct instants t;
	struct derived d;
	double v[V_COUNT];
	uint64_t backwards;		/* intervals that would be negative */
};

/* Seconds from a to b; NAN when either is unknown, or not known well enough,
 * or b is before a. */
static double
elapsed(struct work *w, struct moment a, struct moment b)
{
	double took = (double)(b.at - a.at) / 1e9;
	double unsure = (double)(a.unsure > b.unsure ? a.unsure : b.unsure) /
	    1e9;

	if (a.at == -1 || b.at == -1)
		return NAN;
	if (b.at < a.at) {
		w->backwards++;
		return NAN;
	}
	if (unsure > UNSURE_S && unsure > UNSURE_SHARE * took) {
		w->d.is_unsure = true;
		return NAN;
	}
	return took;
}

/* a / b where both are known and b > 0. */
static double
ratio(double a, double b)
{
	return b > 0 ? a / b : NAN;
}

static void
derive_gaps(struct work *w)
{
	const struct instants *t = &w->t;
	struct gaps_uneven u;

	if (t->n_gaps == 0)
		return;
	u = gaps_uneven(t->gap_s, t->sorted, t->n_gaps);
	w->v[M_MEDIAN_ICL] = quantile_median(t->sorted, t->n_gaps);
	w->v[M_STALL] = fmax(t->sorted[t->n_gaps - 1], t->least_stall_s);
	w->v[M_ICL_SPREAD] = exp(u.spread);
	w->v[V_LAG1] = u.lag1;
}

/*
 * Was the prompt in the cache, or not, against what it was meant to be?  Of a
 * few tokens nothing is said; a turn finds there what went before it.
 */
static bool
is_miscached(const struct request_row *q)
{
	double share = (double)q->cached_tokens / (double)q->prompt_tokens;

	if (q->cached_tokens < 0 || q->prompt_tokens < JUDGED_TOKENS ||
	    q->asked->warmup == 1 || q->asked->turn > 1)
		return false;
	return names_cmp(q->asked->cache, "warm") == 0 ? share < 0.5 :
	    share >= 0.25;
}

static void
derive_prefill(struct work *w)
{
	const struct request_row *q = w->q;
	double fresh = tables_known(q->prompt_tokens) -
	    (q->cached_tokens > 0 ? (double)q->cached_tokens : 0);
	double took = elapsed(w, w->t.prefill_begin, w->t.prefill_end);

	w->d.prefill_from_events = took > 0;
	/* A warm prompt was mostly not processed; without the server's count
	 * of cached tokens nobody knows how much of it was. */
	if (w->d.doubt == RATE_IMPLAUSIBLE || !(fresh > 0) ||
	    (q->cached_tokens == -1 &&
	    names_cmp(q->asked->cache, "warm") == 0))
		return;
	if ((w->d.is_prefill_cached = q->cached_tokens > 0 &&
	    fresh < FRESH_TOKENS))
		return;
	w->v[M_PREFILL_TPS] = ratio(fresh, took > 0 ? took : w->v[M_TTFT]);
	w->v[V_SERVER_PREFILL] = ratio(fresh, q->server_prefill_s);
}

/*
 * May a rate be made of these counts and this span?  One rule for all:  a chunk
 * may hold less than a token, but not half of one in the mean (status lines
 * are no tokens, a count of an early chunk is none of the answer), and the
 * tokens came as they were made.
 */
static enum rate_doubt
doubt(const struct work *w, double tokens)
{
	const struct instants *t = &w->t;
	double span = (double)(t->last_token.at - t->first_token.at) / 1e9;

	if ((double)t->n_tokens > 1.5 * tokens + 2)
		return RATE_IMPLAUSIBLE;
	if (tokens >= 2 && t->n_tokens > 0 &&
	    metric_is_unresolved(span, w->v[M_E2E]))
		return RATE_UNRESOLVED;
	return RATE_IS_FINE;
}

/*
 * The tokens that came first: their time is not in the span.  Where a chunk is
 * about a token they are the chunks, else their share of the bytes.
 */
static double
first_tokens(const struct instants *t, double tokens)
{
	double chunks = (double)t->n_tokens;

	return tokens <= 1.1 * chunks + 1 ? (double)t->n_first :
	    fmax(1, tokens * (double)t->first_bytes / (double)t->bytes);
}

static void
derive_decode(struct work *w, double tokens)
{
	const struct instants *t = &w->t;
	double span = elapsed(w, t->first_burst, t->last_token), after;
	double unsure = (double)(t->first_burst.unsure +
	    t->last_token.unsure) / 1e9;

	if (!(tokens >= 2) || isnan(span))
		return;
	if (span < RESOLVED * unsure) {
		w->d.is_unsure = true;
		return;
	}
	after = tokens - first_tokens(t, tokens);
	if (w->d.doubt != RATE_IS_FINE || !(after > 0))
		return;
	w->d.has_whole_rate = after / (tokens - 1) >= NEARLY_ALL;
	w->v[M_TPOT] = span / after;
	w->v[M_DECODE_TPS] = after / span;
	w->v[M_BYTES_PER_S] = (double)(t->bytes - t->first_bytes) / span;
	if (t->bursts > 1)
		w->v[M_BURST] = span / (double)(t->bursts - 1);
}

static void
derive_rates(struct work *w, double tokens)
{
	const struct request_row *q = w->q;

	derive_decode(w, tokens);
	if (tokens > 0 && w->d.doubt != RATE_IMPLAUSIBLE)
		w->v[M_EFFECTIVE_TPS] = ratio(tokens, w->v[M_E2E]);
	if (tokens > 0 && w->t.n_tokens > 0) {
		w->v[M_TOKENS_PER_CHUNK] = tokens / (double)w->t.n_tokens;
		w->v[M_TOKENS_PER_BURST] = tokens / (double)w->t.bursts;
	}
	if (q->answered->draft_tokens > 0)
		w->v[M_ACCEPT] = ratio(
		    tables_known(q->answered->accepted_tokens),
		    (double)q->answered->draft_tokens);
	w->v[M_PROMPT_TOKENS] = tables_known(q->prompt_tokens);
	w->v[M_COMPLETION_TOKENS] = tokens;
	w->v[V_SERVER_TTFT] = q->server_ttft_s;
	w->v[V_SERVER_TPS] = q->server_tps;
}

/* Which value is the server's own of a metric. */
static unsigned
servers(enum metric m)
{
	return m == M_TTFT ? V_SERVER_TTFT : m == M_DECODE_TPS ? V_SERVER_TPS :
	    m == M_PREFILL_TPS ? V_SERVER_PREFILL : V_COUNT;
}

bool
derive_is_told(enum metric m)
{
	return servers(m) != V_COUNT;
}

double
derive_servers(const struct request_row *q, enum metric m)
{
	assert(derive_is_told(m));
	return request_v(q, servers(m));
}

/* What stays of it, in place of the chunks. */
static void
keep(struct work *w)
{
	struct request_row *q = w->q;
	struct derived *d = &w->d;

	d->n_gaps = (uint32_t)w->t.n_gaps;
	d->v = (double *)q->chunks.w;	/* more than there are gaps */
	if (d->n_gaps > 0)
		memcpy(d->v, w->t.sorted, d->n_gaps * sizeof(*d->v));
	d->t_first_token = w->t.first_token.at;
	d->t_last_token = w->t.last_token.at;
	d->t_last = w->t.last.at;
	d->token_chunks = (int32_t)w->t.n_tokens;
	d->bursts = (int32_t)w->t.bursts;
	d->is_bursty = w->t.is_bursty;
	d->is_coalesced = w->t.n_coalesced * 2 > w->t.n_tokens;
	d->is_late = w->t.n_late > 0;
	d->has_unsure = w->t.n_unsure > 0;
	d->lacks_chunks = q->chunks_said >= 0 &&
	    q->chunks_said != d->token_chunks;
	q->d = *d;
	request_keep(q, w->v);
}

static void
add_faults(const struct work *w, struct chunk_faults *to)
{
	to->lost += w->t.faults.lost;
	to->repeated += w->t.faults.repeated;
	to->contradictory += w->t.faults.contradictory;
	if (w->q->t_sent != -1)
		to->backwards += w->t.faults.backwards + w->backwards;
}

void
derive_request(struct request_row *q, struct chunk_faults *faults)
{
	const struct moment sent = { q->t_sent, 0 };
	struct moment first_byte = { q->first_byte, 0 };
	double tokens = tables_known(q->completion_tokens);
	struct work w = { .q = q };

	instants_of(&w.t, &q->chunks);
	for (unsigned i = 0; i < V_COUNT; i++)
		w.v[i] = NAN;
	if (w.t.first.at == q->first_byte)
		first_byte = w.t.first;
	w.v[M_TTFB] = elapsed(&w, sent, first_byte);
	w.v[M_TTFT] = elapsed(&w, sent, w.t.first_token);
	w.v[M_TTFA] = elapsed(&w, sent, w.t.first_answer);
	w.v[M_QUEUE] = elapsed(&w, (struct moment){ q->scheduled_ns, 0 }, sent);
	w.v[M_E2E] = elapsed(&w, sent, w.t.last);
	derive_gaps(&w);
	w.d.doubt = doubt(&w, tokens);
	derive_prefill(&w);
	derive_rates(&w, tokens);
	if ((w.d.is_miscached = is_miscached(q)))
		w.v[M_TTFT] = w.v[M_TTFA] = w.v[M_PREFILL_TPS] =
		    w.v[M_E2E] = w.v[M_EFFECTIVE_TPS] = NAN;
	add_faults(&w, faults);
	keep(&w);
	instants_fini(&w.t);
}
