#ifndef MS_EVENTS_LINUX_H
#define MS_EVENTS_LINUX_H

/*
 * Births and ends in the tree, by two sockets of the process connector.  The
 * bell hears what processes of the tree do and wakes us.  The other also hears
 * what processes too young to be known do, so that no grandchild is lost
 * however late we are; it is emptied when the bell has rung, and now and
 * then.  So what the rest of the machine does wakes nobody.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ends_linux.h"
#include "filter_linux.h"

struct events {
	int fd, bell_fd;		/* -1: not to be had */
	const char *why;		/* then the reason */
	struct ends ends;
	struct filter_pids watched;	/* the tree */
	bool is_bell_stale, is_filter_stale;
	int young_limit, newest_before;	/* pids above the limit are young */
	bool is_bell_silent;		/* as of the wait just ended */
	bool is_draining, has_rung;
	int64_t drain_at_ns;		/* empty it then, bell or no bell */
	unsigned n_taken, n_foreign;	/* in this drain; since the tick */
};

/*
 * Connect, or say why not.  newest_pid: of the machine, as of now; the tree
 * has to be looked for after this.
 */
void events_open(struct events *ev, int newest_pid);
void events_close(struct events *ev);

#endif
