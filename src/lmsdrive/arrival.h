#ifndef LMG_ARRIVAL_H
#define LMG_ARRIVAL_H

/*
 * When did the bytes that wait in a socket arrive?  Linux keeps the receive
 * time of every packet (SO_TIMESTAMPNS); it is read with a one-byte
 * recvmsg(MSG_PEEK) before anybody reads the bytes, and converted from the
 * wall clock with an offset that is measured again at every wake-up.  So our
 * own delay (other streams to serve first, a busy machine) moves no measured
 * time.  Where the kernel has no such stamp (arrival_darwin.c) every call
 * answers "not known", and the clock in the write callback is used.
 */

#include <stdbool.h>
#include <stdint.h>

/* Can this platform tell at all?  Opens what it takes (once). */
bool arrival_init(void);

/* Ask for stamps on the new TCP socket fd, before it connects. */
void arrival_enable(int fd);

/*
 * Measure the offset between the clocks; call after each wake-up.  now_ns is
 * the monotonic clock just read.
 */
void arrival_sync(int64_t now_ns);

/*
 * The instant (monotonic) at which the first byte waiting in fd arrived, or
 * -1 when it is not known: no byte, no stamp, or a stamp that cannot be true
 * (later than now_ns, or over a minute old: the wall clock was stepped).
 */
int64_t arrival_peek(int fd, int64_t now_ns);

/* The same of the last byte waiting (of the first 8 KiB). */
int64_t arrival_peek_last(int fd, int64_t now_ns);

#endif
