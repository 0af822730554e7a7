/*
 * macOS: what takes too long for a tick (IOReport: about 9 ms a sample; the
 * IOAccelerator registry) is looked at by a thread of its own, once a second.
 */
#define _DARWIN_C_SOURCE
#include <dlfcn.h>

#include "clock.h"
#include "darwin/slow_darwin.h"

/* dlsym() gives an object pointer where a function is meant: POSIX says the
 * two convert, ISO C has no way to say it but this. */
bool
darwin_find(void *library, const char *name, void *function)
{
	void *symbol = library != NULL ? dlsym(library, name) : NULL;

	*(void **)function = symbol;
	return symbol != NULL;
}

void
darwin_slow_look(struct darwin_slow_thread *t)
{
	struct sys_counters s;

	sys_counters_clear(&s);
	s.slow_at_ns = clock_mono_ns();
	/* Loaded by who looks first: it takes a while. */
	if (t->gpu == NULL)
		t->gpu = darwin_gpu_open();
	if (t->energy == NULL)
		t->energy = darwin_energy_open();
	s.v[SYS_GPU] = darwin_gpu_bytes(t->gpu);
	darwin_energy_read(t->energy, s.v);
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

void
darwin_slow_take(struct darwin_slow_thread *t, struct sys_counters *s)
{
	pthread_mutex_lock(&t->slow.lock);
	if (t->seen.slow_at_ns != t->shown_at_ns) {
		s->is_read = true;
		s->slow_at_ns = t->shown_at_ns = t->seen.slow_at_ns;
		for (int i = 0; i < SYS_N; i++)
			if (t->seen.v[i] >= 0)
				s->v[i] = t->seen.v[i];
	}
	pthread_mutex_unlock(&t->slow.lock);
}
