#include "rng.h"
#include "stats/ranktest.h"
#include "tap.h"

static void
is(struct ranktest r, double estimate, double lo, double hi, double p,
    const char *name)
{
	is_near(r.estimate, estimate, 1e-12, name);
	is_near(r.ci.lo, lo, 1e-12, "  low");
	is_near(r.ci.hi, hi, 1e-12, "  high");
	is_near(r.p, p, 1e-12, "  p");
}

/*
 * R 4.2 wilcox.test(conf.int = TRUE): Darwin's maize (Fisher 1935), and the
 * depression scores of Hollander and Wolfe (1973), p. 29 (interval of the
 * latter by listing all Walsh averages).  With ties: all signs listed, in
 * Python.
 */
static void
signed_rank(void)
{
	double darwin[] = { 49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75,
	    60, -48 };
	double depression[] = { .878 - 1.83, .647 - .50, .598 - 1.62,
	    2.05 - 2.48, 1.06 - 1.68, 1.29 - 1.88, 1.06 - 1.55, 3.14 - 3.06,
	    1.29 - 1.30 };
	double six[] = { 1, 2, 3, 4, 5, 6.5 };
	double ties[] = { 1, 1, -1, 2, 3, 3, -3, 4, 5, 0, 0, 6 };
	double level[] = { 2, 0, 2, 2, 0, 2, 2 };
	struct ranktest r;

	r = ranktest_paired(darwin, 15);
	is(r, 25, 4, 41.5, 0.041259765625, "Darwin");
	is(ranktest_paired(depression, 9), -0.46, -0.786, -0.01, 0.0390625,
	    "Hollander and Wolfe");
	is(ranktest_paired(six, 6), 3.5, 1, 6.5, 0.03125, "six");
	r = ranktest_paired(ties, 12);
	is(r, 1.75, 0, 3.5, 0.0546875, "ties and zeros");
	is_near(ranktest_paired(level, 7).p, 1.0 / 16, 0,
	    "five that are equal are five coins");
}

/* R 4.2 wilcox.test(exact = FALSE), n = 60. */
static void
signed_rank_large(void)
{
	double d[60];
	struct ranktest r;

	for (int i = 0; i < 60; i++)
		d[i] = (i * 37) % 61 - 20 + 0.25 * (i % 4);
	r = ranktest_paired(d, 60);
	is_near(r.p, 1.73736216777835e-04, 1e-15, "n = 60, p");
	/* k = 649, by the normal law and by the exact one: all Walsh averages
	 * listed and sorted in NumPy */
	is_near(r.estimate, 10.5, 0, "n = 60, estimate");
	is_near(r.ci.lo, 5.5, 0, "n = 60, low");
	is_near(r.ci.hi, 15.25, 0, "n = 60, high");
}

/* The interval leaves out exactly the shifts that the test rejects. */
static void
inversion(void)
{
	uint64_t rng = 5;
	int right = 1;

	for (int round = 0; round < 100; round++) {
		size_t n = 6 + (size_t)rng_below(&rng, 44);
		double d[50], at[50];
		struct ranktest r;

		for (size_t i = 0; i < n; i++)
			d[i] = rng_unit(&rng) - 0.3;
		r = ranktest_paired(d, n);
		for (int side = 0; side < 4; side++) {
			double shift = side < 2 ? r.ci.lo : r.ci.hi;

			shift += side % 2 ? 1e-9 : -1e-9;
			for (size_t i = 0; i < n; i++)
				at[i] = d[i] - shift;
			right &= (ranktest_paired(at, n).p > 0.05) ==
			    (side == 1 || side == 2);
		}
	}
	ok(right, "the interval is the test inverted, n = 6 to 49");
}

/* R 4.2, the example of ?wilcox.test (Hollander and Wolfe, p. 69).  With
 * ties: all samples listed, in Python. */
static void
unpaired(void)
{
	double x[] = { .80, .83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, .73,
	    1.46 };
	double y[] = { 1.15, .88, .90, .74, 1.21 };
	double a[] = { 1, 2, 2, 3, 5, 5 }, b[] = { 2, 4, 5, 6, 7 };
	double one[] = { 1, 1, 1 }, two[] = { 2, 2, 2 }, v[60], w[60];
	double few[] = { 4, 2, 2, 4 }, more[] = { 1, 1, 1, 3, 1, 3, 1 };
	struct ranktest r;

	r = ranktest_unpaired(x, 10, y, 5);
	is(r, -0.305, -0.76, 0.15, 0.254412254412254412, "Hollander and Wolfe");
	r = ranktest_unpaired(a, 6, b, 5);
	is(r, 2, -1, 5, 38.0 / 231, "ties");
	is_near(ranktest_unpaired(one, 3, two, 3).p, 0.1, 1e-15,
	    "3 against 3, level: 2 of 20 ways");
	is_near(ranktest_unpaired(few, 4, more, 7).p, 1.0 / 22, 1e-15,
	    "  and with a law that has no symmetry");
	for (int i = 0; i < 60; i++) {
		v[i] = (i * 29) % 101;
		w[i] = (i * 29) % 101 + 15.5;
	}
	r = ranktest_unpaired(v, 50, w, 50);
	is(r, 15.5, 2.5, 28.5, 0.0100147924671313, "50 against 50");
	for (int i = 0; i < 60; i++) {
		v[i] = (i * 29) % 101;
		w[i] = (i * 29) % 101 + 9.5;
	}
	is(ranktest_unpaired(v, 60, w, 30), 6.5, -8.5, 20.5, 0.418604118036518,
	    "60 against 30, normal");
}

static void
corners(void)
{
	double zero[] = { 0, 0, 0, 0, 0, 0 }, none[] = { NAN, INFINITY };
	double x[] = { 1, 2, 3 }, y[] = { 4, 5, 6 };
	struct ranktest r = ranktest_paired(zero, 6);

	is(r, 0, 0, 0, 1, "all zero");
	is(ranktest_paired(none, 2), NAN, NAN, NAN, NAN, "nothing measured");
	is(ranktest_unpaired(none, 2, y, 3), NAN, NAN, NAN, NAN, "one side");
	r = ranktest_unpaired(x, 3, y, 3);
	is(r, 3, NAN, NAN, 0.1, "3 against 3 have no interval");
	r = ranktest_paired(x, 3);
	is(r, 2, NAN, NAN, 0.25, "3 pairs have no interval");
}

/* SciPy 1.10 ttest_1samp. */
static void
student(void)
{
	static const double d[] = { 1.2, -.4, 2.2, .9, 1.7 };
	static const double same[] = { 2, 2, 2 };

	is(ranktest_t(d, 5), 1.12, -0.10100467298409499, 2.341004672984095,
	    0.06352268011487124, "t");
	is(ranktest_t(same, 3), 2, 2, 2, 0, "t without spread");
	is(ranktest_t(d, 1), NAN, NAN, NAN, NAN, "t of one");
}

int
main(void)
{
	signed_rank();
	signed_rank_large();
	inversion();
	unpaired();
	corners();
	student();
	return tap_done();
}
