#ifndef LMG_MEMSAMPLE_DARWIN_PLAT_DARWIN_H
#define LMG_MEMSAMPLE_DARWIN_PLAT_DARWIN_H

/* Shared by the *_darwin.c files; nobody else includes it. */

#include <mach/mach_time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "darwin/slow_darwin.h"
#include "tree/plat.h"

enum { DARWIN_EVENTS_MAX = 32 };

struct plat {
	int kq;				/* EVFILT_PROC of every watched pid */
	int timer_kq;			/* EVFILT_TIMER, while we wait */
	struct plat_event events[DARWIN_EVENTS_MAX];
	size_t n_events, events_at;
	int *pids;			/* buffer of the listing */
	size_t cap_pids;
	int *known;			/* pids of the last scan, ascending */
	size_t n_known;
	struct plat_id *fresh;		/* result of the last scan */
	size_t n_fresh, cap_fresh;
	int64_t total_bytes, page_bytes;
	mach_timebase_info_data_t base;	/* denom 0: not to be had */
	int64_t events_ns;		/* when they were waited for last */
	struct darwin_slow_thread slow;
	struct sys_counters looked;	/* for plat_sys_counter_missing() */
	bool is_looked;
};

/* Hear of pid's forks, exec and end from now on, until it ends. */
void darwin_watch(struct plat *p, int pid);

/* Every pid, into p->pids.  Returns how many. */
size_t darwin_list(struct plat *p);

#endif
