#ifndef LMG_LMSDRIVE_RUN_STEP_IDLE_H
#define LMG_LMSDRIVE_RUN_STEP_IDLE_H

/* Idle steps: a time without requests, and a wait until the machine is cool. */

#include "run.h"

void step_idle(struct run *r, const struct step *s, struct client *c);

#endif
