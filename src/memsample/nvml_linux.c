/*
 * NVIDIA's management library, loaded when it is there.  Its calls take
 * milliseconds: a thread of its own makes them, once a second.
 */
#include "nvml_linux.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <time.h>

#include "clock.h"

enum { DEVICES_MAX = 16, PROCESSES_MAX = 64 };

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
} api;

static void *library;
static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static int is_running, is_ending;

/* What the thread saw last; under the lock. */
static struct {
	int64_t used;			/* -1 unknown */
	size_t n;
	struct {
		int pid;
		int64_t bytes;
	} process[PROCESSES_MAX];
} seen = { .used = -1 };

static void
add_process(int pid, int64_t bytes)
{
	for (size_t i = 0; i < seen.n; i++)
		if (seen.process[i].pid == pid) {
			seen.process[i].bytes += bytes;
			return;
		}
	if (seen.n == PROCESSES_MAX)
		return;
	seen.process[seen.n].pid = pid;
	seen.process[seen.n++].bytes = bytes;
}

static void
look_at(void *device)
{
	struct nvml_process p[PROCESSES_MAX];
	struct nvml_memory m;
	unsigned n = PROCESSES_MAX;
	int has_memory = api.memory(device, &m) == 0;
	int has_processes = api.processes(device, &n, p) == 0;

	pthread_mutex_lock(&lock);
	if (has_memory)
		seen.used = (seen.used < 0 ? 0 : seen.used) + (int64_t)m.used;
	/* All ones: not available (MIG, WDDM). */
	for (unsigned i = 0; has_processes && i < n; i++)
		if (p[i].used != ~0ULL)
			add_process((int)p[i].pid, (int64_t)p[i].used);
	pthread_mutex_unlock(&lock);
}

static void
look_at_all(void)
{
	unsigned n = 0;
	void *device;

	pthread_mutex_lock(&lock);
	seen.used = -1;
	seen.n = 0;
	pthread_mutex_unlock(&lock);
	if (api.count(&n) != 0)
		return;
	for (unsigned i = 0; i < n && i < DEVICES_MAX; i++)
		if (api.handle(i, &device) == 0)
			look_at(device);
}

static void *
run(void *arg)
{
	struct timespec until;

	(void)arg;
	pthread_mutex_lock(&lock);
	while (!is_ending) {
		pthread_mutex_unlock(&lock);
		look_at_all();
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
		pthread_mutex_lock(&lock);
		if (!is_ending)
			pthread_cond_timedwait(&wake, &lock, &until);
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
		look_at_all();
		is_ending = 0;
		is_running = pthread_create(&thread, NULL, run, NULL) == 0;
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

int64_t
nvml_machine_bytes(void)
{
	int64_t bytes;

	pthread_mutex_lock(&lock);
	bytes = seen.used;
	pthread_mutex_unlock(&lock);
	return bytes;
}
