#ifndef LMG_METRICSAGG_STATS_QUANTILE_H
#define LMG_METRICSAGG_STATS_QUANTILE_H

/*
 * Quantiles of sorted samples.  Pure.  Arrays are sorted ascending, finite
 * (order.h); n = 0 gives NAN.
 *
 * Type 7 of Hyndman and Fan (1996): h = (n - 1) p, linear between the
 * neighbouring values.  R, NumPy, AIPerf and criterion use it too; benchstat
 * uses type 8, GuideLLM type 1.
 */

#include <stddef.h>

/* An interval; both ends NAN when there is none. */
struct interval {
	double lo, hi;
};

/* The p-quantile, 0 <= p <= 1, whatever n. */
double quantile(const double *x, size_t n, double p);

/* The p-quantile where n supports it, n * min(p, 1 - p) >= 1, else NAN. */
double quantile_supported(const double *x, size_t n, double p);

/* quantile(x, n, 0.5). */
double quantile_median(const double *x, size_t n);

/*
 * The median of |x - median(x)|, raw (times 1.4826 for the sigma of a normal).
 * O(n), no extra memory: x need not be copied.
 */
double quantile_mad(const double *x, size_t n);

/*
 * 95 % interval of the median by order statistics: x_(l) to x_(n+1-l), l the
 * largest with P(Bin(n, 1/2) <= l - 1) <= .025.  None below n = 6.
 */
struct interval quantile_median_ci(const double *x, size_t n);

#endif
