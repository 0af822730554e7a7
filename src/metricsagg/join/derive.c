#include "derive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "stats/bursts.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/uneven.h"
#include "xalloc.h"

/* Not after at (-1: there is none), and by so much earlier at most. */
struct moment {
	int64_t at, unsure;
};

/* The moments of one request. */
struct instants {
	struct moment first_token, first_answer, last_token, last,
	    prefill_begin, prefill_end;
	struct moment first_burst;	/* its last token; at is the first's */
	int64_t n_tokens;
	int64_t bytes, first_bytes;	/* of the tokens; of the first burst */
	int64_t n_first;		/* chunks of that */
};

/* A span is resolved that is so many times as long as its ends are unsure. */
#define RESOLVED	20

/* A figure whose ends are not known to this, nor to this share of it, is
 * left out. */
#define UNSURE_S	1e-3
#define UNSURE_SHARE	0.01

/* Prompts so short are not judged by what of them was cached; and so few tokens
 * beside cached ones take no time of their own. */
enum { JUDGED_TOKENS = 32, FRESH_TOKENS = 16 };

static int
by_time(const void *pa, const void *pb)
{
	const struct chunk *a = pa, *b = pb;

	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return (a->i > b->i) - (a->i < b->i);
}

/*
 * Drop copies from the sorted chunks and count what is wrong with them.
 * Returns how many are left.
 */
static size_t
clean(struct chunk *c, size_t n, struct derived *d)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		if (kept > 0 && c[i].i == c[kept - 1].i) {
			if (memcmp(&c[i], &c[kept - 1], sizeof(*c)) == 0)
				d->repeated++;
			else
				d->contradictory++;
			continue;
		}
		c[kept++] = c[i];
	}
	for (i = 1; i < kept; i++)
		d->backwards += chunk_t(c[i]) < chunk_t(c[i - 1]);
	if (kept > 0)
		d->lost = c[kept - 1].i + 1 - (uint32_t)kept;
	if (d->backwards > 0)
		qsort(c, kept, sizeof(*c), by_time);
	return kept;
}

static struct moment
moment_of(struct chunk c)
{
	return (struct moment){ chunk_t(c), chunk_unsure_ns(c) };
}

/* The token chunk that came at m, the next in order. */
static void
note_token(struct instants *t, struct chunk c, struct moment m,
    struct derived *d)
{
	/* What came several to a packet was merged on our side, or sent so. */
	d->coalesced += (chunk_flags(c) & CHUNK_COALESCED) != 0 &&
	    m.unsure == 0;
	d->unsure += m.unsure > 0;
	d->bursts += m.at != t->last_token.at || t->last_token.unsure > 0;
	if (t->first_token.at == -1)
		t->first_token = m;
	if (t->first_token.at == m.at) {
		t->first_burst = m;
		t->first_bytes += c.bytes;
		t->n_first++;
	}
	t->bytes += c.bytes;
	if (t->first_answer.at == -1 && chunk_kind(c) != CHUNK_REASONING)
		t->first_answer = m;
	t->last_token = m;
	t->n_tokens++;
}

static void
note_instants(struct instants *t, const struct chunk *c, size_t n,
    struct derived *d)
{
	struct moment m;
	unsigned flags;
	size_t i;

	for (i = 0; i < n; i++) {
		m = t->last = moment_of(c[i]);
		flags = chunk_flags(c[i]);
		d->late += (flags & CHUNK_LATE) != 0;
		if (chunk_kind(c[i]) == CHUNK_PREFILL) {
			if ((flags & CHUNK_START) && t->prefill_begin.at == -1)
				t->prefill_begin = m;
			if (flags & CHUNK_FINISH)
				t->prefill_end = m;
		}
		if (chunk_has_token(c[i]))
			note_token(t, c[i], m, d);
	}
}

/*
 * The gaps between chunks whose instants are known.  Of those between them and
 * over others, one is at least the mean.
 */
static void
keep_gaps(struct derived *d, const struct chunk *c, size_t n, int64_t n_tokens)
{
	int64_t before = -1, over = 1;
	double gap_s;
	size_t i;

	if (n_tokens < 2)
		return;
	d->gap_s = xreallocarray(NULL, (size_t)n_tokens - 1, sizeof(double));
	for (i = 0; i < n; i++) {
		if (!chunk_has_token(c[i]))
			continue;
		if (chunk_unsure_ns(c[i]) > 0) {
			over++;
			continue;
		}
		gap_s = (double)(chunk_t(c[i]) - before) / 1e9;
		if (before != -1 && over == 1)
			d->gap_s[d->n_gaps++] = gap_s;
		else if (before != -1)
			d->v[V_STALL_LEAST] = fmax(d->v[V_STALL_LEAST],
			    gap_s / (double)over);
		before = chunk_t(c[i]);
		over = 1;
	}
}

/* Seconds from a to b; NAN when either is unknown, or not known well enough,
 * or b is before a. */
