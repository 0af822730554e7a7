#ifndef LMG_LMSDRIVE_RUN_SCHEDULE_H
#define LMG_LMSDRIVE_RUN_SCHEDULE_H

/*
 * When requests are due in an open loop, whatever the server does.  Pure.
 * In a closed loop a request is due when its worker is free.
 */

#include <stdint.h>

#include "step/step.h"

struct schedule {
	enum arrival arrival;
	double rate_per_s, rate_end_per_s;	/* end NAN: constant */
	int64_t requests;
	uint64_t rng;
	int64_t k;		/* arrivals given so far */
	double at_s;		/* of the last one */
	double duration_s;	/* of a ramp; NAN: it ends with the requests */
	double n;		/* a ramp's arrivals so far, in the mean */
};

void schedule_init(struct schedule *c, const struct step *s);

/*
 * The next arrival, in nanoseconds from the start of the step; the first one
 * is at 0.  Constant: 1/rate apart.  Poisson: exponential gaps of the seeded
 * generator.  With rate_end the rate rises (or falls) linearly with time and
 * reaches rate_end at the end of the step's duration; a step without one:
 * linearly with the number of the request, reaching it at the last.
 */
int64_t schedule_next(struct schedule *c);

#endif
