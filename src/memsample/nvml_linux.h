#ifndef MS_NVML_LINUX_H
#define MS_NVML_LINUX_H

/* NVIDIA GPUs, by libnvidia-ml.so.1 where it is installed. */

#include <stdint.h>

struct nvml_machine {
	int64_t at_ns;		/* when the look began (monotonic), 0: never */
	int64_t used;		/* memory in use on all devices, -1 unknown */
	int64_t energy_nj;	/* of all since nvml_open(), -1 unknown */
};

/* Load it and begin to look once a second.  Returns 0, or -1: not here. */
int nvml_open(void);
void nvml_close(void);

/* As last seen, at most a second ago; process: -1 unknown. */
int64_t nvml_process_bytes(int pid);
void nvml_machine(struct nvml_machine *out);

#endif
