#ifndef LMG_METRICSAGG_STATS_ROUNDS_H
#define LMG_METRICSAGG_STATS_ROUNDS_H

/*
 * Are two variants different?  Decided from rounds, at any moment.  Pure.
 *
 * A visit is one stay of one variant; its figure is the median of ln(metric)
 * over the few requests it answered.  A round is two visits, one of each
 * variant, next to each other in time (and of one block of the plan, where
 * either has a neighbour that is); its figure is d = ln(new) - ln(base).
 * Requests of one visit share its load and its stretch of time, so they are
 * no witnesses of their own: rounds are.
 *
 * The evidence is a test martingale for "the mean of d is 0", the scale
 * invariant t test with a normal mixture over the standardised effect (Perez-
 * Ortiz, Lardy, de Heide and Grunwald 2024; in closed form the Bayes factor of
 * Rouder et al. 2009 with a fixed g).  With t the t statistic of n rounds,
 *
 *	e(n, g) = (1 + n g)^(-1/2) *
 *	    ((1 + t^2 / ((n - 1) (1 + n g))) / (1 + t^2 / (n - 1)))^(-n/2)
 *	E(n)    = (e(n, 1) + e(n, 25)) / 2
 *
 * The chance that E ever reaches 1 / a, looked at after every round, is below
 * a if nothing differs: so it may be looked at after every round, and the run
 * may stop.  The interval is { x : E(n) of d - x < 1 / .05 }.
 *
 * A linear trend in time moves d by the distance of the two visits: what
 * remains of it in the mean, |sum of distances| / sum of |distances|, is the
 * imbalance, 0 for A B B A and 1 for A B A B.  Over ROUNDS_CONFOUNDED nothing
 * is decided.  (Up to it, a trend without any noise has E < 2 in 12 rounds.)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quantile.h"
#include "words.h"

#define ROUNDS_ALPHA 0.05
#define ROUNDS_MARGIN 0.03	/* no difference: the ratio within 1 +- this */
#define ROUNDS_CONFOUNDED 0.5

struct rounds_visit {
	double value;		/* median of ln(metric); not finite: none */
	double at_s;		/* the mean of the times of its requests */
	double took_s;		/* the whole stay */
	int64_t block;		/* of the plan, -1 when unknown */
	bool is_new;		/* of the variant "new", else of "base" */
};

/* The figures are of the look that decided, else of all rounds. */
struct rounds {
	size_t n;		/* all rounds there are */
	double ratio;		/* new / base, exp of the mean of d; NAN: n 0 */
	struct interval ci;	/* of the ratio, valid whenever one stops; none
				   below 3 rounds */
	double sd;		/* of d; NAN below 2 rounds */
	double e;		/* E(n); NAN below 2 rounds */
	double e_needed;	/* to be different; NAN for a description */
	size_t decided_after;	/* rounds, 0: not decided */
	double imbalance;	/* NAN: n 0 */
	double round_s;		/* what a round took, in the mean */
	enum compare_verdict verdict;
};

/* E of n >= 2 rounds with this t. */
double rounds_evidence(double n, double t);

/*
 * Judge n visits, given in any order.  tests is how many metrics are tested
 * together, E must reach tests / ROUNDS_ALPHA; 0: nothing is tested, the
 * figures are a description.  The verdict is the first that the rounds, one by
 * one, led to, and rounds that came after it change nothing: a run that was
 * stopped then has the same.
 */
struct rounds rounds_judge(const struct rounds_visit *v, size_t n,
    unsigned tests);

#endif
