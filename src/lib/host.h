#ifndef LMG_LIB_HOST_H
#define LMG_LIB_HOST_H

/* What identifies the machine, for the run record.  host_linux.c and
 * host_darwin.c implement it. */

#include <stdbool.h>
#include <stdint.h>

#include "json.h"

struct host {
	char os[32];		/* "Linux", "macOS" */
	char os_version[128];	/* "Debian GNU/Linux 12 (bookworm)" */
	char kernel[128];	/* uname release */
	char arch[32];		/* "x86_64", "arm64" */
	char cpu[128];		/* brand string, "" when unknown */
	int cores;		/* online logical processors */
	int64_t memory_bytes;	/* physical, -1 when unknown */
	int64_t page_bytes;
	char boot_id[64];	/* changes with each boot, "" when unknown */
};

/* Fill *h; what cannot be read is "" or -1. */
void host_read(struct host *h);

/* Write h as the member "host" (boot_id apart: it belongs to the run). */
void host_write(struct json *j, const struct host *h);

/* Is the server at url on this machine?  (An unknown host: assumed so.) */
bool host_is_at(const char *url);

/*
 * Is this the name of a program that listens in place of a server that is not
 * below it (a proxy, a tunnel, a container's door)?
 */
bool host_passes_on(const char *process);

/*
 * The peak of our own resident memory, -1 when it cannot be had.  Not
 * ru_maxrss on Linux: that survives execve(), and tells the shell's.
 */
int64_t host_own_peak_rss_bytes(void);

#endif
