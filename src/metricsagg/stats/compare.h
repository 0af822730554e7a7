#ifndef LMG_METRICSAGG_STATS_COMPARE_H
#define LMG_METRICSAGG_STATS_COMPARE_H

/*
 * Is variant "new" different from variant "base" in one metric?  Pure.
 *
 * The unit is the request, never the token.  The effect is the ratio new /
 * base; everything is done on logarithms.  Where the same prompts ran in both,
 * the k-th time a prompt ran in one is paired with the k-th time in the other
 * (signed rank, Hodges-Lehmann; paired t with 3 to 5 pairs); else two samples
 * (Mann-Whitney, Hodges-Lehmann).  When the claim is about the format and both
 * were loaded at least 3 times, the unit is the load: paired t on the medians
 * of the loads.
 *
 * Order imbalance I = 2 |mean start rank base - mean start rank new| / N is 0
 * for ABBA and 1 for all base, then all new.  Over COMPARE_CONFOUNDED the
 * design cannot tell the variant from the machine getting warm: no
 * significance is claimed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quantile.h"
#include "words.h"

#define COMPARE_MARGIN 0.03	/* equivalence: ratio within 1 +- this */
#define COMPARE_CONFOUNDED 0.5

/* One request of a variant. */
struct compare_obs {
	double value;		/* > 0; NAN: not measured (it keeps its place
				   among the occurrences of its prompt) */
	uint64_t prompt;	/* identity of the prompt's text */
	double start_s;		/* when it left, on a clock shared by both */
	uint32_t load;		/* which load of the variant it ran in */
};

struct compare_options {
	double margin;		/* COMPARE_MARGIN */
	bool by_load;		/* use loads where each side has 3 or more */
};

/* The unit of a comparison. */
enum compare_analysis { COMPARE_BY_REQUEST, COMPARE_BY_LOAD };

enum compare_method {
	COMPARE_NO_TEST,
	COMPARE_SIGNED_RANK,	/* 6 pairs or more */
	COMPARE_PAIRED_T,	/* 3 to 5 pairs, or loads */
	COMPARE_MANN_WHITNEY	/* unpaired */
};

struct comparison {
	bool paired;
	enum compare_analysis analysis;
	enum compare_method method;
	bool exact;		/* the p value is exact */
	size_t n;		/* pairs, loads, or 0 if unpaired */
	size_t n_base, n_new;	/* requests measured */
	double ratio;	/* new / base, Hodges-Lehmann (t: geometric mean) */
	double base, new;	/* figures of this ratio, about the middle of
				   what was compared; the medians of all where
				   there is none */
	struct interval ratio_ci;	/* 95 % */
	double p;		/* two-sided */
	double p_holm;		/* set by compare_verdicts() */
	double p_floor;		/* the smallest p_holm that so few can reach,
				   every difference agreeing; NAN for a t
				   test.  Set by compare_verdicts() */
	double order_imbalance;	/* 0 to 1 */
	double margin;
	enum compare_verdict verdict;	/* set by compare_verdicts() */
	size_t further_pairs;	/* inconclusive: how many more pairs would
				   settle it in 8 of 10 cases if the estimate
				   is right; 0: not inconclusive, or unknown */
};

/*
 * Compare the requests of base and new, given in any order.  A value <= 0
 * leaves no ratio: then there is no test.  Paired when at least half of the
 * requests of the larger side have their counterpart.
 */
struct comparison compare_test(const struct compare_obs *base, size_t n_base,
    const struct compare_obs *new, size_t n_new,
    const struct compare_options *opt);

/*
 * Give the k comparisons that belong together (the metrics of one scenario)
 * their p_holm (holm.h), verdict and further_pairs.
 */
void compare_verdicts(struct comparison *c, size_t k);

#endif
