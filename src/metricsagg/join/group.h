#ifndef LMG_METRICSAGG_JOIN_GROUP_H
#define LMG_METRICSAGG_JOIN_GROUP_H

/*
 * The requests of a run by pair, scenario, variant and cache, and the levels
 * of the dimensions that a scenario varies.  The order is that of the plan:
 * names rank by the first step that has them.
 */

#include "stats/ecdf.h"
#include "variant.h"

struct group {
	const char *pair, *kind, *variant, *scenario, *cache;
	int64_t pair_rank, scenario_rank, variant_rank;
	struct request_row **q;		/* by t_sent; all of them, also those
					   that failed and the warm-ups */
	size_t n;
	struct ecdf_point *gaps;	/* distribution of all gaps, n_gaps of
					   them, once worked out; or NULL */
	size_t n_gap_points, n_gaps;
	uint64_t work;			/* sum of those that count */
};

struct groups {
	struct variant *variants;	/* by pair, then by rank */
	size_t n_variants;
	struct group *groups;		/* by pair, scenario, variant, cache */
	size_t n_groups;
	struct request_row **q;
};

void groups_of(struct groups *g, struct tables *t, const struct run *r);
void groups_fini(struct groups *g);

/*
 * The groups of one scenario of one variant are neighbours that differ only
 * in their cache: all their requests, from group i on, as one group in *out
 * (cold first, a view).  Returns the index behind them.
 */
size_t group_whole_scenario(const struct groups *g, size_t i,
    struct group *out);

/* Do its figures count?  Status good and not marked as warm-up. */
bool group_counts(const struct request_row *q);

/* The work that q is: the prompt, its turn and how many at once. */
uint64_t group_work(const struct request_row *q);

/* Did the visit answer any request that counts? */
bool group_answered(const struct visit *at);

/* ---- dimensions ------------------------------------------------------- */

struct level {
	double num;			/* NAN for texts */
	const char *text;		/* interned, or NULL: has none */
};

/* The level of q in dimension d. */
struct level level_of(struct tables *t, const struct request_row *q,
    enum dimension d);

/*
 * The distinct levels of d among all groups of g that share pair and scenario
 * with at, in order, to be freed.  Returns how many, or 0 when there are fewer
 * than two.
 */
size_t levels_of(struct tables *t, const struct groups *g,
    const struct group *at, enum dimension d, struct level **out);

#endif
