#include "tree/slow.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "signals.h"

static void *
run(void *arg)
{
	struct slow *s = arg;
	struct pollfd end = { .fd = s->ends[0], .events = POLLIN };

	for (int ms = s->first_ms; poll(&end, 1, ms) == 0; ms = 1000)
		s->look(s->arg);
	return NULL;
}

void
slow_start(struct slow *s, int first_ms, void (*look)(void *arg), void *arg)
{
	*s = (struct slow){ .lock = PTHREAD_MUTEX_INITIALIZER,
	    .first_ms = first_ms, .look = look, .arg = arg };
	if (pipe(s->ends) == -1)
		return;
	for (int i = 0; i < 2; i++)
		fcntl(s->ends[i], F_SETFD, FD_CLOEXEC);
	s->is_running = signals_free_thread(&s->thread, run, s) == 0;
	if (!s->is_running) {
		close(s->ends[0]);
		close(s->ends[1]);
	}
}

void
slow_stop(struct slow *s)
{
	if (!s->is_running)
		return;
	close(s->ends[1]);
	pthread_join(s->thread, NULL);
	close(s->ends[0]);
	s->is_running = false;
}
