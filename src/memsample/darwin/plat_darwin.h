#ifndef LMG_MEMSAMPLE_DARWIN_PLAT_DARWIN_H
#define LMG_MEMSAMPLE_DARWIN_PLAT_DARWIN_H

/* Shared by the *_darwin.c files; nobody else includes it. */

#include <mach/mach_time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "darwin/slow_darwin.h"
#include "tree/scan.h"

enum { DARWIN_EVENTS_MAX = 32 };

struct plat {
	int kq;				/* EVFILT_PROC of every watched pid */
	int timer_kq;			/* EVFILT_TIMER, while we wait */
	struct plat_event events[DARWIN_EVENTS_MAX];
	size_t n_events, events_at;
	struct scan scan;
	int64_t total_bytes, page_bytes;
	mach_timebase_info_data_t base;	/* denom 0: not to be had */
	int64_t events_ns;		/* when they were waited for last */
	struct darwin_slow_thread slow;
	struct sys_counters looked;	/* for plat_sys_counter_missing() */
	bool is_looked;
};

/* Hear of pid's forks, exec and end from now on, until it ends. */
void darwin_watch(struct plat *p, int pid);

/* Mach absolute time units to ns; -1 without a base. */
int64_t darwin_ticks_to_ns(const mach_timebase_info_data_t *base,
    uint64_t ticks);

/* An integer sysctl of 4 or 8 bytes; -1 when it cannot be read. */
int64_t darwin_sysctl(const char *name);

#endif
