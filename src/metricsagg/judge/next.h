#ifndef LMG_METRICSAGG_JUDGE_NEXT_H
#define LMG_METRICSAGG_JUDGE_NEXT_H

/*
 * What the next size will be: for each variant the curves (stats/ladder.h)
 * through a scenario that climbs over prompt lengths, one request at a time,
 * no cache.  Where a pair has several such, the one with the longest prompts.
 */

#include "stats/ladder.h"
#include "view.h"

enum next_quantity {
	NEXT_TTFT,		/* over the tokens that had to be processed */
	NEXT_TPOT,		/* over the context when half is answered */
	NEXT_MEMORY,		/* the most, over the context at the end */
	NEXT_QUANTITIES
};

struct next {
	const struct variant *va;
	const char *scenario;
	enum next_quantity of;
	double at;		/* tokens of the next size: twice the longest,
				   or what the context has, if that is less */
	size_t visits;
	enum counter counter;	/* of memory; C_COUNT: none */
	double file;		/* mapped, and not in the counter: added */
	double room;		/* what the machine has less what others use */
	struct ladder l;
};

/* NEXT_QUANTITIES of each variant that climbed, in order; free() it. */
struct next *next_of(const struct view *v, size_t *n);

#endif
