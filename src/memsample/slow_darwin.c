/*
 * macOS: what takes too long for a tick (IOReport: about 9 ms a sample; the
 * IOAccelerator registry) is looked at by a thread of its own, once a second.
 */
#define _DARWIN_C_SOURCE
#include <pthread.h>
#include <time.h>

#include "clock.h"
#include "signals.h"
#include "slow_darwin.h"

static pthread_t looker;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static bool is_running, is_ending;

/* What it saw last; under the lock. */
static struct darwin_slow seen;
static int64_t shown_at_ns;

void
darwin_slow_look(void)
{
	struct darwin_slow s = { .at_ns = clock_mono_ns() };

	s.gpu_bytes = darwin_gpu_bytes();
	darwin_energy_read(s.energy_nj);
	pthread_mutex_lock(&lock);
	seen = s;
	pthread_mutex_unlock(&lock);
}

static void *
run(void *arg)
{
	struct timespec until;

	(void)arg;
	pthread_mutex_lock(&lock);
	while (!is_ending) {
		pthread_mutex_unlock(&lock);
		darwin_slow_look();
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_mutex_lock(&lock);
		if (!is_ending)
			pthread_cond_timedwait(&wake, &lock, &until);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

void
darwin_slow_open(void)
{
	seen = (struct darwin_slow){ .at_ns = 0 };
	shown_at_ns = 0;
	is_ending = false;
	is_running = signals_free_thread(&looker, run, NULL) == 0;
}

void
darwin_slow_close(void)
{
	if (!is_running)
		return;
	pthread_mutex_lock(&lock);
	is_ending = true;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	pthread_join(looker, NULL);
	is_running = false;
}

bool
darwin_slow_take(struct darwin_slow *out)
{
	pthread_mutex_lock(&lock);
	*out = seen;
	pthread_mutex_unlock(&lock);
	if (out->at_ns == shown_at_ns)
		return false;
	shown_at_ns = out->at_ns;
	return true;
}
