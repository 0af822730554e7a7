#ifndef LMG_METRICSAGG_STATS_CLUSTER_H
#define LMG_METRICSAGG_STATS_CLUSTER_H

/*
 * Values that come in groups, such as the gaps between the tokens of one
 * request.  They are not independent: an interval that treats them so covers
 * the truth in 26 to 44 % of cases instead of 95 %.  Pure.
 */

#include <stddef.h>

#include "quantile.h"

struct cluster {
	const double *x;	/* n finite values, in any order */
	size_t n;
};

/*
 * Interval of the p-quantile (type 7) of all values, of that confidence, from
 * the variation between clusters (Woodruff 1952, Student t with k - 1 degrees
 * of freedom).  It needs no random draws and at .95 covers the median in 95 to
 * 97 % of simulated runs of 10 and 20 requests, where resampling whole
 * requests covers it in 93 ("make calibrate").  sorted holds the n values of
 * the k clusters together, sorted.  None below k = 6 clusters, or where it
 * would pass the extremes.
 */
struct interval cluster_ci(const double *sorted, size_t n,
    const struct cluster *c, size_t k, double p, double confidence);

struct cluster_tail {
	double ratio;		/* p99 / p50; NAN below 100 values */
	struct interval ci;	/* 95 % */
};

/*
 * How long the tail is: the 99th percentile over the median, of all values,
 * with an interval of at least 95 % (Bonferroni: both quantiles lie within
 * their 97.5 % intervals, made as in cluster_ci()).  No interval where the
 * one of the 99th percentile would pass the maximum.
 */
struct cluster_tail cluster_tail(const double *sorted, size_t n,
    const struct cluster *c, size_t k);

struct cluster_icc {
	double icc;		/* one-way ICC(1) of ln x, NAN if undefined */
	double n_eff;		/* n / (1 + (m0 - 1) max(icc, 0)) */
};

/*
 * Intra-class correlation (Shrout and Fleiss 1979, ANOVA estimator for
 * unequal group sizes): (MSB - MSW) / (MSB + (m0 - 1) MSW),
 * m0 = (N - sum n_i^2 / N) / (k - 1), on the logarithms of the values;
 * values <= 0 and empty clusters are left out.  NAN when k < 2, when no
 * cluster has two values, or when all values are equal.
 */
struct cluster_icc cluster_icc(const struct cluster *c, size_t k);

#endif
