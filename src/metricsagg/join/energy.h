#ifndef LMG_METRICSAGG_JOIN_ENERGY_H
#define LMG_METRICSAGG_JOIN_ENERGY_H

/*
 * What it took: the energy counters of the samples, as curves over time.
 *
 * A counter is cumulative and is read now and then; between two readings its
 * power is taken as even.  So the energy of a span is exact but for its first
 * and last reading interval, and a span shorter than that shares the power of
 * what was before and behind it.  Where a counter falls it began anew (the run
 * was resumed) or wrapped around: nobody knows what was used in between, and
 * that stretch counts as not measured.
 */

#include "link.h"

/* What was used from one instant to another. */
struct energy {
	double joules;
	int64_t covered_ns;		/* how much of the span was measured */
	size_t readings;		/* in the span */
};

/* Put the readings of a run in order: by counter, then by time; copies go. */
void energy_sort(struct run *r);

/* Is the counter there? */
bool energy_has(const struct run *r, enum energy_counter c);

/* The energy from one instant to another, both in ns of the run. */
struct energy energy_between(const struct run *r, enum energy_counter c,
    int64_t from, int64_t to);

/*
 * Give every request that ran alone the energy that the machine used from its
 * sending to its last chunk: M_ENERGY, the sum of all machine counters of the
 * run, and M_ENERGY_TOKENS, that by 1000 completion tokens.  Not measured
 * where a counter does not cover the request or was read fewer than
 * ENERGY_READINGS times in it.
 */
enum { ENERGY_READINGS = 5 };
void energy_of_requests(struct run *r);

#endif
