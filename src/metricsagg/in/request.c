/* The rows of requests, and what they amount to. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
#include "tables.h"
#include "xalloc.h"

static size_t
add_request(struct run *r, int64_t req)
{
	static const struct request_asked unknown = { NULL, NULL, NULL, -1, -1,
	    -1, 0 };
	static const struct request_answered nothing = { .draft_tokens = -1,
	    .accepted_tokens = -1 };
	struct request_row *q;

	r->requests = xgrow(r->requests, r->n_requests, &r->cap_requests,
	    sizeof(*r->requests));
	q = &r->requests[r->n_requests];
	memset(q, 0, sizeof(*q));
	q->req = req;
	q->step = q->t_sent = q->scheduled_ns = q->t_done = q->first_byte = -1;
	q->asked = &unknown;
	q->answered = &nothing;
	q->prompt_tokens = q->completion_tokens = q->reasoning_tokens = -1;
	q->cached_tokens = q->chunks_said = -1;
	q->status = STATUS_UNKNOWN;
	q->server_ttft_s = q->server_tps = q->server_prefill_s = NAN;
	return r->n_requests++;
}

struct request_row *
tables_request(struct run *r, int64_t req)
{
	size_t ix;

	if (r->last_request < r->n_requests &&
	    r->requests[r->last_request].req == req)
		return &r->requests[r->last_request];
	ix = idmap_get(&r->request_at, (uint64_t)req);
	if (ix == IDMAP_NONE) {
		ix = add_request(r, req);
		idmap_put(&r->request_at, (uint64_t)req, ix);
	}
	r->last_request = ix;
	return &r->requests[ix];
}

struct request_row *
tables_again(const struct run *r, const struct request_row *q)
{
	size_t ix = idmap_get(&r->again, (uint64_t)(q - r->requests));

	return ix == IDMAP_NONE ? NULL : &r->requests[ix];
}

struct request_row *
tables_request_at(struct run *r, int64_t req, int64_t t_sent)
{
	struct request_row *q = tables_request(r, req), *next = q;
	size_t at, ix;

	while (next != NULL && next->is_sent && next->t_sent != t_sent) {
		q = next;
		next = tables_again(r, q);
	}
	if (next != NULL)
		return next;
	at = (size_t)(q - r->requests);
	ix = add_request(r, req);
	idmap_put(&r->again, at, ix);
	return &r->requests[ix];
}

bool
tables_is_good(const struct request_row *q)
{
	return q->status == STATUS_OK || q->status == STATUS_TRUNCATED;
}

bool
tables_was_tried(const struct request_row *q)
{
	return q->is_done && q->status != STATUS_SKIPPED &&
	    q->status != STATUS_CANCELLED;
}

static double
seconds(int64_t from, int64_t to)
{
	return (double)(to - from) / 1e9;
}

/* What value i is if the request went as most do, by its gaps and the rest of
 * the row. */
static double
told(const struct request_row *q, unsigned i)
{
	const struct derived *d = &q->d;
	double tokens = q->completion_tokens;

	switch (i) {
	case M_TTFT:
	case M_TTFA:
		return seconds(q->t_sent, d->t_first_token);
	case M_E2E:
		return seconds(q->t_sent, d->t_last);
	case M_MEDIAN_ICL:
		return quantile_median(d->v, d->n_gaps);
	case M_STALL:
		return d->v[d->n_gaps - 1];
	case M_TPOT:
		return seconds(d->t_first_token, d->t_last_token) /
		    (tokens - 1);
	case M_DECODE_TPS:
		return (tokens - 1) / seconds(d->t_first_token,
		    d->t_last_token);
	case M_BURST:
		return seconds(d->t_first_token, d->t_last_token) /
		    (d->bursts - 1);
	case M_PREFILL_TPS:
		return (q->prompt_tokens - fmax(0, q->cached_tokens)) /
		    seconds(q->t_sent, d->t_first_token);
	case M_EFFECTIVE_TPS:
		return tokens / seconds(q->t_sent, d->t_last);
	case M_TOKENS_PER_CHUNK:
		return tokens / d->token_chunks;
	case M_TOKENS_PER_BURST:
		return tokens / d->bursts;
	case M_ACCEPT:
		return (double)q->answered->accepted_tokens /
		    q->answered->draft_tokens;
	case M_PROMPT_TOKENS:
		return q->prompt_tokens;
	case M_COMPLETION_TOKENS:
		return tokens;
	default:
		return NAN;
	}
}

/* Where value i stands in v. */
static size_t
place_of(const struct derived *d, unsigned i)
{
	return d->n_gaps + (unsigned)__builtin_popcount(d->has &
	    ~(uint32_t)d->told & ((UINT32_C(1) << i) - 1));
}

double
request_v(const struct request_row *q, unsigned i)
{
	if ((q->d.has >> i & 1) == 0)
		return NAN;
	return q->d.told >> i & 1 ? told(q, i) : q->d.v[place_of(&q->d, i)];
}

void
request_set_v(struct request_row *q, unsigned i, double v)
{
	double all[V_COUNT];

	for (unsigned k = 0; k < V_COUNT; k++)
		all[k] = k == i ? v : request_v(q, k);
	request_keep(q, all);
}

void
request_keep(struct request_row *q, const double v[V_COUNT])
{
	struct derived *d = &q->d;
	double kept[V_COUNT];
	size_t n = 0;

	d->has = d->told = 0;
	for (unsigned i = 0; i < V_COUNT; i++) {
		if (isnan(v[i]))
			continue;
		/* As wide as the member: a compiler that checks asks. */
		d->has = (d->has | UINT32_C(1) << i) &
		    ((UINT32_C(1) << V_BITS) - 1);
		if (told(q, i) == v[i])
			d->told = (d->told | UINT32_C(1) << i) &
			    ((UINT32_C(1) << TOLD_BITS) - 1);
		else
			kept[n++] = v[i];
	}
	d->v = xreallocarray(d->v, d->n_gaps + n, sizeof(*d->v));
	memcpy(d->v + d->n_gaps, kept, n * sizeof(*d->v));
}

const double *
request_gaps(const struct request_row *q)
{
	assert(q->d.n_gaps > 0);
	return q->d.v;
}
