#ifndef LMG_LMSDRIVE_WIRE_LOOP_H
#define LMG_LMSDRIVE_WIRE_LOOP_H

/*
 * What the one thread waits for besides its connections: room for records in
 * the output, a reader that goes away, and signals.
 *
 * The first SIGINT, SIGTERM, SIGHUP or SIGQUIT sets is_interrupted and ends the
 * wait; whoever runs the loop then cancels, unloads and finishes.  Another
 * one, a second later or more, ends the process at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "outq.h"
#include "poller.h"

struct loop {
	struct poller *poller;
	struct outq *out;	/* borrowed, or NULL */
	bool is_interrupted;	/* a signal came */
	bool is_reader_gone;	/* the output cannot be written any more */
	bool waits_for_room;
	int64_t queued_at_ns;	/* since when something is; INT64_MAX: not */
	int signal_fd;
};

/* out may be NULL (nothing is written).  Returns 0, or -1 after a message. */
int loop_init(struct loop *l, struct outq *out);
void loop_fini(struct loop *l);

/*
 * Wait until the instant deadline_ns (monotonic) at most, see to the output
 * and the signals, and give back the events of all other descriptors.
 */
size_t loop_wait(struct loop *l, struct poller_event *events, size_t n,
    int64_t deadline_ns);

/*
 * Write what can be written without blocking: everything, or only if enough
 * or long enough is queued (25 ms if something else happens, else 50 ms).
 */
void loop_flush(struct loop *l);
void loop_flush_due(struct loop *l);

/* Should the run end early? */
bool loop_is_over(const struct loop *l);

#endif
