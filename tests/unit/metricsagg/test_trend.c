#include <stdlib.h>

#include "stats/trend.h"
#include "tap.h"

/* SciPy 1.10: theilslopes; S and p by the formulas of Kendall (1975). */
static void
small(void)
{
	static const double t[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static const double y[] = { 22.5, 22.3, 23.1, 23.0, 22.9, 24.1, 23.8,
	    24.4, 23.8, 25.2 };
	static const double tt[] = { 0, 1, 2, 2, 4, 5.5, 7 };
	static const double ty[] = { 1, 3, 2, 5, 4, 4, 9 };
	struct trend r = trend_of(t, y, 10);

	ok(r.s == 30, "S");
	is_near(r.p, 0.00920683455308464, 1e-14, "p with ties");
	is_near(r.slope, 0.275, 1e-14, "slope");
	r = trend_of(tt, ty, 7);
	ok(r.s == 14, "S, equal times");
	is_near(r.p, 0.04828610767668166, 1e-14, "p, equal times");
	is_near(r.slope, 0.775, 1e-14, "slope, equal times");
}

/* Both ways to the slope, on either side of the limit. */
static void
large(void)
{
	enum { N = 1500 };
	double *t = malloc(N * sizeof(*t)), *y = malloc(N * sizeof(*y));

	for (int i = 0; i < N; i++) {
		t[i] = i / 2 * 0.5;
		y[i] = (i * 7919) % 1009 * 0.5 + 0.1 * i;
	}
	is_near(trend_slope(t, y, 800), 0.3968668407310705, 1e-13, "n = 800");
	is_near(trend_slope(t, y, N), 0.39232245681381966, 1e-11, "n = 1500");
	ok(trend_of(t, y, 800).s == 33238, "S of 800");
	ok(trend_of(t, y, N).s == 204526, "S of 1500");
	is_near(trend_of(t, y, 800).p, 1.0699656902405022e-05, 1e-14,
	    "p of 800");
	free(t);
	free(y);
}

/* Sen's interval of the slope, its formula in Python. */
static void
interval(void)
{
	enum { N = 1500 };
	static const double t[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static const double y[] = { 22.5, 22.3, 23.1, 23.0, 22.9, 24.1, 23.8,
	    24.4, 23.8, 25.2 };
	static const double tt[] = { 0, 1, 2, 2, 4, 5.5, 7 };
	static const double ty[] = { 1, 3, 2, 5, 4, 4, 9 };
	double *u = malloc(N * sizeof(*u)), *v = malloc(N * sizeof(*v));
	struct interval ci = trend_slope_ci(t, y, 10);

	is_near(ci.lo, 0.15, 1e-13, "slope, low");
	is_near(ci.hi, 0.4, 1e-13, "slope, high");
	ci = trend_slope_ci(tt, ty, 7);
	is_near(ci.lo, -2.0 / 7, 1e-14, "slope with equal times, low");
	is_near(ci.hi, 2, 1e-14, "slope with equal times, high");
	ok(isnan(trend_slope_ci(t, y, 5).lo), "5 points have none");
	ok(isfinite(trend_slope_ci(t, y, 6).lo), "6 have one");
	ok(isnan(trend_slope_ci(t, y, 0).hi), "nothing has none");
	for (int i = 0; i < N; i++) {
		u[i] = i / 2 * 0.5;
		v[i] = (i * 7919) % 1009 * 0.5 + 0.1 * i;
	}
	ci = trend_slope_ci(u, v, 800);
	is_near(ci.lo, 0.15794392523364517, 1e-12, "n = 800, low");
	is_near(ci.hi, 0.5793103448275863, 1e-12, "n = 800, high");
	ci = trend_slope_ci(u, v, N);
	is_near(ci.lo, 0.3202127659574471, 1e-11, "n = 1500, low");
	is_near(ci.hi, 0.4633333333333333, 1e-11, "n = 1500, high");
	free(u);
	free(v);
}

static void
corners(void)
{
	static const double t[] = { 1, 1, 1, 1, 1 }, y[] = { 3, 3, 3, 3, 3 };
	static const double u[] = { 1, 2, 3, 4, 5 };
	struct trend r = trend_of(u, y, 5);

	ok(r.s == 0 && r.p == 1 && r.slope == 0,
	    "constant");
	ok(isnan(trend_slope(t, u, 5)), "no slope at one instant");
	r = trend_of(u, u, 3);
	ok(r.s == 3 && isnan(r.p) && r.slope == 1, "3 values have no p");
	r = trend_of(u, y, 1);
	ok(r.s == 0 && isnan(r.p) && isnan(r.slope),
	    "one value");
	ok(trend_of(u, y, 0).n == 0, "nothing");
}

/* Of many points some are taken; a period of theirs is no trend. */
static void
thinned(void)
{
	enum { N = 50000 };
	double *t = malloc(2 * N * sizeof(*t)), *y = t + N;

	for (int i = 0; i < N; i++) {
		t[i] = i;
		y[i] = 7 + 0.25 * i;
	}
	is_near(trend_slope(t, y, N), 0.25, 1e-12, "a line of 50000 points");
	for (int i = 0; i < N; i++)
		y[i] = 200 + i % 5;
	is_near(trend_slope(t, y, N), 0, 1e-12, "a period of 5");
	for (int i = 0; i < N; i++)
		y[i] = 200 + i % 10 + 0.001 * i;
	is_near(trend_slope(t, y, N), 0.001, 2e-5, "a trend in a period");
	free(t);
}

int
main(void)
{
	thinned();
	small();
	large();
	interval();
	corners();
	return tap_done();
}
