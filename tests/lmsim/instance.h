#ifndef LMG_TESTS_LMSIM_INSTANCE_H
#define LMG_TESTS_LMSIM_INSTANCE_H

/*
 * The loaded models, each held by a worker process (worker.h).  Nothing here
 * blocks: a load is begun, and the event loop hears of its progress.
 */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "cache.h"
#include "json.h"
#include "models.h"
#include "truth.h"

enum instance_state {
	INST_LOADING, INST_LOADED,
	INST_UNLOADING,		/* told to go, not gone yet */
	INST_GONE,		/* no worker, no longer listed */
	INST_GHOST		/* no worker, but still listed (a fault) */
};

struct instance {
	char *id;
	const struct model *model;
	enum instance_state state;
	const char *by;		/* "api", "jit" or "start" */
	fault_set faults;
	bool is_reaped;
	pid_t pid;
	int fd;			/* -1: no worker */
	struct buf in, out;

	int64_t begin_ns, end_ns, unload_ns;
	double progress;
	int64_t memory_bytes;
	char error[160];	/* why it is gone, "" when asked to go */
	int64_t context_length, parallel;	/* as told */
	cJSON *asked;		/* what the load asked for, or NULL */

	struct cache cache;
	double noise;		/* factor on its times; 0: not drawn yet */
	int64_t active, waiting, served;	/* requests */
	int64_t idle_since_ns;	/* 0: it had none yet */
	int64_t kv_active_bytes, kv_high_bytes, kv_told_bytes;
	int64_t leaked_bytes;
};

struct fleet {
	struct instance **items;
	size_t n, cap;
	struct truth *truth;		/* borrowed */
	const char *process_name;	/* of workers */
	/* Called after progress and after every change of state. */
	void (*changed)(void *arg, struct instance *inst);
	void *arg;
};

void fleet_init(struct fleet *f, struct truth *truth, const char *process_name,
    void (*changed)(void *, struct instance *), void *arg);

/* End all workers, wait for them, release everything. */
void fleet_fini(struct fleet *f);

/*
 * Begin to load m.  context_length -1: the model's default.  Never NULL: when
 * no worker can be started the instance is INST_GONE and says why.
 */
struct instance *fleet_load(struct fleet *f, const struct model *m,
    const char *by, int64_t context_length, fault_set faults);

/* Tell it to go; INST_GONE (or INST_GHOST) follows. */
void fleet_unload(struct fleet *f, struct instance *inst);

/* The listed instance of that id, or NULL. */
struct instance *fleet_by_id(struct fleet *f, const char *id);

/* The first loaded (else loading) instance of m, or NULL. */
struct instance *fleet_of_model(struct fleet *f, const struct model *m);

/* Is it in the server's list of loaded instances? */
bool instance_is_listed(const struct instance *inst);

/* Free the instances that are gone and that no request refers to. */
void fleet_sweep(struct fleet *f);

/* What to poll of inst (events 0 when it has no worker), and what came. */
void instance_poll(const struct instance *inst, struct pollfd *p);
void instance_ready(struct fleet *f, struct instance *inst);

/* Hold the memory that active requests, the cache and leaks ask for. */
void instance_sync_memory(struct instance *inst);
void instance_leak(struct instance *inst, int64_t bytes);
void instance_crash(struct instance *inst);

#endif
