/*
 * macOS: what takes too long for a tick (IOReport: about 9 ms a sample; the
 * IOAccelerator registry) is looked at by a thread of its own, once a second.
 */
#define _DARWIN_C_SOURCE
#include "clock.h"
#include "darwin/slow_darwin.h"

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
	pthread_mutex_lock(&t->slow.lock);
	t->seen = s;
	pthread_mutex_unlock(&t->slow.lock);
}

static void
look(void *arg)
{
	darwin_slow_look(arg);
}

void
darwin_slow_open(struct darwin_slow_thread *t)
{
	*t = (struct darwin_slow_thread){ .gpu = NULL };
	slow_start(&t->slow, 0, look, t);
}

void
darwin_slow_close(struct darwin_slow_thread *t)
{
	slow_stop(&t->slow);
	darwin_gpu_close(t->gpu);
	darwin_energy_close(t->energy);
}

bool
darwin_slow_take(struct darwin_slow_thread *t, struct darwin_slow *out)
{
	pthread_mutex_lock(&t->slow.lock);
	*out = t->seen;
	pthread_mutex_unlock(&t->slow.lock);
	if (out->at_ns == t->shown_at_ns)
		return false;
	t->shown_at_ns = out->at_ns;
	return true;
}
