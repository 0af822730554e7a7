#ifndef LMG_METRICSAGG_COMPARE_RUNS_H
#define LMG_METRICSAGG_COMPARE_RUNS_H

/* The figures of whole runs, for a comparison in which the run is the unit. */

#include "side.h"

/* Are the rows of one pair, variant, scenario and cache? */
bool runs_same_key(const struct side_row *a, const struct side_row *b);

/*
 * ln of the figure of metric m in each run of base, then in each of new, into
 * figure: of the medians of its visits, by order_centre().  Requests count
 * whose prompt all runs have (all requests, where there are none), so that a
 * run that stopped earlier is compared in what it did.  With less, another
 * variant, of the differences to its visits, the first to the first, the second
 * to the second.  NAN: not measured.
 */
void runs_figures(double *figure, const struct side *base,
    const struct side *new, const struct side_row *key,
    const struct side_row *less, enum metric m);

/* The same of the best visit of each run, the least times sign, among as many
 * as every run has: what other work slows down now and then is not in it. */
void runs_best(double *figure, const struct side *base,
    const struct side *new, const struct side_row *key, enum metric m,
    double sign);

/* The share of the requests of each run that failed; NAN: none. */
void runs_failed(double *share, const struct side *base,
    const struct side *new, const struct side_row *key);

#endif
