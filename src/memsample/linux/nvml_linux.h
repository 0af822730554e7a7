#ifndef LMG_MEMSAMPLE_LINUX_NVML_LINUX_H
#define LMG_MEMSAMPLE_LINUX_NVML_LINUX_H

/* NVIDIA GPUs, by libnvidia-ml.so.1 where it is installed. */

#include <stdint.h>

struct nvml_machine {
	int64_t at_ns;		/* when the look began (monotonic), 0: never */
	int64_t used_bytes;	/* memory in use on all devices, -1 unknown */
	int64_t energy_nj;	/* of all since nvml_open(), -1 unknown */
};

struct nvml;

/* Load it and begin to look once a second.  NULL: not here. */
struct nvml *nvml_open(void);
void nvml_close(struct nvml *v);

/* As last seen, at most a second ago; process: -1 unknown. */
int64_t nvml_process_bytes(struct nvml *v, int pid);
void nvml_machine(struct nvml *v, struct nvml_machine *out);

#endif
