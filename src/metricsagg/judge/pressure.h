#ifndef LMG_METRICSAGG_JUDGE_PRESSURE_H
#define LMG_METRICSAGG_JUDGE_PRESSURE_H

/*
 * Did the machine run short of memory?  Pure: sums up samples.
 */

#include "in/tables.h"

struct pressure {
	uint64_t n;			/* samples */
	uint64_t pressed;		/* of those, under pressure: level 2 or
					   more on macOS, on Linux tasks
					   waiting 10 % of the time */
	double own_swap;		/* bytes of the server, at most */
	double swap_grew;		/* bytes the machine's swap grew by, all
					   increases added up */
	double worst;			/* highest pressure; NAN: never read */
};

#define PRESSURE_INIT { 0, 0, 0, 0, NAN }

/* Count m in.  own: of the server that is meant, at the same instant.  swap:
 * what the machine's swap was before it, NAN at first. */
void pressure_add(struct pressure *p, const struct mem_row *m,
    const struct mem_row *own, double swap);

#endif
