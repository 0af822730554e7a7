#ifndef LMG_METRICSAGG_STATS_DIST_H
#define LMG_METRICSAGG_STATS_DIST_H

/*
 * Distribution functions.  Pure.  Relative accuracy is 1e-10 or better where
 * the result is above 1e-250 (measured against mpmath in the unit test);
 * smaller tails may underflow to 0.
 */

#include <stdint.h>

/* P(Z > z) of the standard normal; erfc of the C library. */
double dist_normal_sf(double z);

/*
 * The z with P(Z <= z) = p, 0 < p < 1: Acklam's rational approximation and
 * one Halley step; relative error below 1e-12.
 */
double dist_normal_quantile(double p);

/* P(T > t) of Student's t with df > 0 degrees of freedom. */
double dist_t_sf(double t, double df);

/* The t with P(T <= t) = p, by bisection; 0 < p < 1. */
double dist_t_quantile(double p, double df);

/*
 * The largest l with P(Bin(n, 1/2) <= l - 1) <= tail, 0 when there is none:
 * the rank of the lower end of an order-statistic interval of the median.
 */
uint64_t dist_median_rank(uint64_t n, double tail);

#endif
