#include "rng.h"
#include "stats/kruskal.h"
#include "stats/order.h"
#include "stats/sameness.h"
#include "stats/uneven.h"
#include "tap.h"

/*
 * R 4.2 ?kruskal.test (Hollander and Wolfe 1973, p. 116): H = .77143; the
 * permutation p by 10^5 draws of NumPy is .710.
 */
static void
kruskal(void)
{
	static const double x[] = { 2.9, 3.0, 2.5, 2.6, 3.2, 3.8, 2.7, 4.0, 2.4,
	    2.8, 3.4, 3.7, 2.2, 2.0 };
	static const unsigned g[] = { 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2,
	    2 };
	static const double ties[] = { 1, 2, 2, 3, 2, 3, 4, 4, 5, 5, 6, 7 };
	static const unsigned three[] = { 0, 0, 0, 0, 1, 1, 1, 1, 4, 4, 4, 4 };
	double y[14];
	unsigned h[14];
	struct kruskal r = kruskal_test(x, g, 14, 42), s;

	is_near(r.h, 0.771428571428572, 1e-12, "H");
	is_near(r.p, 0.710, 0.03, "permutation p");
	for (size_t i = 0; i < 14; i++) {
		y[i] = x[i * 5 % 14];
		h[i] = g[i * 5 % 14];
	}
	s = kruskal_test(y, h, 14, 42);
	ok(s.h == r.h && s.p == r.p, "order does not matter");
	r = kruskal_test(ties, three, 12, 42);
	is_near(r.h, 8.76254480286738, 1e-12, "H with ties");
	ok(r.groups == 3, "a group number may be unused");
	ok(r.p < 0.01 && r.p >= 1.0 / (1 + KRUSKAL_DRAWS), "p with ties");
}

static void
kruskal_corners(void)
{
	static const double x[] = { 1, 2, NAN, 2, 3 };
	static const double flat[] = { 1, 1, 1, 1, 1 };
	static const unsigned g[] = { 0, 1, 2, 3, 4 },
	    one[] = { 0, 0, 0, 0, 0 };
	static const unsigned two[] = { 0, 0, 0, 1, 1 }, pair[] = { 0, 1, 2,
	    1, 3 };
	struct kruskal r = kruskal_test(x, g, 5, 1);

	ok(r.groups == 4 && isfinite(r.h) && isnan(r.p),
	    "one value per group: no p");
	ok(isfinite(kruskal_test(x, two, 5, 1).p), "two groups have one");
	ok(isfinite(kruskal_test(x, pair, 5, 1).p), "so has a group of two");
	r = kruskal_test(x, one, 5, 1);
	ok(r.groups == 1 && isnan(r.h) && isnan(r.p), "one group");
	r = kruskal_test(flat, two, 5, 1);
	ok(isnan(r.h) && isnan(r.p), "all values equal");
	r = kruskal_test(x, g, 0, 1);
	ok(r.groups == 0 && isnan(r.h), "nothing");
}

static struct uneven
uneven_in_order(const double *gap, size_t n, double *scratch)
{
	memcpy(scratch, gap, n * sizeof(*gap));
	order_sort(scratch, n);
	return uneven_of(gap, scratch, n);
}

/* By the formulas in NumPy. */
static void
uneven(void)
{
	static const double gap[] = { .02, .021, .019, .05, .02, .022, .018,
	    .02, .03, .021 };
	double level[100], flat[8] = { 1, 1, 1, 1, 1, 1, 1, 1 }, scratch[100];
	struct uneven u = uneven_in_order(gap, 10, scratch);

	is_near(u.spread, -3.0204248861443634, 1e-9, "ln(MAD / median)");
	is_near(u.lag1, -0.2441689405623442, 1e-12, "lag 1");
	for (int i = 0; i < 100; i++)
		level[i] = i < 98 ? 1 : 5;
	ok(isnan(uneven_in_order(level, 100, scratch).spread),
	    "no spread: no ln");
	ok(isnan(uneven_in_order(flat, 8, scratch).lag1), "constant gaps");
	ok(isfinite(uneven_in_order(gap, 8, scratch).spread), "enough gaps");
	ok(isnan(uneven_in_order(gap, 7, scratch).spread), "too few gaps");
}

static void
sameness(void)
{
	struct sameness_output o[] = { { 1, 10 }, { 2, 20 }, { 1, 10 },
	    { 2, 21 }, { 1, 11 }, { 3, 30 } };
	struct sameness s = sameness_of(o, 6);

	ok(s.groups == 2 && s.requests == 5, "prompts that ran twice");
	is_near(s.equal_ratio, 0.25, 0, "one pair of four is equal");
	s = sameness_of(o, 1);
	ok(s.groups == 0 && isnan(s.equal_ratio), "one output");
	ok(sameness_of(o, 0).groups == 0, "nothing");
}

int
main(void)
{
	kruskal();
	kruskal_corners();
	uneven();
	sameness();
	return tap_done();
}
