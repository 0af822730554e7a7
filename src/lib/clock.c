#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

int64_t
clock_cpu_ns(int who)
{
	struct rusage u;

	if (getrusage(who, &u) == -1)
		return 0;
	return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S +
	    (int64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * NS_PER_US;
}

int64_t
clock_thread_cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void
clock_sleep_until(int64_t at_ns)
{
	struct timespec ts;
	int64_t left;

	/* No clock_nanosleep(2) on macOS: sleep what is left, look again. */
	while ((left = at_ns - clock_mono_ns()) > 0) {
		ts.tv_sec = (time_t)(left / NS_PER_S);
		ts.tv_nsec = (long)(left % NS_PER_S);
		if (nanosleep(&ts, NULL) == -1 && errno != EINTR)
			return;
	}
}

char *
clock_wall(char out[CLOCK_WALL_CAP])
{
	struct timespec ts;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(out, CLOCK_WALL_CAP, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, CLOCK_WALL_CAP - n, ".%03dZ",
	    (int)(ts.tv_nsec / NS_PER_MS));
	return out;
}

char *
clock_stamp(char out[CLOCK_WALL_CAP])
{
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(out, CLOCK_WALL_CAP, "%Y%m%dT%H%M%SZ", &tm);
	return out;
}
