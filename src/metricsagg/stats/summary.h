#ifndef LMG_METRICSAGG_STATS_SUMMARY_H
#define LMG_METRICSAGG_STATS_SUMMARY_H

/* What is said of every sample.  Pure.  NAN where n does not support it. */

#include <stdbool.h>
#include <stddef.h>

#include "quantile.h"

struct summary {
	size_t n;		/* finite values; the others are left out */
	double mean;	/* n >= 1; over the sorted values */
	double sd;		/* n >= 2; n - 1 in the denominator */
	double min, max;
	double p50, p90, p95, p99;	/* type 7, where n supports them */
	struct interval ci;	/* 95 % of the median, n >= 6 */
	double mad;		/* raw, n >= 1 */
};

/*
 * Summarise the n values of x, which is reordered: afterwards its first
 * (returned).n values are finite and sorted.
 */
struct summary summary_of(double *x, size_t n);

/* The mean of n values, 0 of none, and the sum of their squared distances to
 * it (m2 may be NULL), by Welford (1962). */
double summary_mean(const double *x, size_t n, double *m2);

/*
 * Is the first of n values, in time order, an outlier upwards against the
 * others: (x[0] - median) / (1.4826 MAD) > 3.5, median and MAD of the rest
 * (Iglewicz and Hoaglin 1993), and x[0] over 1.05 times that median?  A
 * warning only; nothing is ever dropped.  false below n = 6.
 */
bool summary_first_slower(const double *x, size_t n);

/*
 * Wilson (1927) 95 % interval of a share, k of n; none for n = 0.
 */
struct interval summary_wilson(size_t k, size_t n);

#endif
