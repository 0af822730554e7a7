#ifndef LMG_METRICSAGG_STATS_FLOORS_H
#define LMG_METRICSAGG_STATS_FLOORS_H

/* The points of a leak test: steps 2 to 4 of leak.h.  Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "leak.h"

/* The floors of the requests, then the points; and room to work. */
struct series {
	size_t n;
	double *y;		/* MiB */
	double *ordinal;	/* of the request, from 1 */
	double *tokens;		/* cumulative context tokens, scaled to n */
	double *high_water;	/* largest context so far over the largest */
	double *log_ordinal;	/* ln(ordinal + 3), after floors_choose() */
	double *step;		/* n values for the caller */
	double *scratch;	/* what fgls_test() needs */
	bool has_context;	/* contexts differ: tokens is a clock */
	bool has_high_water;	/* and high_water a regressor */
};

/* Every request that has a floor.  Release with floors_free(). */
void floors_read(struct series *s, const struct leak_input *in);

/*
 * Leave out the first ones, and reduce the rest to troughs or to minima of
 * blocks; notes in r what it did.  At least LEAK_MIN_FLOORS floors.
 */
void floors_choose(struct series *s, struct leak_result *r);

void floors_free(struct series *s);

#endif
