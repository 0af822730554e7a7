#ifndef MS_LOOP_H
#define MS_LOOP_H

/*
 * The event loop: input, ticks, fork events, signals, output; one thread,
 * one poll(2).
 */

#include <stdbool.h>
#include <stdint.h>

#include "opts.h"
#include "pass.h"
#include "sampler.h"
#include "session.h"
#include "ticks.h"
#include "view.h"

struct loop {
	const struct opts *opts;
	struct plat *plat;
	struct pass pass;
	struct session session;
	struct sampler sampler;
	struct view view;
	int signal_fd;		/* readable when a signal came */
	int writer_fd;		/* to the writing thread, -1: none */
	int timer_fd;		/* -1: not sampling yet */
	int child;		/* the command, 0: none or ended */
	int child_status;	/* as of wait(2), -1 */
	int64_t interval_ns;
	struct ticks ticks;
	int64_t flushed_ns, gather_ns;	/* own lines are gathered at high
					 * rates */
	int64_t emit_cost_ns;	/* of the sample before */
	int64_t gone_ns;	/* since when there is no process, 0: there is */
	int64_t events_ns;	/* when fork events were taken last */
	int64_t shared_ns;	/* when --share was written last */
	int signals;		/* SIGINT, SIGTERM so far */
	bool is_filter, had_run, done, interrupted, back_noted;
	bool missing_noted;
	bool is_managed;	/* the server starts and stops with the steps */
};

/*
 * Do everything the options ask for, with records going to out_fd.  Returns
 * the exit status.
 */
int loop_main(const struct opts *o, bool is_filter, int out_fd);

#endif
