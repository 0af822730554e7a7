#ifndef LMG_LMSDRIVE_RUN_STEP_REQUEST_H
#define LMG_LMSDRIVE_RUN_STEP_REQUEST_H

/* Request steps: the load shape, closed or open loop. */

#include "run.h"

void step_requests(struct run *r, const struct step *s, struct client *c,
    const char *instance);

/* The reason why a request is skipped that is not needed any more. */
#define STEP_DECIDED "decided"

/* Record all requests of s as skipped. */
void step_skip_requests(struct run *r, const struct step *s, const char *why);

#endif
