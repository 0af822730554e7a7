/*
 * NVIDIA's management library, loaded when it is there.  Its calls take
 * milliseconds: a thread of its own makes them, once a second.
 */
#include "nvml_linux.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "clock.h"
#include "signals.h"

enum { DEVICES_MAX = 16, PROCESSES_MAX = 64 };

static const int64_t nj_per_mj = 1000000;

/* As in nvml.h. */
struct nvml_memory {
	unsigned long long total, free, used;
};

struct nvml_process {		/* nvmlProcessInfo_v2_t, _v3 has the same */
	unsigned pid;
	unsigned long long used;
	unsigned gpu_instance, compute_instance;
};

_Static_assert(sizeof(struct nvml_process) == 24, "as in nvml.h");

static struct {
	int (*init)(void);
	int (*shutdown)(void);
	int (*count)(unsigned *n);
	int (*handle)(unsigned i, void **device);
	int (*memory)(void *device, struct nvml_memory *m);
	int (*processes)(void *device, unsigned *n, struct nvml_process *p);
	int (*energy)(void *device, unsigned long long *mj);	/* or NULL */
} api;

static void *library;
static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static int is_running, is_ending;

struct look {
	struct nvml_machine machine;
	int64_t energy_mj;		/* since the driver was loaded */
	size_t n;
	struct {
		int pid;
		int64_t bytes;
	} process[PROCESSES_MAX];
};

/* What the thread saw last; under the lock. */
static struct look seen;
static int64_t first_mj = -1;

static void
add_process(struct look *l, int pid, int64_t bytes)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->process[i].pid == pid) {
			l->process[i].bytes += bytes;
			return;
		}
	if (l->n == PROCESSES_MAX)
		return;
	l->process[l->n].pid = pid;
	l->process[l->n++].bytes = bytes;
}

static void
look_at(struct look *l, void *device)
{
	struct nvml_process p[PROCESSES_MAX];
	unsigned long long mj;
	struct nvml_memory m;
	unsigned n = PROCESSES_MAX;

	if (api.memory(device, &m) == 0)
		l->machine.used = (l->machine.used < 0 ? 0 :
		    l->machine.used) + (int64_t)m.used;
	/* A sum that leaves one device out would go backwards. */
	if (api.energy == NULL || api.energy(device, &mj) != 0)
		l->energy_mj = -1;
	else if (l->energy_mj >= 0)
		l->energy_mj += (int64_t)mj;
	if (api.processes(device, &n, p) != 0)
		return;
	/* All ones: not available (MIG, WDDM). */
	for (unsigned i = 0; i < n; i++)
		if (p[i].used != ~0ULL)
			add_process(l, (int)p[i].pid, (int64_t)p[i].used);
}

static void
look_at_all(void)
{
	struct look l = { .machine = { .at_ns = clock_mono_ns(), .used = -1,
	    .energy_nj = -1 } };
	unsigned n = 0;
	void *device;

	if (api.count(&n) != 0)
		n = 0;
	if (n == 0)
		l.energy_mj = -1;
	for (unsigned i = 0; i < n && i < DEVICES_MAX; i++)
		if (api.handle(i, &device) == 0)
			look_at(&l, device);
		else
			l.energy_mj = -1;
	if (first_mj < 0)
		first_mj = l.energy_mj;
	if (l.energy_mj >= first_mj && first_mj >= 0)
		l.machine.energy_nj = (l.energy_mj - first_mj) * nj_per_mj;
	pthread_mutex_lock(&lock);
	seen = l;
	pthread_mutex_unlock(&lock);
}

/* nvml_open() has looked once: the next look is a second later. */
static void *
run(void *arg)
{
	struct timespec until;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&lock);
	while (!is_ending) {
		if (pthread_cond_timedwait(&wake, &lock, &until) != ETIMEDOUT)
			continue;
		pthread_mutex_unlock(&lock);
		look_at_all();
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static int
find(const char *name, void *function)
{
	void *symbol = dlsym(library, name);

	*(void **)function = symbol;
	return symbol != NULL ? 0 : -1;
}

static int
find_all(void)
{
	if (find("nvmlInit_v2", &api.init) == -1 ||
	    find("nvmlShutdown", &api.shutdown) == -1 ||
	    find("nvmlDeviceGetCount_v2", &api.count) == -1 ||
	    find("nvmlDeviceGetHandleByIndex_v2", &api.handle) == -1 ||
	    find("nvmlDeviceGetMemoryInfo", &api.memory) == -1)
		return -1;
	(void)find("nvmlDeviceGetTotalEnergyConsumption", &api.energy);
	if (find("nvmlDeviceGetComputeRunningProcesses_v3",
	    &api.processes) == 0)
		return 0;
	return find("nvmlDeviceGetComputeRunningProcesses_v2",
	    &api.processes);
}

int
nvml_open(void)
{
	if ((library = dlopen("libnvidia-ml.so.1", RTLD_LAZY)) == NULL)
		return -1;
	if (find_all() == 0 && api.init() == 0) {
		first_mj = -1;
		look_at_all();
		is_ending = 0;
		is_running = signals_free_thread(&thread, run, NULL) == 0;
		if (is_running)
			return 0;
		api.shutdown();
	}
	dlclose(library);
	return -1;
}

void
nvml_close(void)
{
	if (!is_running)
		return;
	pthread_mutex_lock(&lock);
	is_ending = 1;
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	is_running = 0;
	api.shutdown();
	dlclose(library);
}

int64_t
nvml_process_bytes(int pid)
{
	int64_t bytes = -1;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < seen.n; i++)
		if (seen.process[i].pid == pid)
			bytes = seen.process[i].bytes;
	pthread_mutex_unlock(&lock);
	return bytes;
}

void
nvml_machine(struct nvml_machine *out)
{
	pthread_mutex_lock(&lock);
	*out = seen.machine;
	pthread_mutex_unlock(&lock);
}
