/*
 * A machine that has slept for 90 s as soon as the file "slept" is there, for
 * LD_PRELOAD (06-lmsdrive-findings.bats).
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, ts);

	if (clock == CLOCK_BOOTTIME && access("slept", F_OK) == 0)
		ts->tv_sec += 90;
	return rc;
}
