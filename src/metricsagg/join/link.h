#ifndef LMG_METRICSAGG_JOIN_LINK_H
#define LMG_METRICSAGG_JOIN_LINK_H

/*
 * The tables of a run, put in order and joined: request to step, to response,
 * to the load it ran in.  After this nothing depends on the order of the
 * input.
 */

#include "in/tables.h"

/*
 * One stay of a variant in memory: from its load to its unload.  Where it stays
 * loaded while others are visited, each of its rounds is a visit, of one load.
 * Requests that no load precedes (a server that cannot load, a filtered plan)
 * get a visit without a load, one per block.
 */
struct visit {
	const char *pair, *kind, *variant;
	int64_t block, port;
	const struct span_row *load;	/* or NULL */
	bool stays;			/* an earlier visit had that load */
	int64_t t_begin;		/* load begins (or first request) */
	int64_t t_loaded;		/* load is over, -1: it never was */
	int64_t t_unload, t_unloaded;	/* -1: not seen */
	int64_t t_next;			/* next visit begins, or the run ends */
	struct request_row **requests;	/* by t_sent; within run->in_visit */
	size_t n_requests;
	const struct mem_list *mem;	/* of its own server */
	uint32_t ordinal;		/* from 0, among visits of its variant */
};

/* When nothing of it is measured any more: it is unloaded, or left. */
int64_t link_end(const struct visit *at);

/* Does its server hold another variant, too?  Then its memory is nobody's. */
bool link_is_shared(const struct run *r, const struct visit *at);

/* Was its server started for it? */
bool link_is_managed(const struct visit *at);

/*
 * How long the load of a visit took, in seconds; NAN when none was in it, it
 * failed, or its server had the model already and cannot load.
 */
double link_load_s(const struct visit *at);

/*
 * Order and join the tables of r, and derive every request (derive.h).
 * r->visits, in time order, and r->in_visit are filled.
 */
void link_run(struct run *r);

/* The runs of t by id; runs with an unknown version are left in place. */
void link_sort_runs(struct tables *t);

/* The row of step, or NULL. */
const struct raw_step *link_step(const struct run *r, int64_t step);

/* Which repetition it is of its kind; -1: not told. */
int64_t link_rep(const struct run *r, int64_t step);

/*
 * Does the note tell that a process of the server ended in this visit that
 * should have stayed?  One that ends while the load goes on, and the load goes
 * well, is a helper of the load's.
 */
bool link_is_exit(const struct run *r, const struct visit *at,
    const struct note_row *n);

#endif
