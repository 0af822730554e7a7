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

#endif
