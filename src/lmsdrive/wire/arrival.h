#ifndef LMG_LMSDRIVE_WIRE_ARRIVAL_H
#define LMG_LMSDRIVE_WIRE_ARRIVAL_H

/*
 * When did the bytes that wait in a socket arrive?  Linux keeps the receive
 * time of every packet (SO_TIMESTAMPNS); it is read with recvmsg(MSG_PEEK)
 * before anybody reads the bytes, and converted from the wall clock with an
 * offset that is measured again at every wake-up.  So our own delay (other
 * streams to serve first, a busy machine) moves no measured time, but in one
 * case: a packet that comes while another one waits may be merged with it, and
 * both have the later one's stamp then.  The count of segments tells whether
 * that can have been; if so, the time of all but the last event is an interval,
 * from the stamp before it to its own.
 *
 * Acknowledgements held back (TCP_QUICKACK 0) would keep apart what a sender on
 * this machine sends, as its copy of what is not acknowledged is not merged
 * with, and would falsify more than they mend: while we are late, one with
 * Nagle's algorithm stops at its second small packet, and any at its tenth (the
 * congestion window), for which we found no bound.
 *
 * Where the kernel has no such stamp (stamps_darwin.c) the clock in the write
 * callback is used.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	ARRIVAL_READ = 16 * 1024,	/* what libcurl reads at once */
	ARRIVAL_RESET = -2
};

/* What is known of the sockets of one loop. */
struct arrivals;

/* Where does the first event end that ends behind from, in these bytes?
 * Returns the offset of what follows it, or 0: none ends in them. */
typedef size_t arrival_end_fn(const char *bytes, size_t len, size_t from);

/* Returns NULL where the kernel does not tell.  next_end NULL: only when the
 * last of the bytes came is asked for. */
struct arrivals *arrivals_new(arrival_end_fn *next_end);
void arrivals_free(struct arrivals *a);

/* Ask for stamps on the new TCP socket fd, before it connects. */
void arrival_enable(struct arrivals *a, int fd);

/*
 * Measure the offset between the clocks; call after each wake-up.  now_ns is
 * the monotonic clock just read.
 */
void arrival_sync(struct arrivals *a, int64_t now_ns);

/*
 * Note when what waits in fd arrived, for a look that comes later.  Many
 * sockets are ready at once: before the last of them is looked at, a second
 * packet may come, and the kernel merges the two and gives both the second
 * one's stamp.  Does nothing when fd was glanced at a moment ago.
 */
void arrival_glance(struct arrivals *a, int fd, int64_t now_ns);

/* Bytes may be read without a look: what glances saw counts no more. */
void arrival_forget(struct arrivals *a);

/*
 * Look at what a read of ARRIVAL_READ bytes would take from fd now, and note
 * when it arrived; it is forgotten at the next call.  Stamps that cannot be
 * true (later than now, or over a minute old: the wall clock was stepped) are
 * none.  Returns the instant (monotonic) at which the last of the bytes
 * arrived, or -1; ARRIVAL_RESET when the connection was reset: the kernel tells
 * that once, the read that follows sees an ordinary end.
 */
int64_t arrival_look(struct arrivals *a, int fd);

/* Not before from_ns, not after at_ns; equal when the instant is known. */
struct arrived {
	int64_t from_ns, at_ns;
};

/*
 * When these bytes arrived, which libcurl hands over after arrival_look(),
 * piece by piece in order and without the framing of HTTP.  now_ns is the
 * monotonic clock, and the answer for what came after the look.  Returns how
 * many of the bytes that holds for: events that came at other times follow.
 * Looks again when it hands out the last piece late: libcurl reads once more
 * when more has come.
 */
size_t arrival_of(struct arrivals *a, const char *bytes, size_t len,
    int64_t now_ns, struct arrived *out);

#endif
