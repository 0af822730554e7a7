#include <stdlib.h>

#include "rng.h"
#include "stats/ecdf.h"
#include "stats/order.h"
#include "stats/summary.h"
#include "tap.h"

/* R 4.2: quantile(x), type 7 by default; mad(x, constant = 1). */
static void
quantiles(void)
{
	static const double x[] = { 1.5, 2, 7, 8.25, 11 };
	static const double odd[] = { 1, 1, 2, 2, 4, 6, 9 };
	static const double even[] = { 1, 1, 2, 3, 4, 5, 6, 9 };

	is_near(quantile(x, 5, 0.1), 1.7, 1e-15, "type 7, .1");
	is_near(quantile(x, 5, 0.25), 2, 0, "type 7, .25");
	is_near(quantile(x, 5, 0.9), 9.9, 1e-14, "type 7, .9");
	is_near(quantile(x, 5, 0.95), 10.45, 1e-14, "type 7, .95");
	is_near(quantile(x, 5, 0), 1.5, 0, "type 7, 0");
	is_near(quantile(x, 5, 1), 11, 0, "type 7, 1");
	is_near(quantile(x, 0, 0.5), NAN, 0, "no quantile of nothing");
	is_near(quantile_mad(odd, 7), 1, 0, "MAD, odd n");
	is_near(quantile_mad(even, 8), 2, 0, "MAD, even n");
	is_near(quantile_mad(x, 1), 0, 0, "MAD of one value");
	is_near(quantile_mad(x, 0), NAN, 0, "no MAD of nothing");
}

/* The definition of the MAD, against the walk that needs no memory. */
static void
mad_by_definition(void)
{
	uint64_t rng = 3;
	int right = 1;

	for (int round = 0; round < 200; round++) {
		size_t n = 1 + (size_t)rng_below(&rng, 40);
		double x[40], d[40], m;

		for (size_t i = 0; i < n; i++)
			x[i] = (double)rng_below(&rng, 30);
		order_sort(x, n);
		m = quantile_median(x, n);
		for (size_t i = 0; i < n; i++)
			d[i] = fabs(x[i] - m);
		order_sort(d, n);
		right &= quantile_mad(x, n) == quantile_median(d, n);
	}
	ok(right, "MAD equals its definition");
}

static void
support(void)
{
	double x[100];

	for (int i = 0; i < 100; i++)
		x[i] = i;
	is_near(quantile_supported(x, 9, 0.9), NAN, 0, "no p90 of 9");
	is_near(quantile_supported(x, 10, 0.9), 8.1, 1e-14, "p90 of 10");
	is_near(quantile_supported(x, 19, 0.95), NAN, 0, "no p95 of 19");
	is_near(quantile_supported(x, 20, 0.95), 18.05, 1e-13, "p95 of 20");
	is_near(quantile_supported(x, 99, 0.99), NAN, 0, "no p99 of 99");
	is_near(quantile_supported(x, 100, 0.99), 98.01, 1e-13, "p99 of 100");
	is_near(quantile_median_ci(x, 5).lo, NAN, 0, "no interval of 5");
	is_near(quantile_median_ci(x, 6).lo, 0, 0, "interval of 6, low");
	is_near(quantile_median_ci(x, 6).hi, 5, 0, "interval of 6, high");
	is_near(quantile_median_ci(x, 20).lo, 5, 0, "interval of 20, low");
	is_near(quantile_median_ci(x, 20).hi, 14, 0, "interval of 20, high");
}

static void
summaries(void)
{
	/* ministat's sum of squares finds sd 0 here. */
	double large[] = { 1e9 + 2, NAN, 1e9 + 3, 1e9 + 1, INFINITY };
	double one[] = { 4 }, none[1] = { NAN }, flat[] = { 2, 2, 2, 2, 2, 2 };
	struct summary s = summary_of(large, 5);

	ok(s.n == 3, "only finite values count");
	is_near(s.mean, 1e9 + 2, 0, "mean");
	is_near(s.sd, 1, 0, "sd of large values");
	is_near(s.min, 1e9 + 1, 0, "min");
	is_near(s.max, 1e9 + 3, 0, "max");
	is_near(s.p50, 1e9 + 2, 0, "p50");
	is_near(s.p90, NAN, 0, "p90 is not supported");
	s = summary_of(one, 1);
	ok(s.n == 1 && s.mean == 4 && isnan(s.sd) && s.p50 == 4 &&
	    isnan(s.ci.lo) && s.mad == 0, "one value");
	s = summary_of(large, 2);
	ok(s.n == 2 && s.mean == 1e9 + 1.5 && s.sd == sqrt(0.5), "two values");
	s = summary_of(none, 1);
	ok(s.n == 0 && isnan(s.mean) && isnan(s.sd) && isnan(s.min) &&
	    isnan(s.max) && isnan(s.p50) && isnan(s.mad), "no value");
	s = summary_of(flat, 6);
	ok(s.sd == 0 && s.ci.lo == 2 && s.ci.hi == 2 && s.mad == 0,
	    "constant values");
}

