#ifndef LMSIM_ARRIVAL_H
#define LMSIM_ARRIVAL_H

/* arrival_linux.c: by the kernel's receive time stamps; arrival_darwin.c: the
 * clock, read after the bytes. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Ask for time stamps on the socket fd. */
void arrival_enable(int fd);

/* As recv(2) without blocking; *at_ns (monotonic) is when the bytes came. */
ssize_t arrival_recv(int fd, void *out, size_t cap, int64_t *at_ns);

#endif
