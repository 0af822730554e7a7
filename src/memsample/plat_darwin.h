#ifndef MS_PLAT_DARWIN_H
#define MS_PLAT_DARWIN_H

/* Shared by the *_darwin.c files; nobody else includes it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plat.h"

enum { DARWIN_EVENTS_MAX = 32 };

struct plat {
	int kq;				/* EVFILT_PROC of every watched pid */
	int timer_kq;			/* EVFILT_TIMER, -1 */
	struct plat_event events[DARWIN_EVENTS_MAX];
	size_t n_events, events_at;
	int *pids;			/* buffer of the listing */
	size_t cap_pids;
	int *known;			/* pids of the last scan, ascending */
	size_t n_known;
	struct plat_id *fresh;		/* result of the last scan */
	size_t n_fresh, cap_fresh;
	int64_t total_bytes, page_bytes;
};

/* Every pid, into p->pids.  Returns how many. */
size_t darwin_list(struct plat *p);

/* Mach absolute time units to ns. */
int64_t darwin_ticks_to_ns(uint64_t ticks);

/* An integer sysctl of 4 or 8 bytes; -1 when it cannot be read. */
int64_t darwin_sysctl(const char *name);

/* Memory in use on the GPUs by the IOAccelerator registry, -1 unknown. */
int64_t darwin_gpu_bytes(void);

#endif
