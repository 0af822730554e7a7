#ifndef MS_ENDS_LINUX_H
#define MS_ENDS_LINUX_H

/*
 * What the kernel tells of every process that ends (taskstats, a generic
 * netlink socket): how large it has been and what CPU time it took, however
 * short it lived.  For root, or with CAP_NET_ADMIN.  The message comes before
 * the process gives its memory back, so it is there when anyone can notice
 * the end.
 */

#include <stdbool.h>
#include <stdint.h>

#include "filter_linux.h"
#include "plat.h"

/* One process that has ended, or one of whose threads has. */
struct ends_process {
	int pid;
	bool is_over;		/* its last thread has ended */
	int status;		/* as struct plat_end */
	int64_t at_ns;		/* when we took the message (monotonic) */
	int64_t peak_rss_bytes, cpu_ns;
	char name[16];
};

enum { ENDS_KEPT = 1024 };

struct ends {
	int fd;			/* -1: not to be had */
	const char *why;	/* then the reason */
	int family;		/* taskstats' number */
	struct ends_process *kept;	/* the latest, each at its pid modulo
					 * ENDS_KEPT: pids are given in turn */
};

void ends_open(struct ends *e);
void ends_close(struct ends *e);

/*
 * Take only the ends of pids, of their children, and of children of processes
 * born after the one with pid limit.
 */
void ends_watch(struct ends *e, const struct filter_pids *pids, int limit);

/* Take what waits in the socket. */
void ends_drain(struct ends *e);

/* Take one message of the kernel's, len bytes. */
void ends_take(struct ends *e, const char *text, size_t len);

/* See plat_last_words(). */
bool ends_find(struct ends *e, int pid, int64_t since_ns,
    struct plat_end *out);

#endif
