#ifndef LMG_MEMSAMPLE_COMMAND_H
#define LMG_MEMSAMPLE_COMMAND_H

/* A command that we start and sample. */

#include <stdbool.h>

/*
 * Start argv.  Its stdout goes to our stderr when our stdout carries records
 * (own_stdout is false), else it keeps it.  The command waits until
 * command_go(), so that not a moment of it is missed.  Returns its pid, or -1
 * after a message.
 */
int command_start(char *const argv[], bool own_stdout);

/* Let it run.  Returns 0, or -1 after a message when it cannot be executed. */
int command_go(void);

#endif