static double
elapsed(struct derived *d, struct moment a, struct moment b)
{
	double took = (double)(b.at - a.at) / 1e9;
	double unsure = (double)(a.unsure > b.unsure ? a.unsure : b.unsure) /
	    1e9;

	if (a.at == -1 || b.at == -1)
		return NAN;
	if (b.at < a.at) {
		d->backwards++;
		return NAN;
	}
	if (unsure > UNSURE_S && unsure > UNSURE_SHARE * took) {
		d->is_unsure = true;
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

static double *
sorted_gaps(const struct derived *d)
{
	double *sorted = xreallocarray(NULL, d->n_gaps, sizeof(double));

	memcpy(sorted, d->gap_s, d->n_gaps * sizeof(double));
	order_sort(sorted, d->n_gaps);
	return sorted;
}

/* The chunks up to the first gap between bursts came first, together. */
static void
take_first_burst(struct instants *t, const struct chunk *c, size_t n,
    double least_s)
{
	int64_t before = -1;
	size_t i;

	t->n_first = t->first_bytes = 0;
	for (i = 0; i < n; i++) {
		if (!chunk_has_token(c[i]))
			continue;
		if (before != -1 &&
		    (double)(chunk_t(c[i]) - before) / 1e9 >= least_s)
			return;
		before = chunk_t(c[i]);
		t->n_first++;
		t->first_bytes += c[i].bytes;
	}
}

/* Where tokens come in bursts, the gaps within them are none between tokens:
 * what is left are the gaps between the bursts. */
static void
keep_bursts(struct derived *d, struct instants *t, const struct chunk *c,
    size_t n)
{
	double *sorted, least_s;
	size_t i, kept = 0;

	if (d->n_gaps == 0)
		return;
	sorted = sorted_gaps(d);
	least_s = bursts_split(sorted, d->n_gaps);
	free(sorted);
	if (least_s == 0)
		return;
	take_first_burst(t, c, n, least_s);
	for (i = 0; i < d->n_gaps; i++)
		if (d->gap_s[i] >= least_s)
			d->gap_s[kept++] = d->gap_s[i];
	d->n_gaps = (uint32_t)kept;
	d->bursts = (int32_t)kept + 1;
	d->is_bursty = true;
}

/* The gaps are wanted in time order once; then they are kept sorted. */
static void
derive_gaps(struct derived *d)
{
	struct uneven u;
	double *sorted;

	if (d->n_gaps == 0)
		return;
	sorted = sorted_gaps(d);
	u = uneven_of(d->gap_s, sorted, d->n_gaps);
	free(d->gap_s);
	d->gap_s = sorted;
	d->v[M_MEDIAN_ICL] = quantile_median(sorted, d->n_gaps);
	d->v[M_STALL] = fmax(sorted[d->n_gaps - 1], d->v[V_STALL_LEAST]);
	d->v[M_ICL_SPREAD] = exp(u.spread);
	d->v[V_LAG1] = u.lag1;
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
	    q->warmup == 1 || q->turn > 1)
		return false;
	return names_cmp(q->cache, "warm") == 0 ? share < 0.5 : share >= 0.25;
}

static void
derive_prefill(const struct request_row *q, struct derived *d,
    const struct instants *t)
{
	double fresh = tables_known(q->prompt_tokens) -
	    (q->cached_tokens > 0 ? (double)q->cached_tokens : 0);
	double took = elapsed(d, t->prefill_begin, t->prefill_end);

	d->prefill_from_events = took > 0;
	/* A warm prompt was mostly not processed; without the server's count
	 * of cached tokens nobody knows how much of it was. */
	if (d->doubt == RATE_IMPLAUSIBLE || !(fresh > 0) ||
	    (q->cached_tokens == -1 &&
	    names_cmp(q->cache, "warm") == 0))
		return;
	if ((d->is_prefill_cached = q->cached_tokens > 0 &&
	    fresh < FRESH_TOKENS))
		return;
	d->v[M_PREFILL_TPS] = ratio(fresh, took > 0 ? took : d->v[M_TTFT]);
	d->v[V_SERVER_PREFILL] = ratio(fresh, q->server_prefill_s);
}

/*
 * May a rate be made of these counts and this span?  One rule for all:  a chunk
 * may hold less than a token, but not half of one in the mean (status lines
 * are no tokens, a count of an early chunk is none of the answer), and the
 * tokens came as they were made.
 */
static enum rate_doubt
doubt(const struct derived *d, const struct instants *t, double tokens,
    double span)
{
	if ((double)t->n_tokens > 1.5 * tokens + 2)
		return RATE_IMPLAUSIBLE;
	if (tokens >= 2 && t->n_tokens > 0 &&
	    metric_is_unresolved(span, d->v[M_E2E]))
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
derive_decode(struct derived *d, const struct instants *t, double tokens)
{
	double span = elapsed(d, t->first_burst, t->last_token), after;
	double unsure = (double)(t->first_burst.unsure +
	    t->last_token.unsure) / 1e9;

	if (!(tokens >= 2) || isnan(span))
		return;
	if (span < RESOLVED * unsure) {
		d->is_unsure = true;
		return;
	}
	after = tokens - first_tokens(t, tokens);
	if (d->doubt != RATE_IS_FINE || !(after > 0))
		return;
	d->v[V_RATE_SHARE] = after / (tokens - 1);
	d->v[M_TPOT] = span / after;
	d->v[M_DECODE_TPS] = after / span;
	d->v[M_BYTES_PER_S] = (double)(t->bytes - t->first_bytes) / span;
	if (d->bursts > 1)
		d->v[M_BURST] = span / (double)(d->bursts - 1);
}

static void
derive_rates(const struct request_row *q, struct derived *d,
    const struct instants *t)
{
	double tokens = tables_known(q->completion_tokens);

	derive_decode(d, t, tokens);
	if (tokens > 0 && d->doubt != RATE_IMPLAUSIBLE)
		d->v[M_EFFECTIVE_TPS] = ratio(tokens, d->v[M_E2E]);
	if (tokens > 0 && t->n_tokens > 0) {
		d->v[M_TOKENS_PER_CHUNK] = tokens / (double)t->n_tokens;
		d->v[M_TOKENS_PER_BURST] = tokens / (double)d->bursts;
	}
	if (q->draft_tokens > 0)
		d->v[M_ACCEPT] = ratio(tables_known(q->accepted_tokens),
		    (double)q->draft_tokens);
	d->v[M_PROMPT_TOKENS] = tables_known(q->prompt_tokens);
	d->v[M_COMPLETION_TOKENS] = tokens;
}

bool
derive_is_told(enum metric m)
{
	return m == M_TTFT || m == M_DECODE_TPS || m == M_PREFILL_TPS;
}

double
derive_servers(const struct request_row *q, enum metric m)
{
	return m == M_TTFT ? q->server_ttft_s :
	    m == M_DECODE_TPS ? q->server_tps :
	    m == M_PREFILL_TPS ?
	    derived_v(&q->d, V_SERVER_PREFILL) : (double)NAN;
}

/* Keep those of v that were measured. */
static void
keep_measured(struct derived *d, const double v[V_COUNT])
{
	double kept[V_COUNT];
	size_t n = 0;

	for (unsigned i = 0; i < V_COUNT; i++)
		if (!isnan(v[i])) {
			d->has |= UINT32_C(1) << i;
			kept[n++] = v[i];
		}
	d->v = NULL;
	if (n > 0) {
		d->v = xreallocarray(NULL, n, sizeof(*kept));
		memcpy(d->v, kept, n * sizeof(*kept));
	}
}

struct derived
derive_request(const struct request_row *q)
{
	const struct moment none = { -1, 0 }, sent = { q->t_sent, 0 };
	struct instants t = { none, none, none, none, none, none, none, 0, 0,
	    0, 0 };
	struct moment first_byte = { q->first_byte, 0 };
	struct derived out = { .has = 0 }, *d = &out;
	double v[V_COUNT];
	struct chunk *c;
	size_t n, i;

	for (i = 0; i < V_COUNT; i++)
		v[i] = NAN;
	d->v = v;
	c = xreallocarray(NULL, q->chunks.n + 1, sizeof(*c));
	chunk_list_sorted(&q->chunks, c);
	n = clean(c, q->chunks.n, d);
	note_instants(&t, c, n, d);
	keep_gaps(d, c, n, t.n_tokens);
	keep_bursts(d, &t, c, n);
	if (n > 0 && chunk_t(c[0]) == q->first_byte)
		first_byte = moment_of(c[0]);
	free(c);

	d->t_first_token = t.first_token.at;
	d->t_last_token = t.last_token.at;
	d->t_last = t.last.at;
	d->token_chunks = (int32_t)t.n_tokens;
	d->v[M_TTFB] = elapsed(d, sent, first_byte);
	d->v[M_TTFT] = elapsed(d, sent, t.first_token);
	d->v[M_TTFA] = elapsed(d, sent, t.first_answer);
	d->v[M_QUEUE] = elapsed(d,
	    (struct moment){ q->scheduled_ns, 0 }, sent);
	d->v[M_E2E] = elapsed(d, sent, t.last);
	derive_gaps(d);
	d->doubt = doubt(d, &t, tables_known(q->completion_tokens),
	    (double)(t.last_token.at - t.first_token.at) / 1e9);
	derive_prefill(q, d, &t);
	derive_rates(q, d, &t);
	if ((d->is_miscached = is_miscached(q)))
		d->v[M_TTFT] = d->v[M_TTFA] = d->v[M_PREFILL_TPS] =
		    d->v[M_E2E] = d->v[M_EFFECTIVE_TPS] = NAN;
	v[V_STALL_LEAST] = NAN;
	keep_measured(d, v);
	return out;
}
