#include "stats/kruskal.h"
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

int
main(void)
{
	kruskal();
	kruskal_corners();
	return tap_done();
}
