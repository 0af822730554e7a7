/*
 * Every statistic on inputs nobody wants: no crash (this runs under the
 * sanitizers too), every p between 0 and 1 or NAN, no infinity, and verdicts
 * that do not depend on the order in which records were read.
 */

#include <stdlib.h>

#include "rng.h"
#include "stats/cluster.h"
#include "stats/compare.h"
#include "stats/ecdf.h"
#include "stats/gaps.h"
#include "stats/kruskal.h"
#include "stats/leak.h"
#include "stats/order.h"
#include "stats/summary.h"
#include "stats/trend.h"
#include "tap.h"

#define MOST 70
#define ROUNDS 1500

/* Finite, or not measured. */
static int
sane(double x)
{
	return !isinf(x);
}

static int
share(double p)
{
	return isnan(p) || (p >= 0 && p <= 1);
}

/* Ties, gaps, constants, tiny and huge values, one kind per array. */
static double
odd_value(uint64_t *rng, uint64_t kind)
{
	switch (kind) {
	case 0:
		return 7;
	case 1:
		return (double)rng_below(rng, 3);
	case 2:
		return rng_below(rng, 3) == 0 ? NAN : rng_unit(rng);
	case 3:
		return rng_below(rng, 9) == 0 ? INFINITY : -rng_unit(rng);
	case 4:
		return exp(600 * (rng_unit(rng) - 0.5));
	default:
		return 1e9 * (1 + rng_unit(rng));
	}
}

static size_t
odd_array(double *x, uint64_t *rng)
{
	uint64_t kind = rng_below(rng, 6);
	size_t n = (size_t)rng_below(rng, MOST + 1);

	for (size_t i = 0; i < n; i++)
		x[i] = odd_value(rng, kind);
	return n;
}

static void
summaries(void)
{
	struct ecdf_point points[ECDF_POINTS];
	double x[MOST];
	uint64_t rng = 11;
	int right = 1;

	for (int round = 0; round < ROUNDS; round++) {
		size_t n = odd_array(x, &rng);
		struct summary s;

		summary_first_slower(x, n);
		s = summary_of(x, n);
		right &= sane(s.mean) && sane(s.sd) && sane(s.p50) &&
		    sane(s.p95) && sane(s.mad) && sane(s.ci.lo) && s.n <= n;
		right &= s.n == 0 || (s.min <= s.mean && s.mean <= s.max &&
		    s.min <= s.p50 && s.p50 <= s.max && s.mad >= 0);
		right &= ecdf_of(points, x, s.n) <= ECDF_POINTS;
	}
	ok(right, "summaries");
}

static void
leaks(void)
{
	double y[MOST], context[MOST];
	uint64_t rng = 12;
	int right = 1;

	for (int round = 0; round < ROUNDS; round++) {
		struct leak_input in = { odd_array(y, &rng), y, NULL, 1e9, 0 };
		struct leak_result r;

		for (size_t i = 0; i < in.n; i++)
			context[i] = odd_value(&rng, (uint64_t)round % 6);
		if (round % 2)
			in.context_tokens = context;
		r = leak_test(&in);
		right &= share(r.request.trend) && share(r.request.curve) &&
		    share(r.request.step) && share(r.context.curve) &&
		    share(r.p_late) && sane(r.mdl90) && sane(r.late_slope);
		right &= (r.verdict == LEAK_INSUFFICIENT) ==
		    (r.n_floors < LEAK_MIN_FLOORS);
		right &= r.verdict == LEAK_INSUFFICIENT ||
		    !isnan(r.request.trend);
		right &= r.verdict != LEAK_LEAK || !(r.fit_slope < 0) ||
		    r.clock == LEAK_CLOCK_CONTEXT;
	}
	ok(right, "leaks");
}

static size_t
odd_requests(struct compare_obs *o, uint64_t *rng)
{
	double x[MOST];
	size_t n = odd_array(x, rng), prompts = 1 + (size_t)rng_below(rng, 9);

	for (size_t i = 0; i < n; i++)
		o[i] = (struct compare_obs){ x[i], rng_below(rng, prompts),
		    (double)i + rng_unit(rng) / 2,
		    (uint32_t)rng_below(rng, 5) };
	return n;
}

static int
same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static void
comparisons(void)
{
	struct compare_obs b[MOST], w[MOST];
	uint64_t rng = 13;
	int right = 1, stable = 1;

	for (int round = 0; round < ROUNDS; round++) {
		size_t nb = odd_requests(b, &rng), nw = odd_requests(w, &rng);
		struct comparison c[2];

		for (size_t i = 0; round % 2 == 0 && i < MOST; i++)
			b[i].load = w[i].load = 0;
		c[0] = compare_test(b, nb, w, nw, COMPARE_MARGIN);
		for (size_t i = 0; i < nb / 2; i++) {
			struct compare_obs t = b[i];

			b[i] = b[nb - 1 - i];
			b[nb - 1 - i] = t;
		}
		c[1] = compare_test(b, nb, w, nw, COMPARE_MARGIN);
		stable &= same(c[0].p, c[1].p) &&
		    same(c[0].ratio, c[1].ratio) &&
		    same(c[0].ratio_ci.hi, c[1].ratio_ci.hi);
		compare_verdicts(c, 1);
		right &= share(c[0].p) && share(c[0].p_holm) &&
		    !(c[0].ratio <= 0);
		right &= (c[0].verdict == COMPARE_INSUFFICIENT) ==
		    (bool)isnan(c[0].p);
		right &= c[0].verdict == COMPARE_INSUFFICIENT ||
		    !isnan(c[0].ratio);
	}
	ok(right, "comparisons");
	ok(stable, "comparisons of reversed records");
}

static void
the_rest(void)
{
	double x[MOST], t[MOST], scratch[MOST];
	unsigned group[MOST];
	uint64_t rng = 14;
	int right = 1;

	for (int round = 0; round < ROUNDS; round++) {
		size_t n = odd_array(x, &rng), m = 0;
		struct cluster c[3];
		struct gaps_uneven u;
		struct cluster_icc icc;

		for (size_t i = 0; i < n; i++)
			group[i] = (unsigned)rng_below(&rng, 4);
		if (round % 10 == 0)
			right &= share(kruskal_test(x, group, n, 1).p);
		for (size_t i = 0; i < n; i++)
			if (isfinite(x[i]))
				x[m++] = x[i];
		memcpy(scratch, x, m * sizeof(*x));
		order_sort(scratch, m);
		u = gaps_uneven(x, scratch, m);
		right &= sane(u.spread) &&
		    (isnan(u.lag1) || fabs(u.lag1) <= 1);
		for (size_t i = 0; i < m; i++)
			t[i] = (double)(i / 2);
		right &= share(trend_of(t, x, m).p) &&
		    sane(trend_of(t, x, m).slope);
		for (size_t i = 0; i < 3; i++)
			c[i] = (struct cluster){ x + m / 3 * i, m / 3 };
		icc = cluster_icc(c, 3);
		right &= (isnan(icc.icc) || icc.icc <= 1 + 1e-12) &&
		    !(icc.n_eff < 0) && sane(icc.n_eff);
	}
	ok(right, "trends, groups, clusters");
}

int
main(void)
{
	summaries();
	leaks();
	comparisons();
	the_rest();
	return tap_done();
}
