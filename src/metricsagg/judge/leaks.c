#include "leaks.h"

#include <math.h>
#include <stdlib.h>

#include "stats/leak.h"
#include "stats/order.h"
#include "xalloc.h"

#define LLAMA_CACHE_BYTES (8192.0 * 1048576)

/* The requests of one scenario in one load, in order. */
struct series {
	const struct visit *visit;
	const struct request_row **q;
	size_t n;
	size_t part;			/* from 1: a worker that is started, or
					   a model that is loaded anew begins
					   another; 0: all */
	bool is_sequential;
};

/* End of the idle time after request k of the visit: when the next leaves. */
static int64_t
idle_until(const struct visit *at, const struct request_row *q)
{
	int64_t until = visit_end(at);
	size_t lo = 0, hi = at->n_requests, mid;

	while (lo < hi) {		/* the first that leaves after q */
		mid = lo + (hi - lo) / 2;
		if (at->requests[mid]->t_sent <= q->t_sent)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < at->n_requests && at->requests[lo]->t_sent < until ?
	    at->requests[lo]->t_sent : until;
}

static double
floor_of(const struct visit *at,
    const struct request_row *q, enum counter c)
{
	int64_t from = q->d.t_last != -1 ? q->d.t_last : q->t_done;
	int64_t until = idle_until(at, q);
	double x[LEAK_FLOOR_SAMPLES];
	size_t i = tables_mem_at(at->mem, until), n = 0;

	if (from == -1)
		return NAN;
	while (i-- > 0 && at->mem->v[i].t_ns > from &&
	    n < LEAK_FLOOR_SAMPLES)
		if (!isnan(at->mem->v[i].v[c]))
			x[n++] = at->mem->v[i].v[c];
	return leak_floor(x, n);
}

/* The scenario's requests in the load that has most of them. */
static void
longest_series(const struct group *g, size_t n_visits,
    const struct visit *visits, struct series *s)
{
	size_t *count = xcalloc(n_visits + 1, sizeof(*count)), best = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->q[i]->visit != NULL && !g->q[i]->asked->warmup)
			count[g->q[i]->visit - visits]++;
	for (size_t i = 1; i < n_visits; i++)
		if (count[i] > count[best])
			best = i;
	s->visit = &visits[best];
	s->q = xreallocarray(NULL, g->n + 1, sizeof(*s->q));
	s->n = s->part = 0;
	s->is_sequential = true;
	for (size_t i = 0; i < g->n; i++) {
		if (g->q[i]->visit != s->visit)
			continue;
		s->is_sequential &= g->q[i]->asked->concurrency <= 1 &&
		    g->q[i]->at->concurrency <= 1 &&
		    isnan(g->q[i]->at->rate_per_s);
		if (!g->q[i]->asked->warmup)
			s->q[s->n++] = g->q[i];
	}
	/* cold and warm ones came one after the other */
	order_rows(s->q, s->n, sizeof(*s->q), visit_cmp_sent);
	free(count);
}

/* The floors of the series by one counter; is there any? */
static bool
find_floors(const struct series *s, enum counter c, double *floors)
{
	bool is_any = false;

	for (size_t i = 0; i < s->n; i++) {
		floors[i] = floor_of(s->visit, s->q[i], c);
		is_any |= !isnan(floors[i]);
	}
	return is_any;
}

/* The first of those that may decide which has floors; they are in floors. */
static enum counter
deciding_counter(const struct series *s, double *floors)
{
	static const enum counter order[] = { C_FOOTPRINT, C_ANON_SWAP,
	    C_RSS };

	for (size_t k = 0; k < 3; k++)
		if (find_floors(s, order[k], floors))
			return order[k];
	return C_COUNT;
}

static bool
is_budget_configured(const struct visit *at)
{
	return at->load != NULL && at->load->info.cache_budget_bytes >= 0;
}

/*
 * What the server may keep of prompts: as configured, else the default of
 * llama.cpp's own server (--cache-ram); NAN when unknown, as for every server
 * that does not tell, whatever the format.
 */
