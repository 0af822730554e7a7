#ifndef LMG_LMSDRIVE_SERVER_MANAGED_H
#define LMG_LMSDRIVE_SERVER_MANAGED_H

/* A server that a variant names a command for: started before the load,
 * stopped after the unload. */

#include <sys/types.h>

#include <stdbool.h>

struct managed {
	char **command;		/* borrowed; "{port}" is replaced */
	int port;
	pid_t pid;		/* 0: not running */
	pid_t group, watcher;	/* 0: none; the watcher ends the group when
				 * we are gone, however that came */
	int exit_status;	/* of wait(), once it is over */
};

/* A loopback port that nobody listens on now, or -1 after a message. */
int managed_free_port(void);

/*
 * Start it, with stdout and stderr appended to the file log (NULL: thrown
 * away), in a process group of its own: Ctrl-C is for us, we end it.  It does
 * not outlive us.  Returns 0, or -1 with errno set.
 */
int managed_start(struct managed *m, const char *log);

/* Is it still there?  If not, exit_status says how it ended. */
bool managed_is_running(struct managed *m);

/* It has ended, and what it started may stay: forget about it. */
void managed_leave(struct managed *m);

/* SIGTERM, five seconds later SIGKILL, to its group (what a server that ended
 * has left behind, too); and wait. */
void managed_stop(struct managed *m);

#endif
