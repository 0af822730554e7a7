#ifndef MS_PLAT_LINUX_H
#define MS_PLAT_LINUX_H

/* Shared by the *_linux.c files; nobody else includes it. */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "plat.h"

enum { PLAT_LINUX_WATCHED_MAX = 64 };

struct plat {
	DIR *proc;			/* /proc, kept open */
	int timer_fd;			/* timerfd, -1 */
	int netlink_fd;			/* process connector, -1: not to be had */
	const char *netlink_why;	/* then the reason */
	int loadavg_fd, meminfo_fd, pressure_fd;
	int watched[PLAT_LINUX_WATCHED_MAX];		/* pids of the tree */
	size_t n_watched;		/* may be more than the room */
	bool is_watch_changed;
	int young_limit, newest_before;	/* for the event filter */
	long long last_pid;		/* as of the last scan */
	int *known;			/* pids of the last scan, ascending */
	size_t n_known, cap_known;
	struct plat_id *fresh;		/* result of the last scan */
	size_t n_fresh, cap_fresh;
};

/* Read the file at path, at most cap bytes.  Returns the length or -1. */
long plat_linux_slurp(const char *path, char *out, size_t cap);

/* The newest pid of the machine, by /proc/loadavg; -1 unknown. */
long long plat_linux_newest_pid(struct plat *p);

/* The connector: connect p->netlink_fd, or say why not. */
void plat_linux_open_events(struct plat *p);

#endif