static double
cache_budget(const struct visit *at)
{
	if (is_budget_configured(at))
		return (double)at->load->info.cache_budget_bytes;
	if (at->load != NULL &&
	    (names_cmp(at->load->info.api, "llama-router") == 0 ||
	    names_cmp(at->load->info.server_name, "llama-server") == 0))
		return LLAMA_CACHE_BYTES;
	return NAN;
}

/*
 * A scenario that leaves no idle time between its requests has no floors but
 * by accident, and says nothing about leaks.
 */
static bool
has_idle_gaps(const double *floors, size_t n)
{
	size_t seen = 0;

	for (size_t i = 0; i < n; i++)
		seen += isnan(floors[i]) ? 0 : 1;
	return seen * 2 >= n;
}

static double
context_of(const struct request_row *q)
{
	return q->prompt_tokens == -1 || q->completion_tokens == -1 ?
	    (double)NAN : (double)(q->prompt_tokens + q->completion_tokens);
}

/* One counter after the other: there may be many requests. */
static void
each_counter(struct view *v, const struct group *g, const struct series *s,
    leaks_fn *fn, void *arg)
{
	double *floors = xreallocarray(NULL, s->n, sizeof(*floors));
	double *context = xreallocarray(NULL, s->n, sizeof(*context));
	struct leaks_case at = { .g = g, .visit = s->visit, .part = s->part,
	    .in = { .n = s->n, .floor_bytes = floors,
	    .context_tokens = context,
	    .cache_budget_bytes = cache_budget(s->visit) },
	    .q = s->q,
	    .is_budget_configured = is_budget_configured(s->visit) };
	enum counter deciding = deciding_counter(s, floors), c;
	bool is_idle = has_idle_gaps(floors, s->n);

	for (size_t i = 0; i < s->n; i++)
		context[i] = context_of(s->q[i]);
	for (c = 0; c < C_COUNT && deciding != C_COUNT && is_idle; c++) {
		at.c = c;
		at.is_deciding = c == deciding;
		at.in.beside = at.is_deciding ? 0 : LEAK_BESIDE;
		if (find_floors(s, c, floors))
			fn(v, &at, arg);
	}
	free(floors);
	free(context);
}

/* How many of the requests from the first on one and the same process served,
 * its model in memory. */
static size_t
until_new(const struct run *r, const struct visit *at,
    const struct request_row *const *q, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (q[i]->has_load)
			return i;
		for (size_t k = 0; k < r->n_notes; k++)
			if (visit_is_exit(r, at, &r->notes[k]) &&
			    r->notes[k].t_ns >= q[i - 1]->t_sent &&
			    r->notes[k].t_ns < q[i]->t_sent)
				return i;
	}
	return n;
}

/*
 * Memory of a process that was started anew begins anew, and of one whose model
 * was gone.  What was sampled behind the request before that is no longer its
 * own.
 */
static void
each_part(struct view *v, const struct group *g, const struct series *s,
    leaks_fn *fn, void *arg)
{
	struct series part = *s;
	const struct request_row *const *end = s->q + s->n;
	size_t served;

	part.n = until_new(v->r, s->visit, s->q, s->n);
	if (part.n == s->n) {
		each_counter(v, g, s, fn, arg);
		return;
	}
	for (part.part = 1; part.q < end; part.part++) {
		served = until_new(v->r, s->visit, part.q,
		    (size_t)(end - part.q));
		part.n = part.q + served < end ? served - 1 : served;
		if (part.n > 0)
			each_counter(v, g, &part, fn, arg);
		part.q += served;
	}
}

void
leaks_each(struct view *v, leaks_fn *fn, void *arg)
{
	struct group g;
	struct series s;
	size_t k;

	for (size_t i = 0; i < v->g.n_groups; i = k) {
		k = group_whole_scenario(&v->g, i, &g);
		if (v->r->n_visits == 0)
			continue;
		longest_series(&g, v->r->n_visits, v->r->visits, &s);
		if (s.is_sequential && s.n >= LEAK_MIN_FLOORS)
			each_part(v, &g, &s, fn, arg);
		free(s.q);
	}
}
