#ifndef LMG_MEMSAMPLE_LOOP_H
#define LMG_MEMSAMPLE_LOOP_H

/*
 * The event loop: input, ticks, fork events, signals, output; one thread,
 * one place to wait.
 */

#include <stdbool.h>
#include <stdint.h>

#include "opts.h"
#include "show/session.h"
#include "show/view.h"
#include "stream/pass.h"
#include "tree/sampler.h"

/*
 * Which tick it is: the n-th is due at start + n * interval exactly, however
 * late those before it were taken.  Pure: reads no clock.
 */
struct ticks {
	int64_t start_ns, interval_ns;
	int64_t taken;		/* the last tick that was taken, 0: none */
};

/* The instant at which tick n is due. */
int64_t ticks_due_ns(const struct ticks *t, int64_t n);

/*
 * Take the latest tick that is due at now_ns.  Returns false when that one
 * was taken already, else how late it is and how many before it were lost.
 */
bool ticks_take(struct ticks *t, int64_t now_ns, int64_t *late_ns,
    int64_t *missed);

struct loop {
	const struct opts *opts;
	struct plat *plat;
	struct pass pass;
	struct session session;
	struct sampler sampler;
	struct view view;
	int signal_fd;		/* readable when a signal came */
	int writer_fd;		/* to the writing thread, -1: none */
	int child;		/* the command, 0: none or ended */
	int child_status;	/* as of wait(2), -1 */
	int64_t interval_ns;
	struct ticks ticks;
	int64_t flushed_ns, gather_ns;	/* own lines are gathered at high
					 * rates */
	int64_t emit_cost_ns;	/* of the sample before */
	int64_t gone_ns;	/* since when there is no process, 0: there
				 * is */
	bool has_process;	/* the step says whose memory is meant */
	int signals;		/* to end it, so far */
	int64_t first_signal_ns;
	bool is_filter, is_sampling, done, interrupted;
	bool missing_noted;
	bool is_managed;	/* the server starts and stops with the steps */
};

/* Take the first sample now, and one every interval from here on. */
void loop_start_sampling(struct loop *l, int64_t now_ns);

/* Take a sample and pass it on; is_full: of all tiers. */
void loop_take_sample(struct loop *l, int64_t now_ns, int64_t late_ns,
    int64_t missed, bool is_full);

/* Has the command ended?  Then child is 0, and the loop is done. */
void loop_reap(struct loop *l);

/* Until something ends it. */
void loop_run(struct loop *l);

#endif
