#ifndef LMG_LMSDRIVE_RUN_STEPS_H
#define LMG_LMSDRIVE_RUN_STEPS_H

/* Does the steps of a plan, in order, and adds those that it lacks. */

#include "run.h"

/*
 * Do all steps and, whatever happens, unload what was loaded.  The numbers of
 * steps that are added begin with next_step, or behind those of the plan.
 * Returns an exit status.
 */
int steps_do(struct run *r, const struct step *steps, size_t n,
    int64_t next_step);

#endif
