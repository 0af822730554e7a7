#ifndef LMG_METRICSAGG_JOIN_PHASES_H
#define LMG_METRICSAGG_JOIN_PHASES_H

/*
 * What the server was doing at each instant of a run, from the times of the
 * records alone:
 *
 *  baseline      before the load of a visit (for a later visit: from the end
 *                of the unload before it, so the same time as after_unload)
 *  load          from the begin to the end of the load
 *  loaded        until the first request leaves
 *  prefill       a request has left and has no token chunk yet
 *  decode        first to last token chunk (of any, when several run at once)
 *  between       no request is under way
 *  unload        from the begin to the end of the unload
 *  after_unload  until the next load begins
 */

#include "link.h"

/* A phase, [from, to) in ns of the run. */
struct phase_span {
	int64_t from, to;
	enum phase phase;
	uint32_t visit;			/* index into run->visits */
};

struct phases {
	struct phase_span *spans;	/* in time order, none empty */
	size_t n, cap;
	size_t n_all;			/* with those that were left out */
	const struct mem_list *of_use;	/* see phases_of() */
};

/* Is it one of the phases that every request goes through? */
bool phases_is_of_requests(const struct phase_span *s);

/*
 * The phases of a linked run; free with phases_fini().  Unless all are wanted,
 * of those of the requests of a visit only the first, the last, and those with
 * a sample are there.
 */
void phases_of(struct phases *p, const struct run *r, bool wants_all);
void phases_fini(struct phases *p);

/*
 * The span that holds t, or NULL; *hint (0 at first) makes a walk in time
 * order cheap.
 */
const struct phase_span *phases_at(const struct phases *p, int64_t t,
    size_t *hint);

#endif
