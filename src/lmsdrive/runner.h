#ifndef LMG_RUNNER_H
#define LMG_RUNNER_H

/*
 * Does the steps of a plan, in order, and writes the records.
 *
 * runner.c		the sequence, and what has to be added to it
 * step_load.c		load, unload and idle steps
 * step_request.c	request steps: the load shape
 */

#include <stdbool.h>
#include <stdint.h>

#include "body.h"
#include "client.h"
#include "cooldown.h"
#include "exchange.h"
#include "findings.h"
#include "output.h"
#include "progress.h"
#include "step.h"
#include "transfer.h"

/* A model that we loaded and have to unload. */
struct loaded {
	struct client *client;
	const struct step *step;	/* the step that asked for it */
	char *model, *instance;
};

struct runner {
	struct net *net;
	struct output *out;
	const struct step *steps;
	size_t n_steps;
	const char *log;	/* path of the run's log, or NULL */
	bool keep_loaded;	/* measure beside models of others */

	struct client **clients;
	size_t n_clients;
	struct loaded *loaded;
	size_t n_loaded;
	struct engine {		/* which engine serves a model */
		char *model, *runtime;	/* runtime NULL: it does not tell */
	} *engines;
	size_t n_engines;
	int64_t next_req, next_step;	/* next_step: of implied ones */
	struct history history;
	struct findings findings;
	struct progress *progress;	/* never NULL */

	struct cooldown cooldown;	/* for idle_cooldown */
	bool is_thermal_noted;

	/* The scenario being run, for limit_ns. */
	const struct step *scenario_step;
	int64_t scenario_begun_ns;

	/* The model whose load failed last (borrowed). */
	const struct client *failed_client;
	const char *failed_model;

	int64_t failed_requests;
};

/*
 * Run all steps and, whatever happens, unload what was loaded.  Returns an
 * exit status.
 */
int runner_run(struct runner *r);

/* Release what the runner holds (not what it borrows). */
void runner_fini(struct runner *r);

/*
 * The client for the server of s, found out about at first use.  is_gone is
 * set after a message when nothing usable answers, or when somebody else's
 * model is loaded there and keep_loaded is not set.
 */
struct client *runner_client(struct runner *r, const struct step *s);

/* c stopped answering: note, message, and c->is_gone. */
void runner_server_gone(struct runner *r, struct client *c,
    const struct step *s, const char *why);

/* Is it over, for a signal, a reader or a server that went away? */
bool runner_is_over(const struct runner *r);

/* ---- for the step files ----------------------------------------------- */

/* The step record.  number: s->step, or of the implied step. */
void runner_write_step(struct runner *r, const struct step *s,
    const char *op, int64_t number, bool is_implied, const struct client *c);

/* Find what we loaded for s, or NULL. */
struct loaded *runner_find_loaded(struct runner *r, const struct client *c,
    const struct step *s);

/* Load for step s (OP_LOAD, or implied by a request).  Returns 0, or -1 when
 * there is nothing to measure. */
int step_load(struct runner *r, const struct step *s, struct client *c,
    int64_t number);

/* Unload what we loaded for s, or *l itself in step_unload_one(). */
void step_unload(struct runner *r, const struct step *s, struct client *c);
void step_unload_one(struct runner *r, struct loaded *l, int64_t number);

/* Start the server of c, and wait until it answers; cap bytes of error get the
 * reason when they return -1.  Nothing happens when it runs already, or is not
 * ours to start. */
int step_server_start(struct runner *r, const struct step *s,
    struct client *c, char *error, size_t cap);
int step_server_wait(struct runner *r, const struct step *s,
    struct client *c, char *error, size_t cap);

void step_idle(struct runner *r, const struct step *s);

/* After the idle time of s: wait until the machine is cool. */
void step_cool_down(struct runner *r, const struct step *s);

/* Wait until the instant, or until it is over. */
void step_wait(struct runner *r, int64_t until_ns);

void step_requests(struct runner *r, const struct step *s, struct client *c,
    const char *instance);

/* Record all requests of s as skipped. */
void step_skip_requests(struct runner *r, const struct step *s,
    const char *why);

#endif
