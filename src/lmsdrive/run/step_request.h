#ifndef LMG_LMSDRIVE_RUN_STEP_REQUEST_H
#define LMG_LMSDRIVE_RUN_STEP_REQUEST_H

/* Request steps: the load shape, closed or open loop. */

#include "run.h"

void step_requests(struct run *r, const struct step *s, struct client *c,
    const char *instance);

/* The reason why a request is skipped that is not needed any more. */
#define STEP_DECIDED "decided"

/* Record the requests of s as skipped, from k (from 0) on. */
void step_skip_requests(struct run *r, const struct step *s, int64_t k,
    const char *why);

#endif
