#ifndef LMG_LMSDRIVE_WIRE_POLLER_H
#define LMG_LMSDRIVE_WIRE_POLLER_H

/*
 * Readiness of descriptors: epoll (poller_linux.c) or kqueue
 * (poller_darwin.c).  Level-triggered.  Time-outs are an argument of the wait.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum poller_what {
	POLLER_READ = 1,
	POLLER_WRITE = 2,
	POLLER_ERROR = 4	/* reported always, even when nothing else is
				 * asked for: the other end went away */
};

struct poller_event {
	int fd;
	unsigned what;		/* set of enum poller_what */
};

struct poller;

/*
 * Have this thread run soon after something is ready, also on a busy machine:
 * it uses little, and what it measures waits for it.  Needs no permission; what
 * it starts does not inherit it.  An older system does nothing of the kind.
 */
void poller_hurry(void);

/*
 * Was this thread late just now, at now_ns?  Then it is served in real time for
 * half a minute, where that is permitted: on a busy machine nothing else is
 * early enough.  When it is late again, for twice as long, and so on, up to 16
 * minutes.  Not always, because it wakes us for each packet, where several wait
 * for us else, and so costs up to twice the CPU; and for that time no more once
 * it takes more than half of a second, which others need.  Linux only.
 */
void poller_press(bool is_late, int64_t now_ns);

/* NULL after a message. */
struct poller *poller_new(void);
void poller_free(struct poller *p);

/*
 * Watch fd for what (may be 0: errors only); replaces what was asked before.
 * Returns -1 when fd cannot be watched (a regular file); nothing is printed.
 */
int poller_set(struct poller *p, int fd, unsigned what);

/* Stop watching fd, which need not be watched. */
void poller_remove(struct poller *p, int fd);

/*
 * Wait until something is ready or timeout_ns has passed (0: only look,
 * negative: for ever).  An exact time-out holds to some ten microseconds, which
 * may cost a second waking; others are up to a millisecond late.  Returns the
 * number of events put into events (at most n), 0 also when a signal came.
 */
size_t poller_wait(struct poller *p, struct poller_event *events, size_t n,
    int64_t timeout_ns, bool is_exact);

#endif
