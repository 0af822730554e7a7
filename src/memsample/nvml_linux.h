#ifndef MS_NVML_LINUX_H
#define MS_NVML_LINUX_H

/* NVIDIA GPUs, by libnvidia-ml.so.1 where it is installed. */

#include <stdint.h>

/* Load it and begin to look once a second.  Returns 0, or -1: not here. */
int nvml_open(void);
void nvml_close(void);

/* As last seen, at most a second ago; -1 unknown. */
int64_t nvml_process_bytes(int pid);
int64_t nvml_machine_bytes(void);

#endif
