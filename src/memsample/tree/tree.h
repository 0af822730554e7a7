#ifndef LMG_MEMSAMPLE_TREE_TREE_H
#define LMG_MEMSAMPLE_TREE_TREE_H

/*
 * The processes being sampled: the roots and everything born below them,
 * keyed by (pid, start time), so that a pid used again is another process.
 * A process whose parent ended stays (it was ours when it was born).  Pure:
 * nothing is read here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/counters.h"
#include "tree/plat.h"

enum tree_role { TREE_ROOT, TREE_WORKER, TREE_CHILD };

struct tree_proc {
	struct plat_id id;
	char *exe;			/* or NULL */
	char *options;			/* of an engine's command, an object as
					 * text; or NULL */
	enum tree_role role;
	bool is_root;	/* named as a target, whatever its role */
	int port;	/* of the server that it belongs to, 0: none
					 * is known; see tree_port() */
	bool is_denied;			/* its counters are not ours to read */
	struct plat_proc *handle;	/* borrowed from plat; NULL: none yet */
	struct counters last;		/* the latest value of each counter */
	struct counters now;		/* read in this sample */
	int64_t base_bytes;	/* size when the growth began, -1 none */
	int64_t seen_ns, read_ns;	/* when it was first seen, last read */
	int64_t gone_ns;	/* the sample without its memory, 0: none yet */
	int64_t end_ns;		/* when an event told of its end, or that
				 * sample looked for it; 0: neither */
	int end_status;		/* told then, as of wait(2), -1 unknown */
};

struct tree {
	struct tree_proc **v;
	size_t n, cap;
	int64_t gone_cpu_ns;		/* CPU time of those that ended */
	int64_t gone_energy_nj;		/* and the energy it took */
};

void tree_fini(struct tree *t);		/* handles must be closed before */

const char *tree_role_name(enum tree_role role);

/* The process with this pid, or NULL. */
struct tree_proc *tree_find(const struct tree *t, int pid);

/*
 * Add a process.  When another one with the same pid and another start is
 * there, the caller has to remove that first.  The pointer stays valid until
 * tree_remove().
 */
struct tree_proc *tree_add(struct tree *t, const struct plat_id *id,
    bool is_root);

/* Forget p, whose handle is closed; its CPU time stays in gone_cpu_ns. */
void tree_remove(struct tree *t, struct tree_proc *p);

/* Is the process identified by id in the tree? */
bool tree_has(const struct tree *t, const struct plat_id *id);

/* The port of the server that p belongs to: its own, or that of who bore it;
 * 0 unknown.  What was found is kept in p. */
int tree_port(const struct tree *t, struct tree_proc *p);

/* Roots that are alive. */
size_t tree_roots(const struct tree *t);

/* Is one of them that of the port? */
bool tree_has_root_at(const struct tree *t, int port);

/* The eldest of them, or NULL. */
const struct tree_proc *tree_root(const struct tree *t);

/*
 * Which of ids (n) belong to the tree: those whose parent is in it, or is
 * among ids and belongs.  Marks them in belongs (n).  Returns how many.
 */
size_t tree_descendants(const struct tree *t, const struct plat_id *ids,
    size_t n, bool *belongs);

/* ---- the worker: who grew --------------------------------------------- */

enum { TREE_GROWTH_MIN = 16 * 1024 * 1024 };

/* Growth is counted from here on (a model is about to be loaded). */
void tree_mark_base(struct tree *t);

/*
 * The process that is not yet a worker and grew the most since the base (or
 * since it was seen), when that is at least min_bytes, at least half of what
 * those did that are no workers, and a quarter of what all did (a window beside
 * a model is none); NULL when there is none.  Its role is now worker.
 */
struct tree_proc *tree_find_worker(struct tree *t, int64_t min_bytes);

/*
 * Does a process of this name and path belong to an application that spreads
 * over several processes under one main process (LM Studio)?  Used to climb
 * from the process that owns the port to the one that starts the workers.
 */
bool tree_is_family(const char *name, const char *exe);

/*
 * Is the process with path exe, whose parent is not of LM Studio, a worker
 * that its parent left behind: node or llama-server in the .lmstudio
 * directory?  root_exe is the main process's path: where it lies in such a
 * directory itself, only that one (one user's) counts.
 */
bool tree_is_orphan(const char *exe, const char *root_exe);

#endif
