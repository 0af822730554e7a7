#ifndef LMG_METRICSAGG_STATS_KRUSKAL_H
#define LMG_METRICSAGG_STATS_KRUSKAL_H

/*
 * Do groups (the domains of prompts) differ?  Kruskal and Wallis (1952) with
 * a permutation p, on one value per prompt, never per token.  Pure.
 */

#include <stddef.h>
#include <stdint.h>

#define KRUSKAL_DRAWS 1999

struct kruskal {
	size_t groups;		/* that have a value */
	double h;		/* tie-corrected; NAN below 2 groups */
	double p;	/* (1 + #{H* >= H}) / (draws + 1); NAN if h is, or
				   when no group has 2 values */
};

/*
 * n values, group[i] < 2^16 the group of x[i].  The result depends on the seed
 * and on the set of (group, value), not on their order.
 */
struct kruskal kruskal_test(const double *x, const unsigned *group, size_t n,
    uint64_t seed);

#endif
