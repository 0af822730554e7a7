#include "evicted.h"

#include <math.h>
#include <string.h>

static const enum counter counters[] = { C_RSS, C_FOOTPRINT, C_FILE, C_VRAM };
enum { N_COUNTERS = sizeof(counters) / sizeof(counters[0]) };

static double
or_zero(double x)
{
	return isnan(x) ? 0 : x;
}

double
evicted_held(const struct mem_row *m)
{
	return fmax(or_zero(m->v[C_RSS]), or_zero(m->v[C_FOOTPRINT]) +
	    or_zero(m->v[C_FILE])) + or_zero(m->v[C_VRAM]);
}

/* Into *seen, where what a sample does not tell is as it was last. */
static double
held_now(struct mem_row *seen, const struct mem_row *m)
{
	for (size_t i = 0; i < N_COUNTERS; i++)
		if (!isnan(m->v[counters[i]]))
			seen->v[counters[i]] = m->v[counters[i]];
	return evicted_held(seen);
}

double
evicted_before_load(const struct visit *at)
{
	struct mem_row seen = { .v = { 0 } };
	double least = INFINITY;
	size_t i;

	if (!at->load->info.timed)
		return 0;
	i = tables_mem_at(at->mem, at->load->t_begin);
	for (i -= i > 0; i < at->mem->n &&
	    at->mem->v[i].t_ns <= at->load->t_end; i++)
		least = fmin(least, held_now(&seen, &at->mem->v[i]));
	return isinf(least) ? 0 : least;
}

static void
leave_out(struct request_row *q)
{
	static const unsigned waited[] = { M_TTFB, M_TTFT, M_TTFA,
		M_E2E, M_PREFILL_TPS, M_EFFECTIVE_TPS, M_ENERGY,
		M_ENERGY_TOKENS };

	q->d.is_evicted = true;
	for (size_t i = 0; i < sizeof(waited) / sizeof(waited[0]); i++)
		request_set_v(q, waited[i], NAN);
}

/* It was gone from one instant to another: who had to wait for it? */
static void
gone_between(const struct visit *at, int64_t from, int64_t to)
{
	struct request_row *q;

	for (size_t i = 0; i < at->n_requests; i++) {
		q = at->requests[i];
		if (q->t_sent <= to && q->d.t_first_token > from)
			leave_out(q);
	}
}

static void
look_at(const struct visit *at)
{
	struct mem_row seen = { .v = { 0 } };
	double size = (double)at->load->info.size_bytes, held;
	double without = fmax(size, evicted_before_load(at) + size / 4);
	double most = 0, least = 0;
	int64_t end = visit_end(at), gone = -1;

	for (size_t i = tables_mem_at(at->mem, at->t_loaded); i < at->mem->n &&
	    at->mem->v[i].t_ns < end; i++) {
		held = held_now(&seen, &at->mem->v[i]);
		most = fmax(most, held);
		least = fmin(least, held);
		if (gone == -1 && held < without && most - held >= size / 2) {
			gone = at->mem->v[i].t_ns;
			least = held;
		} else if (gone != -1 && held - least >= size / 2) {
			gone_between(at, gone, at->mem->v[i].t_ns);
			gone = -1;
			most = held;
		}
	}
}

/*
 * The server had put the model to sleep: who was sent before it spoke again?
 * *first is the first request that may be, for notes in order.
 */
static void
wake(struct run *r, const struct note_row *n, size_t *first)
{
	int64_t awake = INT64_MAX;
	struct request_row *q;

	while (*first < r->n_requests && r->requests[*first].t_sent < n->t_ns)
		++*first;
	for (size_t i = *first; i < r->n_requests; i++) {
		q = &r->requests[i];
		if (q->t_sent > awake)
			return;
		if (q->at == NULL || q->at->pair != n->at->pair ||
		    q->at->variant != n->at->variant)
			continue;
		q->has_load = true;
		leave_out(q);
		if (q->d.t_first_token != -1 && q->d.t_first_token < awake)
			awake = q->d.t_first_token;
	}
}

/* What the server, or who asked it, tells of. */
static void
look_at_told(struct run *r)
{
	const struct note_row *n;
	struct request_row *q;
	size_t first = 0;

	for (n = r->notes; n < r->notes + r->n_notes; n++)
		if (n->at != NULL && strcmp(n->code, "asleep") == 0)
			wake(r, n, &first);
	for (q = r->requests; q < r->requests + r->n_requests; q++)
		if (q->has_load && q->visit != NULL)
			gone_between(q->visit, q->t_sent, q->d.t_first_token);
}

void
evicted_requests(struct run *r)
{
	const struct visit *at;

	look_at_told(r);
	for (at = r->visits; at < r->visits + r->n_visits; at++)
		if (at->load != NULL && at->load->info.size_bytes > 0 &&
		    at->t_loaded != -1 && !r->is_summed &&
		    !visit_is_shared(r, at))
			look_at(at);
}
