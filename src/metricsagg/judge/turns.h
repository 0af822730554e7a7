#ifndef LMG_METRICSAGG_JUDGE_TURNS_H
#define LMG_METRICSAGG_JUDGE_TURNS_H

/* The conversations of each variant and scenario, and whether the prompt cache
 * survived them (stats/reuse.h). */

#include "stats/reuse.h"
#include "view.h"

/* Those of one variant in one scenario. */
struct turns {
	struct group of;		/* a view: its requests are not there */
	struct reuse_turn *t;		/* the turns that were answered */
	size_t n;
	uint32_t conversations;
	struct reuse told, timed;
};

typedef void turns_fn(struct view *v, const struct turns *t);

/* Call fn for all there are. */
void turns_each(struct view *v, turns_fn *fn);

/* What decides: the server's counts, where it told any; else the times. */
const struct reuse *turns_verdict(const struct turns *t);

/* Findings: a cache that is lost or cut; counts that the times belie. */
void audit_turns(struct view *v);

#endif
