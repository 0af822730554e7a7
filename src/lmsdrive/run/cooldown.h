#ifndef LMG_LMSDRIVE_RUN_COOLDOWN_H
#define LMG_LMSDRIVE_RUN_COOLDOWN_H

/*
 * When is the machine cool enough for the next variant?  As cool as it was
 * before the first load, or no longer cooling down, whichever comes first;
 * and never while the system says that it throttles.  Pure: it is told the
 * time and the readings.
 */

#include <stdint.h>

#include "power.h"

enum cooldown_verdict {
	COOLDOWN_WAIT,		/* ask again in a second */
	COOLDOWN_COOL,		/* at most 3 degrees above the first idle time,
				 * or no pressure where no degrees are known */
	COOLDOWN_SETTLED,	/* less than half a degree in 20 s */
	COOLDOWN_GAVE_UP,	/* five minutes are over */
	COOLDOWN_UNKNOWN	/* nothing can be read here */
};

struct cooldown {
	double reference_celsius;	/* at the first wait; NAN: none yet */
	int64_t begun_ns, checked_ns;
	double checked_celsius;
};

/* Before the first wait of a run. */
void cooldown_init(struct cooldown *c);

/* A wait begins at now_ns with the reading t. */
void cooldown_begin(struct cooldown *c, const struct thermal *t,
    int64_t now_ns);

/* Go on?  Call with a new reading about every second. */
enum cooldown_verdict cooldown_check(struct cooldown *c,
    const struct thermal *t, int64_t now_ns);

#endif
