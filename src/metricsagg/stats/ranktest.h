#ifndef LMG_METRICSAGG_STATS_RANKTEST_H
#define LMG_METRICSAGG_STATS_RANKTEST_H

/*
 * Rank tests with the estimate and the interval that belong to them.  Pure,
 * exact where the tables end: the laws are computed, not approximated, up to
 * RANKTEST_EXACT.
 */

#include <stddef.h>

#include "quantile.h"

#define RANKTEST_EXACT 50

struct ranktest {
	double estimate;	/* Hodges and Lehmann (1963) */
	struct interval ci;	/* 95 %; none when n is too small for one */
	double p;	/* two-sided; NAN when there is nothing to rank */
};

/*
 * Wilcoxon (1945) signed rank of the n differences d (reordered).  Estimate:
 * median of the n(n+1)/2 Walsh averages.  Interval: [w_(k), w_(M+1-k)], M the
 * number of Walsh averages, k = #{u : P(W <= u) <= .025}; from n = 6; over
 * RANKTEST_EXACT by the normal approximation.  p: zeros dropped; exact, with
 * ties as without (given the ranks, any signs are as likely), up to
 * RANKTEST_EXACT, else normal with tie and continuity correction, which says
 * .037 of five that are equal where .0625 is true.  All differences zero:
 * p = 1.
 */
struct ranktest ranktest_paired(double *d, size_t n);

/*
 * Mann and Whitney (1947) of the nx values x against the ny values y (both
 * sorted on return).  Estimate: median of the nx*ny differences y - x;
 * interval [d_(k), d_(nx*ny+1-k)] by the U law.  p: exact without ties and
 * nx, ny <= RANKTEST_EXACT, or with ties and nx + ny <= RANKTEST_EXACT (any of
 * all samples with those ranks is as likely; as far from the mean or farther),
 * else normal with tie and continuity correction.
 */
struct ranktest ranktest_unpaired(double *x, size_t nx, double *y, size_t ny);

/* One-sample Student t of the n differences d against 0: mean, 95 % interval,
 * two-sided p.  NAN below n = 2. */
struct ranktest ranktest_t(const double *d, size_t n);

#endif
