#ifndef LMG_LMSDRIVE_RUN_STEPS_H
#define LMG_LMSDRIVE_RUN_STEPS_H

/* Does the steps of a plan, in order, and adds those that it lacks. */

#include "run.h"

/*
 * Do all steps and, whatever happens, unload what was loaded.  The numbers of
 * steps that are added begin with next_step, or behind those of the plan.
 * Returns an exit status.
 */
int steps_do(struct run *r, const struct step *steps, size_t n,
    int64_t next_step);

/* ---- each kind of step -------------------------------------------------- */

/* Load for step s (OP_LOAD, or implied by a request).  Returns 0, or -1 when
 * there is nothing to measure. */
int step_load(struct run *r, const struct step *s, struct client *c,
    int64_t number);

/* Unload what we loaded for s, or *l itself in step_unload_one(). */
void step_unload(struct run *r, const struct step *s, struct client *c);
void step_unload_one(struct run *r, struct loaded *l, int64_t number);

/* The engine that serves model there, as it was told at an unload before; or
 * NULL. */
const char *step_runtime(const struct run *r, const struct client *c,
    const char *model);

/* A time without requests, and a wait until the machine is cool. */
void step_idle(struct run *r, const struct step *s, struct client *c);

/* The requests of s in its load shape, closed or open loop. */
void step_requests(struct run *r, const struct step *s, struct client *c,
    const char *instance);

/* The reason why a request is skipped that is not needed any more. */
#define STEP_DECIDED "decided"

/* Record the requests of s as skipped, from k (from 0) on. */
void step_skip_requests(struct run *r, const struct step *s, int64_t k,
    const char *why);

/* ---- programs that a variant names -------------------------------------- */

/*
 * Start the server of c, and wait until it answers; cap bytes of error get the
 * reason when they return -1.  Nothing happens when it runs already, or is not
 * ours to start.
 */
int step_server_start(struct run *r, const struct step *s, struct client *c,
    char *error, size_t cap);
int step_server_wait(struct run *r, const struct step *s, struct client *c,
    char *error, size_t cap);

/*
 * Run argv for step s, without a shell, and wait for its end.  Its output goes
 * to the server's log.  Returns 0 when it ended with status 0, else -1 with
 * error filled; what ("load_command: ") names the key that it stands under.
 */
int step_command(struct run *r, const struct step *s, struct client *c,
    char **argv, const char *what, int64_t timeout_ns, char *error,
    size_t cap);

#endif
