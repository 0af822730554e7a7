#ifndef MS_PLAT_LINUX_H
#define MS_PLAT_LINUX_H

/* What the *_linux.c files keep; nobody else includes it. */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "events_linux.h"
#include "plat.h"

struct plat {
	DIR *proc;			/* /proc, kept open */
	struct events events;
	int loadavg_fd, meminfo_fd, pressure_fd;
	long long last_pid;		/* as of the last scan */
	int *known;			/* pids of the last scan, ascending */
	size_t n_known, cap_known;
	struct plat_id *fresh;		/* result of the last scan */
	size_t n_fresh, cap_fresh;
};

#endif
