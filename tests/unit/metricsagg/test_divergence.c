#include <stdbool.h>

#include "rng.h"
#include "stats/dist.h"
#include "stats/divergence.h"
#include "tap.h"

#define CHOICE(t, p) { t, log(p) }

static void
test_kl(void)
{
	static const struct choice none[1];
	const struct choice p[] = { CHOICE("a", .5), CHOICE("b", .3),
	    CHOICE("c", .2) };
	const struct choice q[] = { CHOICE("b", .5), CHOICE("a", .25),
	    CHOICE("c", .25) };
	const struct choice never[] = { CHOICE("a", .75), { "b", -9999 },
	    { "c", -INFINITY } };
	const struct choice sure[] = { { "a", 0 }, { "b", 0 } };
	double exact = .5 * log(2) + .3 * log(.6) + .2 * log(.8), seen;

	is_near(divergence_kl(p, 3, q, 3, &seen), exact, 1e-9, "all of both");
	is_near(seen, 1, 1e-9, "all of it is known");
	is_near(divergence_kl(p, 3, p, 3, NULL), 0, 1e-12, "to itself: 0");
	is_near(divergence_kl(p, 2, q, 2, &seen), exact, 1e-9,
	    "the last one follows from the others");
	is_near(divergence_kl(p, 1, q, 2, &seen), .5 * log(2) + .5 *
	    log(.5 / .75), 1e-9, "one and the rest");
	is_near(seen, .5, 1e-9, "half of it is known");
	is_near(divergence_kl(p, 1, q, 1, NULL), 0, 1e-9,
	    "nothing in common tells nothing");
	is_near(divergence_kl(p, 3, never, 3, NULL), .5 * log(.5 / .75) +
	    .5 * log(.5 / .25), 1e-9, "what is ruled out is part of the rest");
	is_near(divergence_kl(never, 3, p, 3, NULL), .75 * log(.75 / .5) +
	    .25 * log(.25 / .5), 1e-9, "by the reference, too");
	ok(isnan(divergence_kl(sure, 2, p, 3, NULL)) &&
	    isnan(divergence_kl(p, 3, sure, 2, NULL)),
	    "more than all is no probability");
	ok(isnan(divergence_kl(none, 0, q, 3, NULL)), "no choices of p");
	ok(isnan(divergence_kl(p, 3, none, 0, NULL)), "no choices of q");
}

/* However few are named, never more than what all say. */
static void
test_bound(void)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f",
	    "g", "h" };
	enum { N = 8 };
	struct choice p[N], q[N];
	double sum_p, sum_q, exact;
	uint64_t rng = 5;
	int round, above = 0;
	size_t i, k;

	for (round = 0; round < 500; round++) {
		sum_p = sum_q = exact = 0;
		for (i = 0; i < N; i++) {
			p[i] = (struct choice){ names[i], rng_unit(&rng) };
			q[i] = (struct choice){ names[i], rng_unit(&rng) };
			sum_p += p[i].ln_p;
			sum_q += q[i].ln_p;
		}
		for (i = 0; i < N; i++) {
			p[i].ln_p = log(p[i].ln_p / sum_p);
			q[i].ln_p = log(q[i].ln_p / sum_q);
			exact += exp(p[i].ln_p) * (p[i].ln_p - q[i].ln_p);
		}
		for (k = 1; k <= N; k++)
			above += divergence_kl(p, k, q, N + 1 - k, NULL) >
			    exact + 1e-9;
	}
	ok(above == 0, "500 pairs of lists, cut anywhere: a lower bound");
}

static void
test_mean(void)
{
	double x[200];
	uint64_t rng = 3;
	int covered = 0, run, i;
	struct interval ci;

	for (run = 0; run < 200; run++) {
		for (i = 0; i < 200; i++)
			x[i] = -log(1 - rng_unit(&rng));	/* mean 1 */
		ci = divergence_mean_ci(x, 200, 42);
		covered += ci.lo <= 1 && 1 <= ci.hi;
	}
	ok(covered >= 180, "the interval has the mean in %d of 200", covered);
	ok(isnan(divergence_mean_ci(x, 5, 1).lo), "none of five");
}

/* Fisher 1935, Darwin's plants: 52 or so of 2^15 changes of signs leave a sum
 * as far off, 5.3 %. */
static void
test_difference(void)
{
	double x[] = { 49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60,
	    -48 }, even[] = { 1, -1, 0, 0, 0, 0, 2, -2 };
	struct interval ci = divergence_difference_ci(x, 15, 0.04, 42), back;

	ok(ci.lo < 0 && ci.hi > 0, "Darwin's plants: 0 is in at 4 %%");
	ci = divergence_difference_ci(x, 15, 0.07, 42);
	ok(ci.lo > 0, "and out at 7 %%");
	for (size_t i = 0; i < 15; i++)
		x[i] = -x[i];
	back = divergence_difference_ci(x, 15, 0.07, 42);
	is_near(back.lo, -ci.hi, 1e-6, "the other way round");
	ci = divergence_difference_ci(even, 8, 0.05, 42);
	ok(ci.lo < 0 && ci.hi > 0, "as much either way names no one");
	ok(isnan(divergence_difference_ci(x, 5, 0.05, 42).lo), "none of five");
}

/* Of mean 1, by how much its logarithm scatters. */
static double
lognormal(double scatter, uint64_t *rng)
{
	double z = dist_normal_quantile((rng_unit(rng) * 0x1p52 + 0.5) /
	    0x1p52);

	return exp(scatter * z - scatter * scatter / 2);
}

static bool
is_outside(const double *x, size_t n, double alpha)
{
	struct interval ci = divergence_difference_ci(x, n, alpha, 42);

	return ci.lo > 0 || ci.hi < 0;
}

/* Equally far, but one scatters three times as much: hardly ever is one of
 * them named, and one that is half as far mostly is. */
static void
test_uneven(void)
{
	enum { RUNS = 150, N = 80, PAIRS = 3 };
	uint64_t rng = 7;
	int wrong = 0, bold = 0, found = 0;
	double x[N], one, two;

	for (int run = 0; run < RUNS; run++) {
		for (int i = 0; i < N; i++)
			x[i] = lognormal(.4, &rng) - lognormal(1.2, &rng);
		wrong += is_outside(x, N, DIVERGENCE_ALPHA / PAIRS);
		bold += is_outside(x, N, 0.05 / PAIRS);
		for (int i = 0; i < N; i++) {
			one = lognormal(1, &rng);
			two = one * lognormal(.7, &rng) / 2;
			x[i] = one * lognormal(.7, &rng) - two;
		}
		found += is_outside(x, N, DIVERGENCE_ALPHA / PAIRS);
	}
	ok(wrong <= .06 * RUNS, "named in %d of %d, .05 would in %d", wrong,
	    RUNS, bold);
	ok(bold > .06 * RUNS, "which is why it is not .05");
	ok(found >= .85 * RUNS, "half as far: found in %d of %d", found, RUNS);
}

int
main(void)
{
	test_difference();
	test_uneven();
	test_kl();
	test_bound();
	test_mean();
	return tap_done();
}
