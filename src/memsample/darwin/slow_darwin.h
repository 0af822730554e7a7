#ifndef LMG_MEMSAMPLE_DARWIN_SLOW_DARWIN_H
#define LMG_MEMSAMPLE_DARWIN_SLOW_DARWIN_H

/*
 * What takes too long for a tick: the GPU by the IOAccelerator registry,
 * energy by IOReport.  A thread of its own looks once a second.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tree/energy.h"
#include "tree/slow.h"

struct darwin_gpu;		/* IOKit, loaded */
struct darwin_energy;		/* IOReport, loaded */

/* Load it, when it is there.  Never NULL; libraries stay loaded for good. */
struct darwin_gpu *darwin_gpu_open(void);
struct darwin_energy *darwin_energy_open(void);
void darwin_gpu_close(struct darwin_gpu *g);
void darwin_energy_close(struct darwin_energy *e);

/* Memory in use on the GPUs by the IOAccelerator registry, -1 unknown. */
int64_t darwin_gpu_bytes(const struct darwin_gpu *g);

/* Energy since the first call by IOReport, -1 unknown.  Takes about 9 ms. */
void darwin_energy_read(struct darwin_energy *e, int64_t nj[ENERGY_N]);

/* What a thread of its own sees once a second. */
struct darwin_slow {
	int64_t at_ns;			/* monotonic, 0: nothing yet */
	int64_t gpu_bytes, energy_nj[ENERGY_N];	/* -1 unknown */
};

struct darwin_slow_thread {
	struct darwin_gpu *gpu;
	struct darwin_energy *energy;
	struct slow slow;
	struct darwin_slow seen;	/* under the lock */
	int64_t shown_at_ns;
};

void darwin_slow_open(struct darwin_slow_thread *t);
void darwin_slow_close(struct darwin_slow_thread *t);

/* Look now, in the calling thread. */
void darwin_slow_look(struct darwin_slow_thread *t);

/* The latest, once: false when it was taken before. */
bool darwin_slow_take(struct darwin_slow_thread *t, struct darwin_slow *out);

#endif
