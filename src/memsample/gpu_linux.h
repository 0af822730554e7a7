#ifndef MS_GPU_LINUX_H
#define MS_GPU_LINUX_H

/* GPU memory on Linux: amdgpu's KFD and the DRM drivers' fdinfo by process,
 * NVIDIA by its management library.  Nothing is started or loaded on a
 * machine without such a device. */

#include <stdint.h>

/* What drivers there are; call once before the others. */
void gpu_open(void);
void gpu_close(void);

/*
 * Memory of process pid on all GPUs, -1 unknown.  The drivers' accounts are
 * not added up: the first that knows the process counts (NVML, KFD, DRM).
 */
int64_t gpu_process_bytes(int pid);

/* Memory in use on all NVIDIA GPUs, -1 unknown. */
int64_t gpu_machine_bytes(void);

/* Why there is no GPU memory to read, or NULL. */
const char *gpu_missing(void);

#endif
