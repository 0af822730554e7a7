#ifndef LMG_MEMSAMPLE_TREE_SLOW_H
#define LMG_MEMSAMPLE_TREE_SLOW_H

/* What takes too long for a tick is looked at by a thread of its own, once a
 * second, whatever the clock on the wall does. */

#include <pthread.h>
#include <stdbool.h>

struct slow {
	pthread_mutex_t lock;	/* of what look() has seen */
	pthread_t thread;
	int ends[2];		/* a pipe: closed, it ends the thread */
	int first_ms;
	void (*look)(void *arg);
	void *arg;
	bool is_running;
};

/* Call look(arg) in first_ms, and once a second then.  Where no thread is to be
 * had is_running stays false. */
void slow_start(struct slow *s, int first_ms, void (*look)(void *arg),
    void *arg);

/* End the thread. */
void slow_stop(struct slow *s);

#endif
