#ifndef LMG_METRICSAGG_STATS_LADDER_H
#define LMG_METRICSAGG_STATS_LADDER_H

/*
 * What will it be with the next size?  A curve through the rungs of a ladder
 * of prompt lengths.  Pure.
 *
 * Of each rung the median of x (tokens) and of y, so that no stall moves it.  A
 * rung that is not longer than the one before by a twentieth is none: a server
 * that cuts prompts makes several alike.
 * The curve is y = a + b x, or a + b x + c x^2, none of them below 0, with the
 * least sum of squares of relative errors, each over the scatter of its rung:
 * 1.4826 times the median absolute deviation of ln y, drawn towards that of
 * all rungs together.  The longest rung is held out once: what the curve
 * through the others says of it, over what was measured, is the error that is
 * told, and nothing is predicted where it is over the limit.
 *
 * The interval is of LADDER_DRAWS curves through medians that could have come
 * instead: each rung off by chance as its scatter and number say (more where
 * the curve misses the rungs by more than that), all of them together by what
 * one load differs from another, at most their scatter over the root of the
 * visits.  Beyond the longest rung 1.5 times the error of the rung that was
 * held out is added to it, in squares; where two cross, each draw strays that
 * much there, by chance, from nothing at the longest rung to all of it at the
 * end.  "make calibrate" measures how often they cover.
 */

#include <stdbool.h>
#include <stddef.h>

#include "quantile.h"
#include "words.h"

enum { LADDER_TERMS = 3, LADDER_DRAWS = 400 };

struct ladder_point {
	double rung;		/* which one: what was aimed at */
	double x, y;		/* tokens; measured, above 0 */
};

struct ladder {
	enum ladder_verdict verdict;
	size_t n, rungs;	/* points, rungs of two and more */
	double from, to;	/* x of the shortest and of the longest */
	double coef[LADDER_TERMS];	/* a, b, c; NAN: no curve */
	double held_y, held_fit;	/* of the longest: as measured, and by
					   the curve through the others */
	double error;		/* that over what was measured, less 1 */
	double draw[LADDER_DRAWS][LADDER_TERMS];	/* likewise */
	double stray[LADDER_DRAWS];	/* of the k-th beyond the longest, as
					   a share of y */
};

/*
 * The curve of so many terms (2 or 3) through n points, which are reordered,
 * of so many visits; limit is that of the error.  terms + 1 rungs are needed.
 * The draws of another name are others.
 */
struct ladder ladder_of(struct ladder_point *p, size_t n, size_t visits,
    unsigned terms, double limit, const char *name);

/* By the curve; NAN: there is none. */
double ladder_at(const struct ladder *l, double x);

/* 95 %. */
struct interval ladder_ci(const struct ladder *l, double x);

/* Does y rise from the shortest rung to the longest by a thousandth, or more,
 * in all but one of forty of the draws? */
bool ladder_rises(const struct ladder *l);

/* Where two curves cross. */
struct ladder_crossing {
	enum crossing_verdict verdict;
	double x;		/* NAN unless they do, once, in 95 % of the
				   draws, and the same one is lower before;
				   none: likewise */
	struct interval ci;	/* 95 % */
	bool a_first;		/* a is the lower one before it, or all along */
};

/* Between two x; both curves are there. */
struct ladder_crossing ladder_cross(const struct ladder *a,
    const struct ladder *b, double from, double to);

#endif
