#ifndef LMG_METRICSAGG_STATS_COMPARE_H
#define LMG_METRICSAGG_STATS_COMPARE_H

/*
 * Is variant "new" different from variant "base" in one metric?  Pure.
 *
 * The unit is the request, never the token.  The effect is the ratio new /
 * base; everything is done on logarithms.  Where the same prompts ran in both,
 * the k-th time a prompt ran in one is paired with the k-th time in the other
 * (signed rank, Hodges-Lehmann; paired t with 3 to 5 pairs); else two samples
 * (Mann-Whitney, Hodges-Lehmann).  When both were loaded at least 3 times, the
 * unit is the load: paired t on the medians of the loads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quantile.h"
#include "words.h"

#define COMPARE_MARGIN 0.03	/* equivalence: ratio within 1 +- this */

/* One request of a variant. */
struct compare_obs {
	double value;		/* > 0; NAN: not measured (it keeps its place
				   among the occurrences of its prompt) */
	uint64_t prompt;	/* identity of the prompt's text */
	double start_s;		/* when it left, among those of its side */
	uint32_t load;		/* which load of the variant it ran in */
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
	double margin;
	enum compare_verdict verdict;	/* set by compare_verdicts() */
};

/*
 * Compare the requests of base and new, given in any order.  A value <= 0
 * leaves no ratio: then there is no test.  Paired when at least half of the
 * requests of the larger side have their counterpart.
 */
struct comparison compare_test(const struct compare_obs *base, size_t n_base,
    const struct compare_obs *new, size_t n_new, double margin);

/*
 * Give the k comparisons that belong together (the metrics of one scenario)
 * their p_holm (holm.h), p_floor and verdict.
 */
void compare_verdicts(struct comparison *c, size_t k);

#endif
