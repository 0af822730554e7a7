#ifndef LMG_METRICSAGG_JOIN_VISITS_H
#define LMG_METRICSAGG_JOIN_VISITS_H

/* When which variant was in memory, and what it was asked then. */

#include "in/tables.h"

/*
 * One stay of a variant in memory: from its load to its unload.  Where it
 * stays loaded while others are visited, each of its rounds is a visit, of one
 * load.  Requests that no load precedes (a server that cannot load, a filtered
 * plan) get a visit without a load, one per block.
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
	uint32_t ordinal;	/* from 0, among visits of its variant */
};

/* When nothing of it is measured any more: it is unloaded, or left. */
int64_t visit_end(const struct visit *at);

/* Does its server hold another variant, too?  Then its memory is nobody's. */
bool visit_is_shared(const struct run *r, const struct visit *at);

/* Has it a load that went well? */
bool visit_is_loaded(const struct visit *at);

/* Was its server started for it? */
bool visit_is_managed(const struct visit *at);

/*
 * How long the load of a visit took, in seconds; NAN when there was none in
 * it, it failed, or its server had the model already and cannot load.
 */
double visit_load_s(const struct visit *at);

/*
 * Does the note tell that a process of the server ended in this visit that
 * should have stayed?  One that ends while the load goes on, and the load goes
 * well, is a helper of the load's.
 */
bool visit_is_exit(const struct run *r, const struct visit *at,
    const struct note_row *n);

/* Two struct request_row *, by when they were sent; for order_rows(). */
int visit_cmp_sent(const void *pa, const void *pb);

/*
 * The visits of a run whose spans and requests are in order: r->visits, in
 * time order, and r->in_visit are filled.
 */
void visits_of(struct run *r);

#endif
