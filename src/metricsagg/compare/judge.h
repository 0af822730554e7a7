#ifndef LMG_METRICSAGG_COMPARE_JUDGE_H
#define LMG_METRICSAGG_COMPARE_JUDGE_H

/* What changed between two sides, line by line, and what the rules say. */

#include "lines.h"

enum { RUNS_FORETOLD = 12 };	/* a side */

/*
 * Compare, and apply the rules; those that could not decide from these data,
 * whatever the figures, are named on stderr and do not vote.  l is all 0;
 * release l->at.
 */
void judge_sides(struct lines *l, const struct asked *a);

#endif
