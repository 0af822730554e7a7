#ifndef LMG_MEMSAMPLE_TREE_SAMPLER_H
#define LMG_MEMSAMPLE_TREE_SAMPLER_H

/*
 * Watched -> tree -> samples.  Finds the roots, follows births and deaths,
 * reads the counters tier by tier and sums them.  Tells a sink what happens
 * to processes; formats nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/counters.h"
#include "tree/plat.h"
#include "tree/watched.h"
#include "tree/tree.h"

struct sampler_options {
	int64_t interval_ns;
	bool reset_peak;	/* begin a new peak interval with each sample */
	bool want_pages;	/* pss and uss */
};

enum sampler_event {
	SAMPLER_APPEAR, SAMPLER_EXEC, SAMPLER_EXIT, SAMPLER_WORKER,
	SAMPLER_DENIED
};

/* What happened to p at at_ns (monotonic); status as of wait(2), -1 unknown.
 * p is valid during the call only. */
typedef void sampler_fn(void *arg, enum sampler_event event,
    const struct tree_proc *p, int64_t at_ns, int status);

/* The processes of the server on one port. */
struct sample_server {
	int port;
	size_t n_procs;
	struct counters sum;
};

struct sample {
	int64_t at_ns;		/* monotonic: when it was begun */
	int64_t late_ns;	/* at_ns - the instant it was due */
	int64_t missed;		/* ticks lost before this one */
	int64_t cost_ns;	/* CPU time, see lmgauge-records(5) */
	struct counters sum;
	int port;		/* of the one server, 0: several, or none */
	const struct sample_server *servers;	/* by port, when several */
	size_t n_servers;
	struct sys_counters sys;
	size_t n_procs;
	size_t unread;		/* of these: whose counters were denied */
};

struct sampler {
	struct plat *plat;	/* borrowed */
	struct sampler_options options;
	struct watched watched;
	struct tree tree;
	sampler_fn *fn;
	void *arg;
	int64_t tier_at_ns[TIER_COUNT];	/* when each was read last */
	int64_t scan_at_ns;	/* when /proc was listed last */
	int64_t full_scan_at_ns;
	int64_t events_at_ns;	/* when events were taken last */
	int64_t lookup_at_ns;	/* when the target was looked up last */
	struct sample_server servers[WATCHED_PORTS_MAX];	/* of this
								 * sample */
	bool had_root;		/* a root was found at least once */
	bool is_hidden;		/* the port's owner cannot be seen */
	bool is_settled;	/* the first sample was taken */
};

void sampler_init(struct sampler *s, struct plat *plat,
    const struct sampler_options *o, sampler_fn *fn, void *arg);
void sampler_fini(struct sampler *s);

/* ---- who is there (follow.c) -------------------------------------------- */

/* Look the target up now.  Returns true when a root is alive. */
bool sampler_lookup(struct sampler *s, int64_t now_ns);

/* Take process pid, which the stream names, as a root from now on: the server
 * that will listen on port. */
void sampler_take_root(struct sampler *s, int pid, int port, int64_t now_ns);

/* The processes of port are not those that are meant: leave them alone. */
void sampler_leave_port(struct sampler *s, int port);

/* Take the fork, exec and exit events that wait. */
void sampler_events(struct sampler *s, int64_t now_ns);

/* What is due before a sample: a target that is missing, events, scans. */
void sampler_look_around(struct sampler *s, int64_t now_ns);

/* p runs another program, of this name. */
void sampler_renamed(struct sampler *s, struct tree_proc *p, const char *name,
    int64_t now_ns);

/* p has ended: tell it, and forget p. */
void sampler_drop(struct sampler *s, struct tree_proc *p, int64_t now_ns,
    int status);

void sampler_tell(struct sampler *s, enum sampler_event event,
    const struct tree_proc *p, int64_t now_ns, int status);

/* ---- what they use (sampler.c) ------------------------------------------ */

/*
 * Take a sample: of the tiers that are due, or of all (is_full).  The caller
 * fills late_ns, missed and cost_ns.
 */
void sampler_take(struct sampler *s, int64_t now_ns, bool is_full,
    struct sample *out);

/* No more samples: what has ended is told, though not how. */
void sampler_end(struct sampler *s);

/* Who grew since tree_mark_base() is the worker (a load has ended). */
void sampler_load_ended(struct sampler *s, int64_t now_ns);

#endif
