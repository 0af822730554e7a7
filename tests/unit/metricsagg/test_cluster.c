#include "stats/cluster.h"
#include "stats/order.h"
#include "tap.h"

/* Shrout and Fleiss (1979), Psychological Bulletin 86, table 2: ICC(1,1) is
 * .17 (.165742 with more digits).  The values here are their logarithms. */
static void
shrout_and_fleiss(void)
{
	static const int rating[6][4] = { { 9, 2, 5, 8 }, { 6, 1, 3, 2 },
	    { 8, 4, 6, 8 }, { 7, 1, 2, 6 }, { 10, 5, 6, 9 }, { 6, 2, 4, 7 } };
	double x[6][4];
	struct cluster c[7];
	struct cluster_icc r;

	for (int i = 0; i < 6; i++) {
		for (int j = 0; j < 4; j++)
			x[i][j] = exp(rating[i][j]);
		c[i] = (struct cluster){ x[i], 4 };
	}
	c[6] = (struct cluster){ NULL, 0 };
	r = cluster_icc(c, 7);
	is_near(r.icc, 0.16574176840547544, 1e-12, "ICC(1,1)");
	is_near(r.n_eff, 16.029651593773163, 1e-10, "n_eff");
}

/* Groups of different sizes: the ANOVA formulas in NumPy. */
static void
unequal(void)
{
	static const double a[] = { 1, 2, 3 }, b[] = { 2, 2.5, 4, 5, 3 };
	static const double d[] = { 7, 8, 0, -1 }, e[] = { 1.5 };
	static const double same[] = { 2, 2 };
	const struct cluster c[] = { { a, 3 }, { b, 5 }, { d, 4 }, { e, 1 } };
	const struct cluster flat[] = { { same, 2 }, { same, 2 } };
	const struct cluster single[] = { { e, 1 }, { a, 1 } };
	struct cluster_icc r = cluster_icc(c, 4);

	is_near(r.icc, 0.6619010267796818, 1e-12, "unequal sizes");
	is_near(r.n_eff, 5.54764669388529, 1e-11, "  n_eff, <= 0 left out");
	ok(isnan(cluster_icc(c, 1).icc), "one group");
	ok(isnan(cluster_icc(c, 0).n_eff), "no group");
	ok(isnan(cluster_icc(flat, 2).icc), "all equal");
	ok(isnan(cluster_icc(single, 2).icc), "no group of two");
}

/* Woodruff's interval, its formula in NumPy. */
static void
interval(void)
{
	double x[8][6], all[48];
	struct cluster c[8];
	struct interval ci;
	size_t n = 0;

	for (size_t i = 0; i < 8; i++) {
		c[i] = (struct cluster){ x[i], 4 + i % 3 };
		for (size_t j = 0; j < c[i].n; j++)
			all[n++] = x[i][j] = (double)(3 * i % 8) +
			    0.5 * (double)j;
	}
	order_sort(all, n);
	ci = cluster_ci(all, n, c, 8, 0.5, 0.95);
	is_near(ci.lo, 1.2712295052630997, 1e-8, "median, low");
	is_near(ci.hi, 8.2287704947369003, 1e-8, "median, high");
	ok(isnan(cluster_ci(all, n, c, 8, 0.9, 0.95).hi),
	    "p90 of so few has no interval");
	ok(isnan(cluster_ci(all, n, c, 8, 0.1, 0.95).lo), "nor has p10");
	ok(isnan(cluster_ci(all, n, c, 5, 0.5, 0.95).lo),
	    "5 clusters have none");
	ok(isnan(cluster_ci(all, 0, c, 0, 0.5, 0.95).lo), "nothing has none");
}

/*
 * The gaps of ten requests, one slow one in each: the formula in Python.  The
 * interval of the 99th percentile reaches from the quick gaps into the slow
 * ones.
 */
static void
tail(void)
{
	double x[10][60], all[600];
	struct cluster c[10];
	struct cluster_tail t;
	size_t n = 0;

	for (size_t i = 0; i < 10; i++) {
		c[i] = (struct cluster){ x[i], 60 };
		for (size_t j = 0; j < 60; j++)
			all[n++] = x[i][j] = j == 0 ? 5 + (double)i :
			    1 + 0.01 * (double)((7 * j + i) % 60);
	}
	order_sort(all, n);
	t = cluster_tail(all, n, c, 10);
	is_near(t.ratio, 6.137931034482751, 1e-9, "p99 over p50");
	is_near(t.ci.lo, 1.218390804597701, 1e-6, "  low");
	is_near(t.ci.hi, 9.49218136278662, 1e-6, "  high");
	ok(isnan(cluster_tail(all, n, c, 5).ci.lo) &&
	    isfinite(cluster_tail(all, n, c, 5).ratio),
	    "5 requests have no interval");
	ok(isnan(cluster_tail(all, 99, c, 10).ratio), "99 gaps have no p99");
	for (size_t i = 0; i < 10; i++)
		c[i].n = i < 9 ? 60 : 0;
	for (size_t j = 0; j < 9; j++)
		x[0][j] = 90 + (double)j;
	for (size_t i = n = 0; i < 9; i++)
		for (size_t j = 0; j < 60; j++)
			all[n++] = x[i][j];
	order_sort(all, n);
	t = cluster_tail(all, n, c, 9);
	ok(t.ratio > 50 && isnan(t.ci.hi),
	    "a tail that is one request's has no interval");
}

int
main(void)
{
	shrout_and_fleiss();
	unequal();
	interval();
	tail();
	return tap_done();
}
