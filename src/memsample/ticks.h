#ifndef LMG_MEMSAMPLE_TICKS_H
#define LMG_MEMSAMPLE_TICKS_H

/*
 * Which tick it is: the n-th is due at start + n * interval exactly, however
 * late those before it were taken.  Pure: reads no clock.
 */

#include <stdbool.h>
#include <stdint.h>

struct ticks {
	int64_t start_ns, interval_ns;
	int64_t taken;		/* the last tick that was taken, 0: none */
};

/* The instant at which tick n is due. */
int64_t ticks_due_ns(const struct ticks *t, int64_t n);

/*
 * Take the latest tick that is due at now_ns.  Returns false when that one
 * was taken already, else how late it is and how many before it were lost.
 */
bool ticks_take(struct ticks *t, int64_t now_ns, int64_t *late_ns,
    int64_t *missed);

#endif
