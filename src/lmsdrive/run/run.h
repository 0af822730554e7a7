#ifndef LMG_LMSDRIVE_RUN_RUN_H
#define LMG_LMSDRIVE_RUN_RUN_H

/*
 * What a run of a plan has in hand: its output, the servers it talks to, what
 * it loaded.  Every kind of step works on it; steps.h does them in order.
 *
 *	cmd_run -> steps -> step_load, step_idle, step_request -> run -> client
 */

#include <stdbool.h>
#include <stdint.h>

#include "cooldown.h"
#include "decisions.h"
#include "findings.h"
#include "output.h"
#include "power.h"
#include "step/step.h"
#include "progress.h"
#include "resume.h"
#include "server/body.h"
#include "server/client.h"
#include "wire/transfer.h"

/* A model that we loaded and have to unload. */
struct loaded {
	struct client *client;
	const struct step *step;	/* the step that asked for it */
	char *model, *instance;
};

struct run {
	struct net *net;
	struct output *out;
	const struct resume *resume;	/* the run this goes on with, or NULL */
	const char *log;	/* path of the run's log, or NULL */
	bool keep_loaded;	/* measure beside models of others */

	struct client **clients;
	size_t n_clients;
	struct loaded *loaded;
	size_t n_loaded;
	struct engine {		/* which engine serves a model there */
		const struct client *client;
		char *model, *runtime;	/* runtime NULL: it does not tell */
	} *engines;
	size_t n_engines;
	struct decisions decided;
	int64_t budget_ns;	/* -1: what the steps say */
	int64_t next_req;
	struct history history;
	struct findings findings;
	struct progress *progress;	/* never NULL */

	bool is_given_up;
	int64_t failures;	/* of the server, but for those of requests */
	struct power power;	/* as of the last load */
	struct thermal heat;
	struct cooldown cooldown;	/* for idle_cooldown */
	bool is_thermal_noted;
};

/* Release what the run holds (not what it borrows). */
void run_fini(struct run *r);

/*
 * The client for the server of s, found out about at first use.  is_gone is
 * set after a message when nothing usable answers, or when somebody else's
 * model is loaded there and keep_loaded is not set.
 */
struct client *run_client(struct run *r, const struct step *s);

/* Note what became known of c since the last record, for step number. */
void run_note_client(struct run *r, struct client *c, int64_t number);

/* c stopped answering in step number: note, message, and c->is_gone. */
void run_server_gone(struct run *r, struct client *c, int64_t number,
    const char *why);

/* It refuses our token again and again: the same. */
void run_token_refused(struct run *r, struct client *c, int64_t number);

/* The same, if it does not answer a question. */
void run_check_server(struct run *r, struct client *c, int64_t number,
    const char *why);

/* Is it back, if it went away, or will it be within ten seconds (the first time
 * it is asked for)?  Then note, message, and it is used. */
void run_check_return(struct run *r, struct client *c, int64_t number);

/* Note what the server has put to sleep, with the step that loaded it: its next
 * request waits for a load.  False when there is any. */
bool run_check_awake(struct run *r, struct client *c);

/* Note, and forget, what is not loaded any more though nobody asked for that,
 * as far as its list tells. */
void run_check_loaded(struct run *r, struct client *c, int64_t number);

/* It cannot go on, for a fault of ours: note, message, and it is over. */
void run_give_up(struct run *r, int64_t number, const char *code,
    const char *why);

/* Is it over, for a signal, a reader that went away or a fault of ours? */
bool run_is_over(const struct run *r);

/* Wait until the instant, or until it is over. */
void run_wait(struct run *r, int64_t until_ns);

/* Find what we loaded for s, the model with the options it asks for; or
 * NULL. */
struct loaded *run_find_loaded(struct run *r, const struct client *c,
    const struct step *s);

/* It is not loaded any more; l is invalid after it. */
void run_forget(struct run *r, struct loaded *l);

/* The step record.  number: s->step, or of the implied step. */
void run_write_step(struct run *r, const struct step *s, const char *op,
    int64_t number, bool is_implied, struct client *c);

#endif
