#ifndef LMG_METRICSAGG_JOIN_STEPS_H
#define LMG_METRICSAGG_JOIN_STEPS_H

/* The steps of a run. */

#include "in/tables.h"

/*
 * Give spans, notes and derived requests their steps.  Of these there may be as
 * many as requests: those stay that are unlike the one before, by number.
 */
void steps_join(struct run *r);

#endif
