/*
 * macOS: what takes too long for a tick (IOReport: about 9 ms a sample; the
 * IOAccelerator registry) is looked at by a thread of its own, once a second.
 */
#define _DARWIN_C_SOURCE
#include <time.h>

#include "clock.h"
#include "darwin/slow_darwin.h"
#include "signals.h"

void
darwin_slow_look(struct darwin_slow_thread *t)
{
	struct darwin_slow s = { .at_ns = clock_mono_ns() };

	/* Loaded by who looks first: it takes a while. */
	if (t->gpu == NULL)
		t->gpu = darwin_gpu_open();
	if (t->energy == NULL)
		t->energy = darwin_energy_open();
	s.gpu_bytes = darwin_gpu_bytes(t->gpu);
	darwin_energy_read(t->energy, s.energy_nj);
	pthread_mutex_lock(&t->lock);
	t->seen = s;
	pthread_mutex_unlock(&t->lock);
}

static void *
run(void *arg)
{
	struct darwin_slow_thread *t = arg;
	struct timespec until;

	pthread_mutex_lock(&t->lock);
	while (!t->is_ending) {
		pthread_mutex_unlock(&t->lock);
		darwin_slow_look(t);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_mutex_lock(&t->lock);
		if (!t->is_ending)
			pthread_cond_timedwait(&t->wake, &t->lock, &until);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

void
darwin_slow_open(struct darwin_slow_thread *t)
{
	*t = (struct darwin_slow_thread){ .gpu = NULL };
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, NULL);
	t->is_running = signals_free_thread(&t->thread, run, t) == 0;
}

void
darwin_slow_stop(struct darwin_slow_thread *t)
{
	if (!t->is_running)
		return;
	pthread_mutex_lock(&t->lock);
	t->is_ending = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	t->is_running = false;
}

void
darwin_slow_close(struct darwin_slow_thread *t)
{
	darwin_slow_stop(t);
	darwin_gpu_close(t->gpu);
	darwin_energy_close(t->energy);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
}

bool
darwin_slow_take(struct darwin_slow_thread *t, struct darwin_slow *out)
{
	pthread_mutex_lock(&t->lock);
	*out = t->seen;
	pthread_mutex_unlock(&t->lock);
	if (out->at_ns == t->shown_at_ns)
		return false;
	t->shown_at_ns = out->at_ns;
	return true;
}
