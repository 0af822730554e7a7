#ifndef LMG_MEMSAMPLE_DARWIN_SLOW_DARWIN_H
#define LMG_MEMSAMPLE_DARWIN_SLOW_DARWIN_H

/*
 * What takes too long for a tick: the GPU by the IOAccelerator registry,
 * energy by IOReport.  A thread of its own looks once a second.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tree/counters.h"
#include "tree/slow.h"

struct darwin_gpu;		/* IOKit, loaded */
struct darwin_energy;		/* IOReport, loaded */

/* Of CoreFoundation: an object, and kCFStringEncodingUTF8. */
typedef const void *darwin_cf;
enum { DARWIN_CF_UTF8 = 0x08000100 };

/* Set the pointer at function to name of a library (or NULL).  Returns false
 * when it is not there. */
bool darwin_find(void *library, const char *name, void *function);

/* Load it, when it is there.  Never NULL; libraries stay loaded for good. */
struct darwin_gpu *darwin_gpu_open(void);
struct darwin_energy *darwin_energy_open(void);
void darwin_gpu_close(struct darwin_gpu *g);
void darwin_energy_close(struct darwin_energy *e);

/* Memory in use on the GPUs by the IOAccelerator registry, -1 unknown. */
int64_t darwin_gpu_bytes(const struct darwin_gpu *g);

/* Energy since the first call by IOReport, what is known of it, into v.  Takes
 * about 9 ms. */
void darwin_energy_read(struct darwin_energy *e, int64_t v[SYS_N]);

struct darwin_slow_thread {
	struct darwin_gpu *gpu;
	struct darwin_energy *energy;
	struct slow slow;
	struct sys_counters seen;	/* under the lock */
	int64_t shown_at_ns;
};

void darwin_slow_open(struct darwin_slow_thread *t);
void darwin_slow_close(struct darwin_slow_thread *t);

/* Look now, in the calling thread. */
void darwin_slow_look(struct darwin_slow_thread *t);

/* The latest into s, once. */
void darwin_slow_take(struct darwin_slow_thread *t, struct sys_counters *s);

#endif
