#ifndef LMG_METRICSAGG_COMPARE_LINES_H
#define LMG_METRICSAGG_COMPARE_LINES_H

/*
 * The lines of a comparison: of each pair, variant, scenario and cache of base
 * what its metrics are there and in new.  No rule is applied yet (judge.h).
 */

#include <stdbool.h>
#include <stddef.h>

#include "failif.h"
#include "side.h"
#include "stats/compare.h"

/* One line of the table. */
struct line {
	const struct side_row *key;	/* pair, variant, scenario, cache */
	enum metric m;			/* M_COUNT: the share that failed */
	size_t failed_base, failed_new;
	struct comparison c;		/* n_base, n_new: runs where they are
					   the unit */
	const struct failif *rule;	/* that decided, or NULL */
	enum failif_verdict verdict;
	bool is_judged;			/* some rule is about it */
	bool is_beside;			/* its difference to another variant of
					   the same runs shows it, its own
					   interval does not */
	bool is_best;			/* c is of the best visit of each run,
					   which shows it */
	double finds;			/* the change that such data show in 9
					   of 10 cases */
	double power, power_then;	/* the share in which they show twice
					   the limit; and with runs_then a side
					   (0: with RUNS_FORETOLD) */
	size_t runs_then;
	bool is_missing;		/* measured in (all of) base and not in
					   (all of) new */
};

struct lines {
	struct line *at;		/* those of a key stand together */
	size_t n, cap;
	size_t runs_base, runs_new;
	bool by_runs;			/* the run is the unit: 3 a side, or as
					   many as relabel.h needs */
	bool is_apart;			/* all of one side came first */
	bool is_identical;		/* both sides are the same figures */
};

/* Both sides, and what is asked of them. */
struct asked {
	const struct side *base, *new;
	const struct failif *rule;
	size_t n_rules;
	double margin;
};

/* Add them all; l says how many runs there are, and whether they are the
 * unit. */
void lines_of_keys(struct lines *l, const struct asked *a);

/* What the interval of the ratio says by itself. */
enum compare_verdict lines_describe(const struct comparison *c);

/* From the figures of all runs, those of base first. */
struct comparison lines_figures(const struct asked *a, const double *x);

#endif
