#ifndef LMG_TESTS_LMSIM_SPAWN_WORKER_H
#define LMG_TESTS_LMSIM_SPAWN_WORKER_H

#include <sys/types.h>

/*
 * Start a worker (worker.h) for the model key, as a process of its own with
 * the given name.  *fd is our end of its socket, non-blocking.  Returns its
 * pid, or -1 with errno set.
 */
pid_t spawn_worker(const char *name, const char *key, int *fd);

#endif
