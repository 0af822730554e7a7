#ifndef MS_SLOW_DARWIN_H
#define MS_SLOW_DARWIN_H

/*
 * What takes too long for a tick: the GPU by the IOAccelerator registry,
 * energy by IOReport.  A thread of its own looks once a second.
 */

#include <stdbool.h>
#include <stdint.h>

#include "energy.h"

/* Memory in use on the GPUs by the IOAccelerator registry, -1 unknown. */
int64_t darwin_gpu_bytes(void);

/* Energy since the first call by IOReport, -1 unknown.  Takes about 9 ms. */
void darwin_energy_read(int64_t nj[ENERGY_N]);

/* What a thread of its own sees once a second. */
struct darwin_slow {
	int64_t at_ns;			/* monotonic, 0: nothing yet */
	int64_t gpu_bytes, energy_nj[ENERGY_N];	/* -1 unknown */
};

void darwin_slow_open(void);
void darwin_slow_close(void);

/* Look now, in this thread. */
void darwin_slow_look(void);

/* The latest, once: false when it was taken before. */
bool darwin_slow_take(struct darwin_slow *out);

#endif
