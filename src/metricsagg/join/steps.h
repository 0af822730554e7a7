#ifndef LMG_METRICSAGG_JOIN_STEPS_H
#define LMG_METRICSAGG_JOIN_STEPS_H

/* The steps of a run by their number. */

#include "in/tables.h"

/* Bring them into order; the others ask for that. */
void steps_sort(struct run *r);

/* The row of step, or NULL. */
const struct raw_step *steps_find(const struct run *r, int64_t step);

/* Which repetition it is of its kind; -1: not told. */
int64_t steps_rep(const struct run *r, int64_t step);

#endif
