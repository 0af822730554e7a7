#ifndef LMG_METRICSAGG_STATS_UNEVEN_H
#define LMG_METRICSAGG_STATS_UNEVEN_H

/*
 * How unevenly did the tokens of one request arrive?  Pure.  gap holds the
 * times between its chunks, in time order; all are finite.
 */

#include <stddef.h>

struct uneven {
	double spread;		/* ln(MAD / median); n >= 8; NAN if MAD is 0 */
	double lag1;		/* lag-1 autocorrelation; n >= 8 */
};

/* sorted: the same gaps, ascending. */
struct uneven uneven_of(const double *gap, const double *sorted, size_t n);

#endif
