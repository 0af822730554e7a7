#ifndef LMG_METRICSAGG_JOIN_LINK_H
#define LMG_METRICSAGG_JOIN_LINK_H

/*
 * The tables of a run, put in order and joined: request to step, to response,
 * to the load it ran in.  After this nothing depends on the order of the
 * input.
 */

#include "visits.h"

/*
 * Order and join the tables of r, and derive every request (derive.h).
 * r->visits, in time order, and r->in_visit are filled.
 */
void link_run(struct run *r);

/* The runs of t by id; runs with an unknown version are left in place. */
void link_sort_runs(struct tables *t);

#endif
