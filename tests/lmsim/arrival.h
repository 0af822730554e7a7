#ifndef LMG_TESTS_LMSIM_ARRIVAL_H
#define LMG_TESTS_LMSIM_ARRIVAL_H

/* arrival_linux.c: by the kernel's receive time stamps; arrival_darwin.c: the
 * clock, read after the bytes. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Ask for time stamps on the socket fd. */
void arrival_enable(int fd);

/* As recv(2) without blocking; *at_ns (monotonic) is when the bytes came. */
ssize_t arrival_recv(int fd, void *out, size_t cap, int64_t *at_ns);

/*
 * The same for sockets that someone else reads (libmicrohttpd): look before
 * it does.  arrival_look() sets *at_ns of every watched socket with unread
 * bytes to the instant that the last of them came.  Here, too, macOS has
 * nothing to offer: nothing is ever set.
 */
struct arrival_watch;

struct arrival_watch *arrival_watch_new(void);
void arrival_watch_free(struct arrival_watch *w);
/* fd is watched until arrival_forget(); at_ns is borrowed as long. */
void arrival_add(struct arrival_watch *w, int fd, int64_t *at_ns);
void arrival_forget(struct arrival_watch *w, int fd);
void arrival_look(struct arrival_watch *w);

#endif
