/* macOS: what --self-check compares beyond the common part: the things that
 * only a Mac can confirm, see memsample(1). */
#define _DARWIN_C_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "darwin/plat_darwin.h"

enum { SPIKE_BYTES = 32 * 1024 * 1024, SLACK = 2 * 1024 * 1024 };

static void
read_now(struct plat *p, struct plat_proc *h, struct counters *c)
{
	counters_clear(c);
	plat_proc_read(p, h, TIER_FAST | TIER_MAIN | TIER_CPU | TIER_SLOW, c,
	    NULL);
}

/* A spike between two samples must be in the interval's peak, once. */
static void
check_interval_peak(struct plat *p, struct plat_proc *h,
    void (*verdict)(const char *what, bool agrees, int64_t got, int64_t want))
{
	struct counters before, after, quiet;
	char *block;

	read_now(p, h, &before);
	block = mmap(NULL, SPIKE_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (block == MAP_FAILED)
		return;
	memset(block, 1, SPIKE_BYTES);
	munmap(block, SPIKE_BYTES);
	read_now(p, h, &after);
	read_now(p, h, &quiet);
	verdict("a spike is in the peak of its interval",
	    after.v[COUNTER_TICK_PEAK_FOOTPRINT] >=
	    before.v[COUNTER_FOOTPRINT] + SPIKE_BYTES - SLACK,
	    after.v[COUNTER_TICK_PEAK_FOOTPRINT],
	    before.v[COUNTER_FOOTPRINT] + SPIKE_BYTES);
	verdict("and not in the next one",
	    quiet.v[COUNTER_TICK_PEAK_FOOTPRINT] >= 0 &&
	    quiet.v[COUNTER_TICK_PEAK_FOOTPRINT] <=
	    before.v[COUNTER_FOOTPRINT] + SPIKE_BYTES / 2,
	    quiet.v[COUNTER_TICK_PEAK_FOOTPRINT],
	    before.v[COUNTER_FOOTPRINT]);
	verdict("task_name_for_pid gives the split (anon_bytes)",
	    after.v[COUNTER_ANON] > 0, after.v[COUNTER_ANON],
	    after.v[COUNTER_FOOTPRINT]);
}

void
plat_self_check(struct plat *p, void (*verdict)(const char *what, bool agrees,
    int64_t got, int64_t want))
{
	struct plat_proc *h = plat_proc_open(p, getpid());
	struct sys_counters s;
	struct plat_id id;

	check_interval_peak(p, h, verdict);
	plat_proc_close(h);
	sys_counters_clear(&s);
	plat_sys_read(p, TIER_SYS | TIER_SLOW | TIER_PRESSURE, &s);
	verdict("wired memory is less than all memory", s.v[SYS_WIRED] > 0 &&
	    s.v[SYS_WIRED] < s.v[SYS_TOTAL], s.v[SYS_WIRED], s.v[SYS_TOTAL]);
	verdict("available memory is less than all memory",
	    s.v[SYS_AVAILABLE] > 0 && s.v[SYS_AVAILABLE] < s.v[SYS_TOTAL],
	    s.v[SYS_AVAILABLE], s.v[SYS_TOTAL]);
	verdict("our parent is who getppid() says", plat_identify(p,
	    getpid(), &id) == 0 && id.ppid == getppid(), id.ppid, getppid());
	verdict("we have a unique id", id.start > 0, (int64_t)id.start, 1);
}
