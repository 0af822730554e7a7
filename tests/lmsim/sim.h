#ifndef LMG_TESTS_LMSIM_SIM_H
#define LMG_TESTS_LMSIM_SIM_H

/*
 * The stand-in server as a whole: one thread, one loop.
 *
 *	models -> sim (sockets, timers, workers) -> route -> dialect -> job
 *	-> wire, and truth of all of it
 */

#include <stdbool.h>
#include <stdint.h>

#include "exchange.h"
#include "heap.h"
#include "instance.h"
#include "models.h"
#include "truth.h"

struct MHD_Daemon;
struct arrival_watch;

struct sim {
	const struct catalogue *catalogue;
	struct truth *truth;
	struct fleet fleet;
	struct heap timers;
	struct exchange *exchanges;
	struct MHD_Daemon *daemon;
	struct arrival_watch *arrivals;
	uint64_t seed;
	struct noise noise;
	int64_t loads;			/* that a request came to */
	int64_t busy;			/* loads refused for being so */
	int64_t requests;		/* generations asked for so far */
	int64_t *asked;			/* ... of each model */
	int port;
	int64_t started_ns;
	bool has_resumed;		/* libmicrohttpd has work */
	bool is_stopping;
};

/* Has inst had no request for as long as makes it sleep (sleep_idle)? */
bool sim_is_asleep(const struct sim *sim, const struct instance *inst);

struct sim_options {
	const char *bind;		/* a loopback address */
	int port;			/* 0: any */
	uint64_t seed;
	int signal_fd;			/* readable: stop */
};

/*
 * Listen, call ready(port), and serve until signal_fd is readable.  Returns
 * 0, or -1 after a message.
 */
int sim_run(const struct catalogue *c, struct truth *truth,
    const struct sim_options *o, int (*ready)(void *, int), void *arg);

#endif
