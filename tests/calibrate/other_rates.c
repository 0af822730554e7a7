#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "calibrate.h"
#include "draw.h"
#include "rng.h"
#include "stats/cluster.h"
#include "stats/kruskal.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/trend.h"
#include "xalloc.h"

#define TOKENS 128

/* Gaps of k requests: a level per request, AR(1) and stalls within. */
static void
gaps(double *x, size_t k, uint64_t *rng)
{
	for (size_t r = 0; r < k; r++) {
		double level = 0.10 * draw_normal(rng), e = draw_normal(rng);

		for (size_t i = 0; i < TOKENS; i++) {
			double stall = draw_unit(rng) < 0.02 ?
			    draw_exponential(rng) : 0;

			x[r * TOKENS + i] = exp(level + 0.05 * e + stall);
			e = 0.5 * e + 0.866 * draw_normal(rng);
		}
	}
}

static void
by_request(struct cluster *c, const double *x, size_t k)
{
	for (size_t r = 0; r < k; r++)
		c[r] = (struct cluster){ x + r * TOKENS, TOKENS };
}

static double
true_quantile(double p, uint64_t seed)
{
	size_t k = 10000;
	double *x = xreallocarray(NULL, k * TOKENS, sizeof(*x)), q;

	gaps(x, k, &seed);
	order_sort(x, k * TOKENS);
	q = quantile(x, k * TOKENS, p);
	free(x);
	return q;
}

/* Whole requests resampled, the quantile of each resample sorted anew. */
static struct interval
bootstrap(const double *x, size_t k, double p, uint64_t *rng)
{
	double *again = xreallocarray(NULL, k * TOKENS, sizeof(*again));
	double q[200];

	for (size_t b = 0; b < 200; b++) {
		for (size_t r = 0; r < k; r++) {
			size_t from = draw_below(rng, k) * TOKENS;

			for (size_t i = 0; i < TOKENS; i++)
				again[r * TOKENS + i] = x[from + i];
		}
		order_sort(again, k * TOKENS);
		q[b] = quantile(again, k * TOKENS, p);
	}
	free(again);
	order_sort(q, 200);
	return (struct interval){ quantile(q, 200, .025),
	    quantile(q, 200, .975) };
}

static int
token_coverage(size_t k, double p, int runs, uint64_t seed)
{
	double *x = xreallocarray(NULL, k * TOKENS, 2 * sizeof(*x));
	double *sorted = x + k * TOKENS, truth = true_quantile(p, seed);
	struct cluster *c = xreallocarray(NULL, k, sizeof(*c));
	int inside = 0, given = 0, boot = 0, naive = 0, boots = runs / 5 + 1;
	int missed;
	uint64_t rng = seed + k;
	char what[80];

	by_request(c, x, k);
	for (int i = 0; i < runs; i++) {
		struct interval ci;

		gaps(x, k, &rng);
		for (size_t j = 0; j < k * TOKENS; j++)
			sorted[j] = x[j];
		order_sort(sorted, k * TOKENS);
		ci = cluster_ci(sorted, k * TOKENS, c, k, p, 0.95);
		given += isfinite(ci.lo);
		inside += ci.lo <= truth && truth <= ci.hi;
		ci = quantile_median_ci(sorted, k * TOKENS);
		naive += ci.lo <= truth && truth <= ci.hi;
		if (i < boots) {
			ci = bootstrap(x, k, p, &rng);
			boot += ci.lo <= truth && truth <= ci.hi;
		}
	}
	snprintf(what, sizeof(what), "coverage: p%.0f of gaps, %zu requests",
	    100 * p, k);
	missed = calibrate_line(what, given > 0 ? (double)inside / given : 0,
	    ".83-.93",
	    p == 0.5 ? 0.90 : 0.83, 0.99);
	calibrate_line("  runs that have an interval", (double)given / runs, "",
	    0, 1);
	calibrate_line("  cluster bootstrap, for comparison",
	    (double)boot / boots, ".83-.93", 0, 1);
	if (p == 0.5)
		calibrate_line("  tokens taken as independent",
		    (double)naive / runs, ".26-.44", 0, 1);
	free(c);
	free(x);
	return missed;
}

