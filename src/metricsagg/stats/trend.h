#ifndef LMG_METRICSAGG_STATS_TREND_H
#define LMG_METRICSAGG_STATS_TREND_H

/*
 * Is there a trend, and how steep?  Pure.  Points are given in the order of
 * t (not decreasing); both arrays finite.
 */

#include <stddef.h>
#include <stdint.h>

#include "quantile.h"

/*
 * Theil (1950) and Sen (1968): the median of the slopes of all pairs with
 * different t.  NAN when there is none.  O(n^2) memory up to n = 1000, then
 * bisection with inversion counts: O(n) memory, O(64 n log n).  Of more than
 * 10000 points so many are taken, one at random of each equal stretch (the
 * same ones whenever it is asked).
 */
double trend_slope(const double *t, const double *y, size_t n);

/*
 * 95 % interval of that slope (Sen 1968, with ties in t): the slopes at the
 * ranks (N +- 1.96 sd of Kendall's S) / 2 of the N, rounded outwards.  The
 * points must be independent.  None where there are too few of them; of very
 * many, that of the points that trend_slope() takes.
 */
struct interval trend_slope_ci(const double *t, const double *y, size_t n);

struct trend {
	size_t n;
	int64_t s;	/* Kendall's S: pairs that rise less those that fall */
	double p;		/* two-sided, normal with tie and continuity
				   correction; NAN below n = 4 */
	double slope;		/* trend_slope() */
};

/*
 * Mann (1945) and Kendall (1975), Theil-Sen beside it.  Assumes independent
 * values: for metrics of requests, not for memory (leak.h).
 */
struct trend trend_of(const double *t, const double *y, size_t n);

#endif
