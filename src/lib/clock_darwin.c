#include "clock.h"

#include <time.h>

/*
 * CLOCK_MONOTONIC counts whole microseconds here; the raw one is the
 * processor's counter (42 ns on Apple Silicon), which runs on during sleep.
 */
int64_t
clock_mono_ns(void)
{
	return (int64_t)clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW);
}

int64_t
clock_slept_ns(void)
{
	return clock_mono_ns() -
	    (int64_t)clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
}
