#include "self.h"

#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "plat.h"

static int64_t
ns_of(const struct timeval *tv)
{
	return (int64_t)tv->tv_sec * NS_PER_S + (int64_t)tv->tv_usec * NS_PER_US;
}

int64_t
self_cpu_ns(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) == -1)
		return 0;
	return ns_of(&u.ru_utime) + ns_of(&u.ru_stime);
}

int64_t
self_peak_rss_bytes(void)
{
	struct plat_proc *h = plat_proc_open(NULL, getpid());
	struct counters c;
	int64_t peak;

	counters_clear(&c);
	plat_proc_read(NULL, h, TIER_FAST | TIER_MAIN, &c, NULL);
	plat_proc_close(h);
	peak = c.v[COUNTER_PEAK_RSS];
	return peak >= 0 ? peak : c.v[COUNTER_PEAK_FOOTPRINT];
}
