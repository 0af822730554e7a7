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
#include "ticks.h"
#include "tree/sampler.h"

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
	int step_port;		/* of the step that is on, 0: none */
	bool has_process;	/* the step says whose memory is meant */
	int signals;		/* to end it, so far */
	int64_t first_signal_ns;
	bool is_filter, had_run, is_sampling, done, interrupted;
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
