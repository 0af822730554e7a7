#ifndef LMG_METRICSAGG_STATS_ECDF_H
#define LMG_METRICSAGG_STATS_ECDF_H

/* The empirical distribution, thinned for a plot.  Pure. */

#include <stddef.h>

#define ECDF_POINTS 200

struct ecdf_point {
	double value, share;	/* share of the values that are <= value */
};

/*
 * Fill out with at most ECDF_POINTS points of the sorted sample x, evenly
 * spaced in rank, the first and the last value always among them, one point
 * per distinct value.  Returns how many.
 */
size_t ecdf_of(struct ecdf_point out[ECDF_POINTS], const double *x, size_t n);

#endif
