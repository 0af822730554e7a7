#ifndef LMG_METRICSAGG_STATS_GAPS_H
#define LMG_METRICSAGG_STATS_GAPS_H

/* The times between the tokens of one request, all finite.  Pure. */

#include <stddef.h>

/* How unevenly did they arrive? */
struct gaps_uneven {
	double spread;		/* ln(MAD / median); n >= 8; NAN if MAD is 0 */
	double lag1;		/* lag-1 autocorrelation; n >= 8 */
};

/* gap: in time order; sorted: the same, ascending. */
struct gaps_uneven gaps_uneven(const double *gap, const double *sorted,
    size_t n);

/*
 * Do they come in bursts, as those do that were guessed right with the one
 * before them?  Then the gaps are of two kinds, far from each other, and those
 * within bursts take next to no time.  The shortest gap between two bursts, 0
 * when there are no bursts.
 */
double gaps_between_bursts(const double *sorted, size_t n);

#endif
