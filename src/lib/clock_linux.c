#include "clock.h"

#include <time.h>

static int64_t
read_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

int64_t
clock_slept_ns(void)
{
	return read_ns(CLOCK_BOOTTIME) - read_ns(CLOCK_MONOTONIC);
}
