#ifndef LMG_METRICSAGG_JUDGE_LEAKS_H
#define LMG_METRICSAGG_JUDGE_LEAKS_H

/*
 * Where a leak is looked for: in each scenario of sequential requests with idle
 * time between them, of each variant, in the load that has most of them.
 */

#include "stats/leak.h"
#include "view.h"

/* The requests of one load, or of one process of it, by one counter. */
struct leaks_case {
	const struct group *g;
	const struct visit *visit;
	size_t part;			/* from 1: a worker that is started
					   anew begins another; 0: all */
	enum counter c;
	bool is_deciding;		/* the counter that decides */
	bool is_budget_configured;	/* in.cache_budget_bytes is not the
					   server's default */
	struct leak_input in;
	const struct request_row *const *q;	/* its in.n requests */
};

typedef void leaks_fn(struct view *v, const struct leaks_case *at, void *arg);

/* Call fn for each. */
void leaks_each(struct view *v, leaks_fn *fn, void *arg);

#endif
