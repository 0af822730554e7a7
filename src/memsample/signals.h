#ifndef LMG_MEMSAMPLE_SIGNALS_H
#define LMG_MEMSAMPLE_SIGNALS_H

/* Signals as bytes on a pipe, so that poll(2) waits for them, too. */

#include <pthread.h>
#include <stdbool.h>

struct signals {
	int ended;	/* SIGINT, SIGTERM, SIGHUP since the last look */
	int last;		/* the last of them */
	bool from_process;	/* sent by kill(2), not by the terminal */
	bool child;		/* SIGCHLD came */
};

/* Install the handlers; SIGPIPE is ignored.  Returns the descriptor to poll. */
int signals_open(void);

/* What came since the last look. */
void signals_take(struct signals *out);

/* pthread_create() for a thread that gets none of them: they are the loop's. */
int signals_free_thread(pthread_t *thread, void *(*run)(void *), void *arg);

#endif
