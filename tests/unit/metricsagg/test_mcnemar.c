#include <stdbool.h>

#include "rng.h"
#include "stats/mcnemar.h"
#include "tap.h"

/* R 4.2: binom.test(b, b + c)$p.value. */
static void
test_p(void)
{
	is_near(mcnemar_p(8, 1), 0.0390625, 0, "8 against 1");
	is_near(mcnemar_p(1, 8), 0.0390625, 0, "1 against 8");
	is_near(mcnemar_p(6, 0), 0.03125, 0, "6 against none");
	is_near(mcnemar_p(5, 0), 0.0625, 0, "5 against none decide nothing");
	is_near(mcnemar_p(48, 14), 1.742852260163e-05, 1e-16, "48 against 14");
	is_near(mcnemar_p(4, 4), 1, 0, "as many");
	is_near(mcnemar_p(5, 4), 1, 0, "nearly as many");
	is_near(mcnemar_p(0, 0), 1, 0, "none");
	ok(mcnemar_p(900, 1100) > 8e-6 && mcnemar_p(900, 1100) < 1e-5,
	    "2000 of them do not underflow");
	ok(mcnemar_p(0, 3000) < 1e-300, "3000 against none");
}

/* The likelihood of b and c of n, when they have the shares q and q + d. */
static double
likelihood(double b, double c, double n, double q, double d)
{
	return b * log(q) + c * log(q + d) + (n - b - c) * log(1 - 2 * q - d);
}

/* The score of a difference d, its q found by looking everywhere. */
static double
score_by_search(double b, double c, double n, double d)
{
	double least = d < 0 ? -d : 0, most = (1 - d) / 2, q, best = least;
	double top = -INFINITY, l;

	for (int i = 1; i < 100000; i++) {
		q = least + (most - least) * i / 100000;
		l = likelihood(b, c, n, q, d);
		if (l > top) {
			top = l;
			best = q;
		}
	}
	return (c - b - n * d) / sqrt(n * (2 * best + d - d * d));
}

static void
test_interval(void)
{
	struct interval ci = mcnemar_difference(2, 12, 50), back;

	is_near(score_by_search(2, 12, 50, ci.lo), 1.95996, 1e-4,
	    "at the lower end the score is that of 2.5 %");
	is_near(score_by_search(2, 12, 50, ci.hi), -1.95996, 1e-4,
	    "and at the upper end");
	ci = mcnemar_difference(40, 31, 150);
	is_near(score_by_search(40, 31, 150, ci.lo), 1.95996, 1e-4,
	    "where more are lost than won");
	ci = mcnemar_difference(2, 12, 50);
	back = mcnemar_difference(12, 2, 50);
	is_near(back.lo, -ci.hi, 1e-12, "the other way round");
	ci = mcnemar_difference(0, 0, 200);
	ok(ci.lo > -0.02 && ci.hi < 0.02 && ci.lo < 0 && ci.hi > 0,
	    "none of 200 differs: less than two points");
	ci = mcnemar_difference(0, 20, 20);
	ok(ci.lo > 0.6 && ci.hi > 0.999, "all differ, one way");
	ok(isnan(mcnemar_difference(0, 0, 0).lo), "no questions");
}

static void
test_detectable(void)
{
	double few = mcnemar_detectable(0, 0, 20), many;

	ok(few > 0.3 && few < 0.5, "20 alike: differences above 43 points");
	many = mcnemar_detectable(0, 0, 1000);
	ok(many < 0.012, "1000 alike: differences of a point");
	ok(mcnemar_detectable(100, 100, 1000) > 3 * many,
	    "less where they differ much");
	ok(mcnemar_detectable(0, 0, 3) > 0.999, "3: none");
	ok(isnan(mcnemar_detectable(0, 0, 0)), "no questions");
}

struct rates {
	double different, covered;
};

/* n questions that one answers rightly with p, the other with q, by
 * themselves; how often are they called different, and the interval right? */
static struct rates
simulate(double p, double q, size_t n, uint64_t seed)
{
	enum { RUNS = 2000 };
	struct rates r = { 0, 0 };
	struct interval ci;
	size_t i, b, c;
	bool one, two;

	for (int run = 0; run < RUNS; run++) {
		for (i = b = c = 0; i < n; i++) {
			one = rng_unit(&seed) < p;
			two = rng_unit(&seed) < q;
			b += one && !two;
			c += two && !one;
		}
		ci = mcnemar_difference(b, c, n);
		r.different += mcnemar_p(b, c) < 0.05;
		r.covered += ci.lo <= q - p && q - p <= ci.hi;
	}
	return (struct rates){ r.different / RUNS, r.covered / RUNS };
}

static void
test_rates(void)
{
	static const double skills[] = { 0.05, 0.5, 0.9, 0.99 };
	struct rates r;

	for (size_t i = 0; i < sizeof(skills) / sizeof(skills[0]); i++) {
		r = simulate(skills[i], skills[i], 100, 1 + i);
		printf("# %.2f twice: different %.3f, covered %.3f\n",
		    skills[i], r.different, r.covered);
		ok(r.different <= 0.05, "%.2f against itself names no one",
		    skills[i]);
		ok(r.covered >= 0.93, "and 0 is in the interval");
	}
	r = simulate(0.9, 0.6, 200, 9);
	ok(r.different > 0.999, ".9 and .6 at 200 are told apart");
	ok(r.covered >= 0.93, "and the interval has .3");
	r = simulate(0.6, 0.6 + mcnemar_detectable(24, 24, 100), 100, 10);
	printf("# what should be found in 9 of 10: %.3f\n", r.different);
	ok(r.different > 0.8, "what is said to show does");
}

int
main(void)
{
	test_p();
	test_interval();
	test_detectable();
	test_rates();
	return tap_done();
}
