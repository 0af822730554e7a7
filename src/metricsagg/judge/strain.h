#ifndef LMG_METRICSAGG_JUDGE_STRAIN_H
#define LMG_METRICSAGG_JUDGE_STRAIN_H

/*
 * What the machine had to bear: did it run short of memory, and who else was
 * at work?  Pure.
 */

#include "join/variant.h"

/* Samples, summed up. */
struct pressure {
	double limit;			/* level 2 on macOS; on Linux tasks
					   waiting 10 % of the time */
	uint64_t n;			/* samples */
	uint64_t pressed;		/* of those, at the limit or over it */
	double own_swap;		/* bytes of the server, at most */
	double swap_grew;		/* bytes the machine's swap grew by, all
					   increases added up */
	double worst;			/* highest pressure; NAN: never read */
};

/* None yet, of r. */
struct pressure pressure_of(const struct run *r);

/* Count m in.  own: of the server that is meant, at the same instant.  swap:
 * what the machine's swap was before it, NAN at first. */
void pressure_add(struct pressure *p, const struct mem_row *m,
    const struct mem_row *own, double swap);

/*
 * Cores that other programs kept busy, from the end of a load to the unload:
 * the CPU time of the machine less that of the servers' processes and our own
 * tools' mean, never below 0.
 */
struct others {
	double mean, most;		/* over the visits; NAN: not seen */
	uint64_t seen;			/* visits, for two seconds at least:
					   counters go in steps of 10 ms */
	uint64_t felt;			/* of those, with three tenths of a
					   core, and a twentieth of all */
};

struct others others_of(const struct run *r, const struct variant *va);

#endif
