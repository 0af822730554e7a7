#ifndef LMG_GATE_H
#define LMG_GATE_H

/* The preflight of "lmsdrive run": what stands between a plan and its first
 * load. */

#include "run/run.h"

struct gate_options {
	bool anyway;		/* measure all the same */
	const char *share;	/* memsample samples beside us, and its file is
				 * in the run's folder; NULL: it does not */
};

/*
 * Ask the servers of the n steps and, for a whole run with its memory, the
 * machine.  Says what is wrong.  Returns EXIT_DONE, or the status to end with
 * before anything is loaded.
 */
int gate_check(struct run *r, const struct gate_options *o,
    const struct step *steps, size_t n);

#endif
