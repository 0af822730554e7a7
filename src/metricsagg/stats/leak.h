#ifndef LMG_METRICSAGG_STATS_LEAK_H
#define LMG_METRICSAGG_STATS_LEAK_H

/*
 * Does memory that is never given back grow with the requests?  Pure.
 *
 * The usual tests cry wolf here: a rising regression line calls a leak in two
 * thirds of the runs that have none, because memory warms up, fills caches to
 * their high-water mark, and is collected in sawteeth.  A leak is called only
 * when the floor rises with the clock, when it still does beside a
 * logarithmic warm-up (and the high-water mark of the context), and when no
 * single step explains it.  False alarms: 0.4 % of simulated runs without a
 * leak, 1.6 % in the worst of 21 shapes ("make calibrate" measures it).
 *
 * The procedure, on the floor y_i of each request i (leak_floor()):
 *  1. fewer than LEAK_MIN_FLOORS floors: insufficient;
 *  2. the first max(3, ceil(n / 10)) floors are dropped;
 *  3. five or more sharp drops (below -max(6 * 1.4826 MAD of the differences,
 *     1 MiB), and half as far below the floor before the last, so that passing
 *     spikes are none): keep the value right after each drop; else the minimum
 *     of each block of max(1, floor(N / 30)) floors, with its request;
 *  4. clocks: the ordinal of the request, from 1; and, where contexts differ
 *     (by over 5 %), the cumulative context tokens, scaled to n.  H is the
 *     running maximum of the context over its last value (used when it
 *     varies, 8 points or more);
 *  5. a coefficient is tested by fgls.h;
 *  6. leak if for one clock C p(C | 1, C) < .05, and p(C | 1, C, ln(i + 3)
 *     [, H]), i from 0, < .05 / clocks, and for every step k >= tau,
 *     2 <= tau <= m - 2, p(C | 1, C, step) < .05.  Without H, when the
 *     second test fails and an
 *     exponential warm-up (time constant 5, 10 or 20 % of the run) fits
 *     clearly better than the logarithm, SSE below (1 - 16 / m) of it, the
 *     second p is twice that beside the best of them; and the slope of the
 *     last half is resolved (step 8), else plateaued;
 *  7. else growing if the last half rises (p < .05, 6 points or more); else
 *     stable if p(ordinal | 1, ordinal) >= .05; else plateaued if the slope of
 *     the last half is below mdl90 (one-sided, .05), else growing;
 *  8. a slope is resolved that makes LEAK_RESOLVED or more from the first point
 *     to the last: none other leaks, grows or has come to rest.
 */

#include <stdbool.h>
#include <stddef.h>

#include "words.h"

#define LEAK_MIN_FLOORS 12
#define LEAK_FLOOR_SAMPLES 10

/*
 * For a counter beside the one that decides, which keeps its .05: four at
 * .001 and that one, each with noise of its own, show a leak that is none in
 * 1 % of simulated runs, and in 7 % where each new prompt stays in a cache
 * (14 % if all had .05, 9 % with a quarter of it each: what such a cache does
 * is no matter of chance that an equal share would bound).
 */
#define LEAK_BESIDE 49

/*
 * Bytes that a counter of memory is good for.  Kernels count pages in batches:
 * on Linux each thread had up to 64 of 4 KiB to itself until 6.2, since then
 * each core has some.
 */
#define LEAK_RESOLVED 262144.0

/* One run of sequential requests, in order of issue. */
struct leak_input {
	size_t n;			/* requests */
	const double *floor_bytes;	/* of each; NAN: no idle sample */
	const double *context_tokens;	/* prompt + completion of each; NAN
					   where unknown counts as none; or
					   NULL */
	double cache_budget_bytes;	/* of the server; NAN: unknown */
	size_t beside;			/* other counters that are tested with
					   it: they share the .05 of step 6 */
};

/* The p values of one clock; NAN when that test was not made. */
struct leak_p {
	double trend;		/* p(C | 1, C) */
	double curve;		/* p(C | 1, C, ln(i + 3) [, H]), or step 6 */
	double step;		/* the maximum over single steps */
};

struct leak_result {
	enum leak_verdict verdict;
	enum leak_clock clock;	/* that decided; the request clock if no leak */
	size_t n_floors;	/* requests with a floor */
	size_t dropped;		/* of those, left out as warm-up (step 2) */
	size_t n_points;	/* that the tests used (step 3) */
	size_t drops;		/* sharp drops seen */
	bool troughs;		/* the points are the troughs of a sawtooth */
	size_t clocks;		/* 1 or 2 */
	struct leak_p request, context;
	double p_late;		/* of the last half; NAN if not needed */
	double growth_bytes;	/* last point less the first floor of all */
	double late_slope;	/* bytes per request over the last half of the
				   points, Theil-Sen; an estimate, its interval
				   is not calibrated */
	double mdl90;		/* bytes per request: the smallest leak this run
				   would have found, nominally in 9 of 10
				   cases, (z(1 - .05 / clocks) + 1.2816) * se
				   (measured: 5 to 9 of 10, by the shape of the
				   rest), but at least what is resolved; NAN
				   when untested */
	double fit_slope, fit_at_0;	/* bytes per request, bytes: the line
				   p(ordinal | 1, ordinal) tests, for a plot */
	bool within_cache_budget;	/* growth is positive and a cache of
				   cache_budget_bytes could explain it */
};

/*
 * The floor of a request: the minimum of the last (at most
 * LEAK_FLOOR_SAMPLES) of the n memory samples taken strictly after its last
 * chunk and before the next request left (before the unload, for the last).
 * NAN for n = 0.
 */
double leak_floor(const double *bytes, size_t n);

struct leak_result leak_test(const struct leak_input *in);

/*
 * May a run end here, since a leak of LEAK_WANTED bytes a request would have
 * been seen?  That is: stable over LEAK_LEAST_FLOORS or more, with an mdl90 no
 * larger, and falling neither as a whole nor in its last half (.05 each: what
 * falls first may climb later).  Looked at every 10 floors of 60, that ends 0.3
 * % of the runs which leak so much, 3 % in the worst of 9 shapes ("make
 * calibrate").  That something does leak is never said early: a cache that
 * fills looks the same until it is full.
 */
#define LEAK_WANTED 1048576.0
#define LEAK_LEAST_FLOORS 30

bool leak_is_settled(const struct leak_result *r);

#endif
