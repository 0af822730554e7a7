#ifndef LMG_LIB_CLOCK_H
#define LMG_LIB_CLOCK_H

/*
 * Time.  Every instant in the program is int64_t nanoseconds on the monotonic
 * clock: CLOCK_MONOTONIC on Linux, CLOCK_MONOTONIC_RAW on macOS.  Records carry
 * it relative to the run's origin.  Wall-clock time is text, for people, and
 * appears once per run.
 */

#include <stddef.h>
#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

enum { CLOCK_WALL_CAP = 32 };

/* Now, in nanoseconds on the monotonic clock. */
int64_t clock_mono_ns(void);

/* How long the machine has slept, with its lid closed or suspended, since it
 * was started. */
int64_t clock_slept_ns(void);

/* User and system CPU time that who took: RUSAGE_SELF, RUSAGE_CHILDREN (those
 * that were waited for); and that of the calling thread. */
int64_t clock_cpu_ns(int who);
int64_t clock_thread_cpu_ns(void);

/* Sleep until the instant at_ns (monotonic), whatever signals arrive. */
void clock_sleep_until(int64_t at_ns);

/*
 * Now as RFC 3339 UTC with milliseconds, "2026-11-23T04:52:10.123Z", into out
 * (CLOCK_WALL_CAP bytes).  Returns out.
 */
char *clock_wall(char out[CLOCK_WALL_CAP]);

/*
 * A name for a run or a results folder, "20261123T045210Z", from the wall
 * clock, into out (CLOCK_WALL_CAP bytes).  Returns out.
 */
char *clock_stamp(char out[CLOCK_WALL_CAP]);

#endif
