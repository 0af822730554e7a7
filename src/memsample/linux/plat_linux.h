#ifndef LMG_MEMSAMPLE_LINUX_PLAT_LINUX_H
#define LMG_MEMSAMPLE_LINUX_PLAT_LINUX_H

/* What the *_linux.c files keep; nobody else includes it. */

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/gpu_linux.h"
#include "linux/powercap_linux.h"
#include "tree/scan.h"

/*
 * Births and ends by the process connector, which tells of the whole
 * machine.  They wait in the socket and wake nobody; who is due to look
 * takes them all, so that no child is lost, however short it lived.
 */
struct events {
	int fd;				/* -1: not to be had */
	const char *why;		/* then the reason */
	int64_t taken_ns;		/* when the socket was found empty */
};

struct plat {
	DIR *proc;			/* /proc, kept open */
	int64_t page_bytes, tick_ns;
	size_t n_kept, max_kept;	/* descriptors of processes; we may
					 * have that many */
	struct events events;
	struct gpu gpu;
	struct powercap powercap;
	int loadavg_fd, meminfo_fd, pressure_fd, stat_fd;
	long long last_pid;		/* as of the last scan */
	struct scan scan;
};

/* Read the kernel's file at path, at most cap bytes.  Returns the length or
 * -1. */
long procfile_read(const char *path, char *out, size_t cap);

/* Connect, or say why not.  The tree has to be looked for after this. */
void events_open(struct events *ev);
void events_close(struct events *ev);

#endif
