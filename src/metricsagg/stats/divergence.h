#ifndef LMG_METRICSAGG_STATS_DIVERGENCE_H
#define LMG_METRICSAGG_STATS_DIVERGENCE_H

/* How far one distribution over the next token is from another.  Pure. */

#include <stddef.h>
#include <stdint.h>

#include "quantile.h"

/* What a token could have been; the texts of a list are different. */
struct choice {
	const char *text;
	double ln_p;
};

/*
 * Kullback-Leibler divergence of q from p, in nats, from their most likely
 * choices: those named in both lists, and all else as one bin.  Putting choices
 * into one bin can only take away from it, so it is a lower bound, and exact
 * where both lists are whole.  One that is ruled out (ln p below -100) is among
 * all else.  *seen (may be NULL) is how much of p it knows.  NAN when either
 * list is empty, or adds up to more than 1.
 */
double divergence_kl(const struct choice *p, size_t n_p,
    const struct choice *q, size_t n_q, double *seen);

/*
 * 95 % interval of the mean of n values by a bootstrap of 999 draws with this
 * seed (percentiles); none below 6.
 */
struct interval divergence_mean_ci(const double *x, size_t n, uint64_t seed);

/*
 * Interval of the mean of n differences, which misses it with probability
 * alpha: where 3999 changes of their signs, drawn with this seed, leave more
 * than alpha of the sums as far from 0 (Fisher's test, inverted).  Exact where
 * the two that are compared are alike.  Where they are equally far on average,
 * but one scatters three times as much, the differences lean to one side, and
 * .05 becomes .10 and more: so names are given at DIVERGENCE_ALPHA, at which it
 * is .04, .09 at worst (make calibrate).  None below 6.
 */
#define DIVERGENCE_ALPHA 0.01

struct interval divergence_difference_ci(const double *x, size_t n,
    double alpha, uint64_t seed);

#endif
