#ifndef LMG_LMSDRIVE_RUN_STEP_COMMAND_H
#define LMG_LMSDRIVE_RUN_STEP_COMMAND_H

/* The command that a variant names to load or to unload: run without a shell,
 * in its time limit. */

#include "run.h"

/*
 * Run argv for step s and wait for its end.  Its output goes to the server's
 * log.  Returns 0 when it ended with status 0, else -1 with error filled; what
 * names the key that it stands under.
 */
int step_command(struct run *r, const struct step *s, struct client *c,
    char **argv, const char *what, int64_t timeout_ns, char *error,
    size_t cap);

#endif
