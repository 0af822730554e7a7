#ifndef LMG_METRICSAGG_JUDGE_VERSUS_H
#define LMG_METRICSAGG_JUDGE_VERSUS_H

/*
 * Two variants of a pair, one against the other: what their visits measured,
 * for rounds_judge(), and which of their scenarios decides.
 *
 * That is simple_gen; where there is none, of the cold ones that were done in
 * several visits the one with most requests in a visit, or else of all.
 */

#include "view.h"
#include "stats/rounds.h"

typedef void versus_fn(struct view *v, const struct variant *base,
    const struct variant *new, void *arg);

/* Call fn for every two variants of the pair; NULL: of each pair. */
void versus_each(struct view *v, const char *pair, versus_fn *fn, void *arg);

/* The values of both sides, and the visits they came in. */
struct sides {
	double *values[2];		/* of base, of new */
	size_t n_values[2];
	struct rounds_visit *visits;
	size_t n_visits;
	const struct span_row *load[2];	/* of the last */
	size_t loads[2];		/* behind them, as far as is known */
};

/* Room for so many values of a side. */
struct sides sides_new(size_t most);
void sides_fini(struct sides *s);

/* Add one value of a visit, measured at that time. */
void sides_add(struct sides *s, const struct visit *at, double value,
    int64_t t, bool is_new);

/* The same scenario in both variants. */
struct versus {
	const struct group *base, *new;
	bool is_deciding;
	bool is_unlike;			/* one answered what the other did
					   not */
};

/* How many requests g answered that other did not, in a block that it visited,
 * too. */
size_t versus_alone(const struct group *g, const struct group *other);

/* What both did, in *out, which is the caller's to free().  Returns how
 * many. */
size_t versus_of(const struct view *v, const struct variant *base,
    const struct variant *new, struct versus **out);

/* Metric m in both at a level (D_ALL: all), visit by visit; values sorted. */
struct sides versus_observe(struct view *v, const struct versus *at,
    enum dimension d, const char *level, enum metric m);

/* How many metrics are tested together with m here; 0: m only describes. */
unsigned versus_tests(const struct view *v, const struct versus *at,
    enum metric m);

#endif
