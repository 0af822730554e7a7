#ifndef LMG_METRICSAGG_STATS_MCNEMAR_H
#define LMG_METRICSAGG_STATS_MCNEMAR_H

/*
 * The same questions put to two: which of them answers more of them rightly?
 * Pure.  Of n questions b are right in the first alone, c in the second alone;
 * what both can, or neither, says nothing about a difference.
 */

#include <stddef.h>

#include "quantile.h"

/*
 * Exact p, two-sided, of "no difference" (McNemar 1947): of b + c coins, as
 * uneven as b and c or more so.  1 without any.
 */
double mcnemar_p(size_t b, size_t c);

/*
 * 95 % interval of the difference of the shares, (c - b) / n, by inverting the
 * score test (Tango 1998); none for n = 0.
 */
struct interval mcnemar_difference(size_t b, size_t c, size_t n);

/*
 * The smallest difference of the shares that the exact test would find in 9 of
 * 10 such runs of n questions: sqrt(n) d = 1.96 sqrt(u) + 1.28 sqrt(u - d^2)
 * (Connor 1987), where u, the share in which they differ, is what was seen, and
 * d at least.  1 when nothing would; NAN for n = 0.
 */
double mcnemar_detectable(size_t b, size_t c, size_t n);

#endif