/* p99 over p50 of the gaps of k requests. */
static int
tail_coverage(size_t k, int runs, uint64_t seed)
{
	double *x = xreallocarray(NULL, k * TOKENS, 2 * sizeof(*x));
	double *sorted = x + k * TOKENS;
	double truth = true_quantile(0.99, seed) / true_quantile(0.5, seed);
	struct cluster *c = xreallocarray(NULL, k, sizeof(*c));
	int inside = 0, given = 0, missed;
	uint64_t rng = seed + k;
	char what[80];

	by_request(c, x, k);
	for (int i = 0; i < runs; i++) {
		struct cluster_tail t;

		gaps(x, k, &rng);
		for (size_t j = 0; j < k * TOKENS; j++)
			sorted[j] = x[j];
		order_sort(sorted, k * TOKENS);
		t = cluster_tail(sorted, k * TOKENS, c, k);
		given += isfinite(t.ci.lo);
		inside += t.ci.lo <= truth && truth <= t.ci.hi;
	}
	snprintf(what, sizeof(what), "coverage: p99 / p50 of gaps, %zu "
	    "requests",
	    k);
	missed = calibrate_line(what, given > 0 ? (double)inside / given : 0,
	    "(.95)", 0.93, 1);
	calibrate_line("  runs that have an interval", (double)given / runs, "",
	    0, 1);
	free(c);
	free(x);
	return missed;
}

static int
median_coverage(size_t n, int runs, uint64_t seed)
{
	int inside = 0;
	char what[80];
	double x[200];

	for (int i = 0; i < runs; i++) {
		struct interval ci;

		for (size_t j = 0; j < n; j++)
			x[j] = draw_t(&seed, 3);
		order_sort(x, n);
		ci = quantile_median_ci(x, n);
		inside += ci.lo <= 0 && 0 <= ci.hi;
	}
	snprintf(what, sizeof(what), "coverage: median of %zu", n);
	return calibrate_line(what, (double)inside / runs, ".953-.994", 0.94,
	    1);
}

/* The slope over requests of three lengths, as many of each. */
static int
slope_coverage(size_t n, int runs, uint64_t seed)
{
	static const double length[] = { 0.25, 1, 4 };
	int inside = 0;
	char what[80];
	double t[120], y[120];

	for (int i = 0; i < runs; i++) {
		struct interval ci;

		for (size_t j = 0; j < n; j++) {
			t[j] = length[j / ((n + 2) / 3)];
			y[j] = 2 * t[j] + draw_t(&seed, 2);
		}
		ci = trend_slope_ci(t, y, n);
		inside += ci.lo <= 2 && 2 <= ci.hi;
	}
	snprintf(what, sizeof(what), "coverage: slope over %zu requests", n);
	return calibrate_line(what, (double)inside / runs, "(.95)", .93, 1);
}

static int
moe_and_drift(int runs, uint64_t seed)
{
	int domains = 0, drift = 0, missed;

	for (int i = 0; i < runs; i++) {
		double x[40], t[40];
		unsigned group[40];

		for (unsigned j = 0; j < 40; j++) {
			x[j] = draw_t(&seed, 3);
			t[j] = j;
			group[j] = j / 10;
		}
		drift += trend_of(t, x, 40).p < 0.05;
		if (i % 4 == 0)
			domains += kruskal_test(x, group, 40, seed).p < 0.05;
	}
	missed = calibrate_line("type I: domains, 4 of 10 prompts",
	    (double)domains / ((runs + 3) / 4), "(.05)", .02, .085);
	return missed + calibrate_line("type I: drift over 40 requests",
	    (double)drift / runs, "(.05)", .03, .07);
}

int
calibrate_other(int runs, uint64_t seed)
{
	static const size_t n[] = { 6, 10, 20, 50, 200 };
	int missed = 0;

	printf("\nIntervals and the rest\n%-44s measured  reference  target\n",
	    "");
	for (size_t i = 0; i < sizeof(n) / sizeof(*n); i++)
		missed += median_coverage(n[i], runs, seed + n[i]);
	missed += token_coverage(10, 0.5, runs, seed);
	missed += token_coverage(20, 0.5, runs, seed);
	missed += token_coverage(20, 0.95, runs, seed);
	missed += tail_coverage(10, runs, seed);
	missed += tail_coverage(30, runs, seed);
	missed += slope_coverage(12, runs, seed);
	missed += slope_coverage(60, runs, seed);
	return missed + moe_and_drift(runs, seed);
}