/* Any order of the values gives the same bits; scaling scales. */
static void
properties(void)
{
	enum { N = 333 };
	double x[N], y[N], z[N];
	struct summary a, b, c;
	uint64_t rng = 4;

	for (size_t i = 0; i < N; i++)
		x[i] = exp(3 * rng_unit(&rng));
	for (size_t i = 0; i < N; i++) {
		y[i] = x[(i * 100) % N];	/* 100 and 333: coprime */
		z[i] = 1024 * x[i];
	}
	a = summary_of(x, N);
	b = summary_of(y, N);
	c = summary_of(z, N);
	ok(a.mean == b.mean && a.sd == b.sd && a.p99 == b.p99 &&
	    a.mad == b.mad && a.ci.lo == b.ci.lo, "order does not matter");
	ok(c.mean == 1024 * a.mean && c.sd == 1024 * a.sd &&
	    c.p90 == 1024 * a.p90 && c.mad == 1024 * a.mad &&
	    c.ci.hi == 1024 * a.ci.hi, "scale by a power of two is exact");
}

/* Newcombe (1998), Statistics in Medicine 17, table I, method 3. */
static void
wilson(void)
{
	is_near(summary_wilson(81, 263).lo, 0.2553, 5e-5, "81/263 low");
	is_near(summary_wilson(81, 263).hi, 0.3662, 5e-5, "81/263 high");
	is_near(summary_wilson(15, 148).lo, 0.0624, 5e-5, "15/148 low");
	is_near(summary_wilson(15, 148).hi, 0.1605, 5e-5, "15/148 high");
	is_near(summary_wilson(0, 20).lo, 0, 0, "0/20 low");
	is_near(summary_wilson(0, 20).hi, 0.1611, 5e-5, "0/20 high");
	is_near(summary_wilson(1, 29).lo, 0.0061, 5e-5, "1/29 low");
	is_near(summary_wilson(1, 29).hi, 0.1718, 5e-5, "1/29 high");
	is_near(summary_wilson(29, 29).hi, 1, 0, "all of them");
	is_near(summary_wilson(0, 0).lo, NAN, 0, "none of none");
}

static void
first(void)
{
	double slow[] = { 9, 1, 1.1, 0.9, 1.05, 1 };
	double even[] = { 1.1, 1, 1.2, 0.9, 1.05, 1 };
	double flat[] = { 1.04, 1, 1, 1, 1, 1 };

	ok(summary_first_slower(slow, 6), "the first is slower");
	ok(!summary_first_slower(slow, 5), "too few to say");
	ok(!summary_first_slower(even, 6), "the first is like the rest");
	ok(!summary_first_slower(flat, 6), "4 %% over a constant is nothing");
	flat[0] = 1.5;
	ok(summary_first_slower(flat, 6), "half more than a constant");
	slow[0] = NAN;
	ok(!summary_first_slower(slow, 6), "the first was not measured");
}

static void
ecdf(void)
{
	static double x[1000];
	static const double ties[] = { 1, 1, 1, 2, 5 };
	struct ecdf_point p[ECDF_POINTS];
	size_t n;

	ok(ecdf_of(p, ties, 0) == 0, "no points of nothing");
	n = ecdf_of(p, ties, 5);
	ok(n == 3 && p[0].value == 1 && p[0].share == 0.6 &&
	    p[1].value == 2 && p[1].share == 0.8 && p[2].value == 5 &&
	    p[2].share == 1, "one point per value, with its share");
	for (int i = 0; i < 1000; i++)
		x[i] = i;
	n = ecdf_of(p, x, 1000);
	ok(n == ECDF_POINTS && p[0].value == 0 && p[n - 1].value == 999 &&
	    p[n - 1].share == 1 && p[0].share == 0.001, "thinned, ends kept");
	n = ecdf_of(p, x, 1);
	ok(n == 1 && p[0].share == 1, "one value");
}

int
main(void)
{
	quantiles();
	mad_by_definition();
	support();
	summaries();
	properties();
	wilson();
	first();
	ecdf();
	return tap_done();
}
