#ifndef LMG_TESTS_LMSIM_ARRIVAL_H
#define LMG_TESTS_LMSIM_ARRIVAL_H

/* When bytes came.  arrival_linux.c: by the kernel's receive time stamps;
 * arrival_darwin.c: not known. */

#include <stddef.h>
#include <stdint.h>

/* Ask for time stamps on the socket fd. */
void arrival_enable(int fd);

/*
 * For sockets that someone else reads (libmicrohttpd): look before it does.
 * arrival_look() sets *at_ns of every watched socket with unread
 * bytes to the instant that the last of them came.  macOS has nothing to
 * offer: nothing is ever set.
 */
struct arrival_watch;

struct arrival_watch *arrival_watch_new(void);
void arrival_watch_free(struct arrival_watch *w);
/* fd is watched until arrival_forget(); at_ns is borrowed as long. */
void arrival_add(struct arrival_watch *w, int fd, int64_t *at_ns);
void arrival_forget(struct arrival_watch *w, int fd);
void arrival_look(struct arrival_watch *w);

#endif
