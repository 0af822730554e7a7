#ifndef LMG_LMSDRIVE_PREFLIGHT_GATE_H
#define LMG_LMSDRIVE_PREFLIGHT_GATE_H

/* The preflight of "lmsdrive run": what stands between a plan and its first
 * load. */

#include "run/run.h"

/*
 * Ask the servers of the n steps and, where the other tools read along
 * (r->decided.path, in the run's folder), the machine.  Says what is wrong;
 * anyway: measure all the same.  Returns EXIT_DONE, or the status to end with
 * before anything is loaded.
 */
int gate_check(struct run *r, bool anyway, const struct step *steps, size_t n);

#endif
