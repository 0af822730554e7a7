#ifndef LMG_TESTS_LMSIM_LOOP_H
#define LMG_TESTS_LMSIM_LOOP_H

/*
 * Waiting, as precisely as the platform can: loop_linux.c (libmicrohttpd's
 * epoll descriptor in a ppoll), loop_darwin.c (select).
 */

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

struct MHD_Daemon;

/* The flags to start libmicrohttpd with, for a loop from outside. */
unsigned loop_flags(void);

/* How many connections can be had (raises the limit of descriptors). */
int loop_connections(void);

/*
 * Wait until the instant at_ns (INT64_MAX: for ever), until libmicrohttpd has
 * something to do, or until one of the n descriptors is ready (revents is then
 * set as poll(2) does; -1 descriptors are skipped).  0, or -1 after a message.
 */
int loop_wait(struct MHD_Daemon *daemon, struct pollfd *fds, size_t n,
    int64_t at_ns);

#endif
