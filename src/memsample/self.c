#include "self.h"

#include <sys/resource.h>

#include "clock.h"

static int64_t
ns_of(const struct timeval *tv)
{
	return (int64_t)tv->tv_sec * NS_PER_S +
	    (int64_t)tv->tv_usec * NS_PER_US;
}

int64_t
self_cpu_ns(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) == -1)
		return 0;
	return ns_of(&u.ru_utime) + ns_of(&u.ru_stime);
}
