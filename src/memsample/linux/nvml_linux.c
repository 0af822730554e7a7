/*
 * NVIDIA's management library, loaded when it is there.  Its calls take
 * milliseconds: a thread of its own makes them, once a second.
 */
#include "linux/nvml_linux.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "clock.h"
#include "tree/slow.h"
#include "xalloc.h"

enum { PROCESSES_AT_FIRST = 64, INSUFFICIENT_SIZE = 7 };

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

struct nvml_api {
	int (*init)(void);
	int (*shutdown)(void);
	int (*count)(unsigned *n);
	int (*handle)(unsigned i, void **device);
	int (*memory)(void *device, struct nvml_memory *m);
	int (*processes)(void *device, unsigned *n, struct nvml_process *p);
	int (*energy)(void *device, unsigned long long *mj);	/* or NULL */
};

struct use {
	int pid;
	int64_t bytes;
};

struct look {
	struct nvml_machine machine;
	int64_t energy_mj;		/* since the driver was loaded */
	struct use *uses;		/* by process */
	size_t n, cap;
};

struct nvml {
	struct nvml_api api;
	void *library;
	struct slow slow;
	struct look seen;		/* the thread's last; under the lock */
	int64_t first_mj;		/* -1 unknown */
	struct nvml_process *told;	/* the thread's buffer */
	unsigned cap_told;
};

static void
add_process(struct look *l, int pid, int64_t bytes)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->uses[i].pid == pid) {
			l->uses[i].bytes += bytes;
			return;
		}
	l->uses = xgrow(l->uses, l->n, &l->cap, sizeof(*l->uses));
	l->uses[l->n++] = (struct use){ .pid = pid, .bytes = bytes };
}

/* The processes on device, into v->told.  Returns how many. */
static unsigned
ask_processes(struct nvml *v, void *device)
{
	unsigned n = v->cap_told;
	int error;

	while ((error = v->api.processes(device, &n, v->told)) ==
	    INSUFFICIENT_SIZE && n > v->cap_told) {
		v->cap_told = n *= 2;	/* and those that come meanwhile */
		v->told = xreallocarray(v->told, n, sizeof(*v->told));
	}
	return error == 0 ? n : 0;
}

static void
look_at(struct nvml *v, struct look *l, void *device)
{
	unsigned long long mj;
	struct nvml_memory m;
	unsigned n;

	if (v->api.memory(device, &m) == 0)
		l->machine.used_bytes = (l->machine.used_bytes < 0 ? 0 :
		    l->machine.used_bytes) + (int64_t)m.used;
	/* A sum that leaves one device out would go backwards. */
	if (v->api.energy == NULL || v->api.energy(device, &mj) != 0)
		l->energy_mj = -1;
	else if (l->energy_mj >= 0)
		l->energy_mj += (int64_t)mj;
	n = ask_processes(v, device);
	/* All ones: not available (MIG, WDDM). */
	for (unsigned i = 0; i < n; i++)
		if (v->told[i].used != ~0ULL)
			add_process(l, (int)v->told[i].pid,
			    (int64_t)v->told[i].used);
}

static void
look_at_all(void *arg)
{
	struct nvml *v = arg;
	struct look before, l = { .machine = { .at_ns = clock_mono_ns(),
	    .used_bytes = -1, .energy_nj = -1 } };
	unsigned n = 0;
	void *device;

	if (v->api.count(&n) != 0)
		n = 0;
	if (n == 0)
		l.energy_mj = -1;
	for (unsigned i = 0; i < n; i++)
		if (v->api.handle(i, &device) == 0)
			look_at(v, &l, device);
		else
			l.energy_mj = -1;
	if (v->first_mj < 0)
		v->first_mj = l.energy_mj;
	if (l.energy_mj >= v->first_mj && v->first_mj >= 0)
		l.machine.energy_nj = (l.energy_mj - v->first_mj) * nj_per_mj;
	pthread_mutex_lock(&v->slow.lock);
	before = v->seen;
	v->seen = l;
	pthread_mutex_unlock(&v->slow.lock);
	free(before.uses);
}

static int
find(void *library, const char *name, void *function)
{
	void *symbol = dlsym(library, name);

	*(void **)function = symbol;
	return symbol != NULL ? 0 : -1;
}

static int
find_all(void *lib, struct nvml_api *api)
{
	if (find(lib, "nvmlInit_v2", &api->init) == -1 ||
	    find(lib, "nvmlShutdown", &api->shutdown) == -1 ||
	    find(lib, "nvmlDeviceGetCount_v2", &api->count) == -1 ||
	    find(lib, "nvmlDeviceGetHandleByIndex_v2", &api->handle) == -1 ||
	    find(lib, "nvmlDeviceGetMemoryInfo", &api->memory) == -1)
		return -1;
	(void)find(lib, "nvmlDeviceGetTotalEnergyConsumption", &api->energy);
	if (find(lib, "nvmlDeviceGetComputeRunningProcesses_v3",
	    &api->processes) == 0)
		return 0;
	return find(lib, "nvmlDeviceGetComputeRunningProcesses_v2",
	    &api->processes);
}

static void
release(struct nvml *v)
{
	v->api.shutdown();
	dlclose(v->library);
	free(v->seen.uses);
	free(v->told);
	free(v);
}

struct nvml *
nvml_open(void)
{
	void *library = dlopen("libnvidia-ml.so.1", RTLD_LAZY);
	struct nvml_api api = { .init = NULL };
	struct nvml *v;

	if (library == NULL)
		return NULL;
	if (find_all(library, &api) == -1 || api.init() != 0) {
		dlclose(library);
		return NULL;
	}
	v = xmalloc(sizeof(*v));
	*v = (struct nvml){ .api = api, .library = library, .first_mj = -1,
	    .cap_told = PROCESSES_AT_FIRST,
	    .slow = { .lock = PTHREAD_MUTEX_INITIALIZER } };
	v->told = xreallocarray(NULL, v->cap_told, sizeof(*v->told));
	look_at_all(v);
	slow_start(&v->slow, 1000, look_at_all, v);
	if (v->slow.is_running)
		return v;
	release(v);
	return NULL;
}

void
nvml_close(struct nvml *v)
{
	if (v == NULL)
		return;
	slow_stop(&v->slow);
	release(v);
}

int64_t
nvml_process_bytes(struct nvml *v, int pid)
{
	int64_t bytes = -1;

	pthread_mutex_lock(&v->slow.lock);
	for (size_t i = 0; i < v->seen.n; i++)
		if (v->seen.uses[i].pid == pid)
			bytes = v->seen.uses[i].bytes;
	pthread_mutex_unlock(&v->slow.lock);
	return bytes;
}

void
nvml_machine(struct nvml *v, struct nvml_machine *out)
{
	pthread_mutex_lock(&v->slow.lock);
	*out = v->seen.machine;
	pthread_mutex_unlock(&v->slow.lock);
}
