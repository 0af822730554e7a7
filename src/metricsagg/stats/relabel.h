#ifndef LMG_METRICSAGG_STATS_RELABEL_H
#define LMG_METRICSAGG_STATS_RELABEL_H

/*
 * Has something become worse from the runs "base" to the runs "new"?  The run
 * is the unit.  Pure.
 *
 * If nothing changed, the names could have been handed out to the same runs in
 * any other way, and each way is as likely as the one that happened, whatever
 * the noise inside a run and however the figures hang together.  So the p of a
 * line is the share of the ways in which some line comes out at least as badly
 * as this one did (the maximum over the lines: Westfall and Young 1993): that
 * any line has p <= .05 happens in 1 of 20 cases at most.  Three runs a side
 * can be named in 20 ways, which is just enough.
 *
 * How badly: with d the difference of the means and v the pooled variance,
 * d / sqrt(v (1/n + 1/m) + (limit/2)^2), 0 unless d is over the limit.  Where
 * all of new is better than all of base by more than the limit, that is no
 * news about the other lines: new is moved to base first.
 *
 * A line may come with two more figures of the same runs.  In the best visit of
 * a run there is nothing of a machine that was slow now and then; in the
 * difference to another variant, visit by visit, nothing of one that was slow
 * for a while, as that slows down all variants of the run.  How badly a line
 * comes out is then the larger of how badly its centre does, and of how badly
 * its best visit and the difference do together; the difference counts for one
 * and a half times the best visit at most, and so not at all where the other
 * variant became better and this one is as it was.
 */

#include <stdbool.h>
#include <stddef.h>

#include "quantile.h"

#define RELABEL_ALPHA 0.05

struct relabel_line {
	const double *bad;	/* of each run, those of base first; higher is
				   worse; NAN: not measured in it */
	const double *best;	/* the same of its best visit; or NULL */
	const double *beside;	/* less that of another variant; or NULL */
	double limit;		/* so much worse is no regression, >= 0 */
};

/* Are there ways enough for p <= RELABEL_ALPHA? */
bool relabel_can_decide(size_t n_base, size_t n_new);

/*
 * The p of each of the n lines; 1 for one that did not become worse by more
 * than its limit.  Over 5000 ways, so many are drawn, the same ones whenever
 * it is asked.
 */
void relabel_test(double *p, const struct relabel_line *line, size_t n,
    size_t n_base, size_t n_new);

enum { RELABEL_CASES = 200 };

/*
 * By how much each line has to become worse to be found, in cases that are
 * drawn, with as many runs of base and new as with says, from the scatter of
 * those that there are; in rising order, RELABEL_CASES of line 0, then of line
 * 1, and so on.  Takes for granted that the change moves the line in no other
 * way than the one that happens.
 */
void relabel_needs(double *need, const struct relabel_line *line, size_t n,
    const size_t had[2], const size_t with[2]);

/* How much worse (the difference of the means) and its 95 % interval (Student,
 * n_base + n_new - 2 degrees of freedom, none below 2 runs on a side). */
struct relabel_change {
	size_t n_base, n_new;	/* runs in which it was measured */
	double base, new, change;
	struct interval ci;
};

struct relabel_change relabel_change(const double *bad, size_t n_base,
    size_t n_new);

#endif
