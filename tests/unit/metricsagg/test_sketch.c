#include <stdlib.h>

#include "rng.h"
#include "stats/order.h"
#include "stats/sketch.h"
#include "tap.h"

#define N 20000

static struct sketch whole, part[4], merged;

/* Values over many orders of magnitude, some zero, all multiples of 1 ns. */
static double
value(uint64_t *rng)
{
	double u = rng_unit(rng);

	return u < 0.01 ? 0 : floor(exp(20 * u)) * 1e-9;
}

static void
error_bound(void)
{
	double *x = malloc(N * sizeof(*x)), worst = 0;
	struct summary exact, s;
	uint64_t rng = 6;

	sketch_init(&whole);
	for (size_t i = 0; i < N; i++)
		sketch_add(&whole, x[i] = value(&rng));
	exact = summary_of(x, N);
	s = sketch_summary(&whole);
	for (double p = 0.02; p < 0.999; p += 0.001) {
		double q = quantile(x, N, p);

		worst = fmax(worst, fabs(sketch_quantile(&whole, p) - q) / q);
	}
	ok(worst <= SKETCH_ERROR, "quantiles are within 1 %%: %.4f", worst);
	ok(s.n == N && s.min == exact.min && s.max == exact.max,
	    "n, min and max are exact");
	is_near(s.mean, exact.mean, 1e-12, "mean");
	is_near(s.sd, exact.sd, 0.01 * exact.sd, "sd");
	is_near(s.mad, exact.mad, 0.02 * exact.mad, "MAD");
	is_near(s.ci.lo, exact.ci.lo, 0.01 * exact.ci.lo, "interval, low");
	is_near(s.ci.hi, exact.ci.hi, 0.01 * exact.ci.hi, "interval, high");
	free(x);
}

/* Spread over four sketches and merged either way round: the same bytes. */
static void
merging(void)
{
	uint64_t rng = 6;

	for (int i = 0; i < 4; i++)
		sketch_init(&part[i]);
	for (size_t i = 0; i < N; i++) {
		size_t to = i % 7 % 3;		/* part 3 stays empty */

		sketch_add(&part[to], value(&rng));
	}
	sketch_init(&merged);
	for (int i = 0; i < 4; i++)
		sketch_merge(&merged, &part[i]);
	ok(memcmp(&merged, &whole, sizeof(whole)) == 0, "merge is one pass");
	sketch_init(&merged);
	for (int i = 4; i-- > 0;)
		sketch_merge(&merged, &part[i]);
	ok(memcmp(&merged, &whole, sizeof(whole)) == 0, "in any order");
}

static void
corners(void)
{
	static const double odd[] = { -1, NAN, INFINITY, -INFINITY };
	struct summary s;
	int refused = 0;

	sketch_init(&merged);
	s = sketch_summary(&merged);
	ok(s.n == 0 && isnan(s.mean) && isnan(s.p50) && isnan(s.sd) &&
	    isnan(s.min) && isnan(s.mad) && isnan(s.ci.lo), "empty");
	for (int i = 0; i < 4; i++)
		refused += sketch_add(&merged, odd[i]) == -1;
	ok(refused == 4 && merged.n == 0, "negative and not finite: refused");
	sketch_add(&merged, 0.125);
	s = sketch_summary(&merged);
	ok(s.n == 1 && s.mean == 0.125 && s.p50 == 0.125 && isnan(s.sd) &&
	    isnan(s.p90), "one value is exact");
	for (int i = 0; i < 99; i++)
		sketch_add(&merged, 0.125);
	s = sketch_summary(&merged);
	ok(s.p50 == 0.125 && s.p99 == 0.125 && s.sd == 0 && s.mean == 0.125,
	    "a constant is exact");
	ok(s.mad == 0 || s.mad < 0.125 * SKETCH_ERROR, "its MAD too");
	sketch_init(&merged);
	sketch_add(&merged, 1e300);
	sketch_add(&merged, 1e-300);
	sketch_add(&merged, 0);
	s = sketch_summary(&merged);
	ok(s.n == 3 && s.max == 1e300 && s.min == 0 && isfinite(s.mean) &&
	    isfinite(s.sd) && s.p50 < 1e-12, "out of range is counted");
}

int
main(void)
{
	error_bound();
	merging();
	corners();
	return tap_done();
}
