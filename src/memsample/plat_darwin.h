#ifndef MS_PLAT_DARWIN_H
#define MS_PLAT_DARWIN_H

/* Shared by the *_darwin.c files; nobody else includes it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energy.h"
#include "plat.h"

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
};

/* Every pid, into p->pids.  Returns how many. */
size_t darwin_list(struct plat *p);

/* Mach absolute time units to ns. */
int64_t darwin_ticks_to_ns(uint64_t ticks);

/* An integer sysctl of 4 or 8 bytes; -1 when it cannot be read. */
int64_t darwin_sysctl(const char *name);

/* Memory in use on the GPUs by the IOAccelerator registry, -1 unknown. */
int64_t darwin_gpu_bytes(void);

/* Energy since the first call by IOReport, -1 unknown.  Takes about 9 ms. */
void darwin_energy_read(int64_t nj[ENERGY_N]);

/* What a thread of its own sees once a second. */
struct darwin_slow {
	int64_t at_ns;			/* monotonic, 0: nothing yet */
	int64_t gpu_bytes, energy_nj[ENERGY_N];	/* -1 unknown */
};

void darwin_slow_open(void);
void darwin_slow_close(void);

/* Look now, in this thread. */
void darwin_slow_look(void);

/* The latest, once: false when it was taken before. */
bool darwin_slow_take(struct darwin_slow *out);

#endif
