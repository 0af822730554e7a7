/*
 * A stand-in for NVIDIA's management library, built by 23-memsample-gpu.bats:
 * two devices; the process in $FAKE_NVML_PID holds 1 GiB on the first and
 * 2 GiB on the second, another one 5 GiB; 10 GiB are in use on each, and each
 * has spent 100 J before the first look and spends 3 J between two.
 */
#include <stdlib.h>

struct memory {
	unsigned long long total, free, used;
};

struct process {
	unsigned pid;
	unsigned long long used;
	unsigned gpu_instance, compute_instance;
};

static int devices[2];

int
nvmlInit_v2(void)
{
	return 0;
}

int
nvmlShutdown(void)
{
	return 0;
}

int
nvmlDeviceGetCount_v2(unsigned *n)
{
	*n = 2;
	return 0;
}

int
nvmlDeviceGetHandleByIndex_v2(unsigned i, void **device)
{
	*device = &devices[i];
	return 0;
}

int
nvmlDeviceGetMemoryInfo(void *device, struct memory *m)
{
	(void)device;
	m->total = 24ULL << 30;
	m->used = 10ULL << 30;
	m->free = m->total - m->used;
	return 0;
}

int
nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *n,
    struct process *p)
{
	const char *pid = getenv("FAKE_NVML_PID");

	if (*n < 2)
		return 7;
	p[0] = (struct process){ .pid = pid != NULL ? (unsigned)atoi(pid) : 0,
	    .used = (device == &devices[0] ? 1ULL : 2ULL) << 30 };
	p[1] = (struct process){ .pid = 1, .used = 5ULL << 30 };
	*n = 2;
	return 0;
}

int
nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj)
{
	static unsigned long long spent[2] = { 100000, 100000 };
	int i = device != &devices[0];

	*mj = spent[i];
	spent[i] += 3000;
	return 0;
}
