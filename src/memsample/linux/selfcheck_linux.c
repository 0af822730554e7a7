/* Linux: what --self-check compares beyond the common part. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "linux/plat_linux.h"

void *
plat_map(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

void
plat_unmap(void *at, size_t bytes)
{
	munmap(at, bytes);
}

/* statm counts pages, status kB: on kernels that sum per CPU they differ. */
void
plat_self_check(struct plat *p, void (*verdict)(const char *what, bool agrees,
    int64_t got, int64_t want))
{
	struct plat_proc *h = plat_proc_open(p, getpid());
	struct counters statm, status;
	int64_t slack = 1024 * 1024;

	counters_clear(&statm);
	counters_clear(&status);
	plat_proc_read(p, h, TIER_FAST, &statm, NULL);
	plat_proc_read(p, h, TIER_MAIN, &status, NULL);
	plat_proc_close(h);
	verdict("rss of statm and status", statm.v[COUNTER_RSS] <=
	    status.v[COUNTER_RSS] + slack && status.v[COUNTER_RSS] <=
	    statm.v[COUNTER_RSS] + slack, statm.v[COUNTER_RSS],
	    status.v[COUNTER_RSS]);
}
