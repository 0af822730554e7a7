#ifndef LMG_METRICSAGG_STATS_BURSTS_H
#define LMG_METRICSAGG_STATS_BURSTS_H

/*
 * Do the tokens of an answer come in bursts, as those do that were guessed
 * right with the one before them?  Then the gaps are of two kinds, far from
 * each other, and those within bursts take next to no time.  Pure.
 */

#include <stddef.h>

/*
 * The shortest gap between two bursts, 0 when there are no bursts.  gap holds
 * the times between the tokens of one request, ascending.
 */
double bursts_split(const double *gap, size_t n);

#endif
