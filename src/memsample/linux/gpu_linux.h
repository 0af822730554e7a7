#ifndef LMG_MEMSAMPLE_LINUX_GPU_LINUX_H
#define LMG_MEMSAMPLE_LINUX_GPU_LINUX_H

/* GPU memory and energy on Linux: amdgpu's KFD and the DRM drivers' fdinfo by
 * process, NVIDIA by its management library.  Nothing is started or loaded on a
 * machine without such a device. */

#include <stdbool.h>
#include <stdint.h>

#include "linux/nvml_linux.h"

struct gpu {
	struct nvml *nvml;		/* NULL: not here */
	bool has_kfd, has_drm;
	int64_t shown_at_ns;		/* the look that was shown last */
};

/* What drivers there are. */
void gpu_open(struct gpu *g);
void gpu_close(struct gpu *g);

/*
 * Memory of process pid on all GPUs, -1 unknown.  The drivers' accounts are
 * not added up: the first that knows the process counts (NVML, KFD, DRM).
 * NVML is looked at by a thread: what gpu_machine() has shown is not fresh
 * any more, and unknown until the next look.
 */
int64_t gpu_process_bytes(const struct gpu *g, int pid);

/* Of all NVIDIA GPUs.  Returns 0, or -1 when there is nothing new. */
int gpu_machine(struct gpu *g, struct nvml_machine *out);

/* The latest of it, shown or not. */
int gpu_peek(const struct gpu *g, struct nvml_machine *out);

/* Why there is no GPU memory to read, or NULL. */
const char *gpu_missing(const struct gpu *g);

#endif
