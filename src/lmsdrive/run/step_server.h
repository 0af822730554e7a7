#ifndef LMG_LMSDRIVE_RUN_STEP_SERVER_H
#define LMG_LMSDRIVE_RUN_STEP_SERVER_H

/* The server of a variant that names a command: up before its load. */

#include "run.h"

/*
 * Start the server of c, and wait until it answers; cap bytes of error get the
 * reason when they return -1.  Nothing happens when it runs already, or is not
 * ours to start.
 */
int step_server_start(struct run *r, const struct step *s, struct client *c,
    char *error, size_t cap);
int step_server_wait(struct run *r, const struct step *s, struct client *c,
    char *error, size_t cap);

/* Where the output of commands of the variant goes, beside the run's log: heap
 * string, or NULL. */
char *step_server_log(const struct run *r, const struct step *s);

/* Append to the error in error[cap] where that is (NULL: nowhere), and how it
 * ends. */
void step_server_add_words(char *error, size_t cap, const char *log);

#endif
