#ifndef LMG_LMSDRIVE_SERVER_PROCESS_H
#define LMG_LMSDRIVE_SERVER_PROCESS_H

/* Whose memory is the server's, where the owner of its port is not the engine
 * (a proxy, a container): server.memory.process. */

#include <stddef.h>

#include "step/step.h"

enum { PROCESS_CAP = 64 };

/*
 * The name or the pid of s, or the pid that its command prints now, into out
 * (PROCESS_CAP bytes): "" when the port's owner is meant, "-" when the command
 * names no process.  Returns out.
 */
char *process_of(const struct step_server *s, char *out);

#endif
