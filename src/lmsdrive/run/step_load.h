#ifndef LMG_LMSDRIVE_RUN_STEP_LOAD_H
#define LMG_LMSDRIVE_RUN_STEP_LOAD_H

/* Load and unload steps. */

#include "run.h"

/* Load for step s (OP_LOAD, or implied by a request).  Returns 0, or -1 when
 * there is nothing to measure. */
int step_load(struct run *r, const struct step *s, struct client *c,
    int64_t number);

/* Unload what we loaded for s, or *l itself in step_unload_one(). */
void step_unload(struct run *r, const struct step *s, struct client *c);
void step_unload_one(struct run *r, struct loaded *l, int64_t number);

#endif
