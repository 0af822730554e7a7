#include "stats/dist.h"
#include "tap.h"

/* Within 1e-10 of the reference, relatively. */
static void
is(double got, double want, const char *name)
{
	is_near(got, want, 1e-10 * fabs(want), name);
}

/* Reference values: mpmath 1.2.1 with 40 digits. */
static void
functions(void)
{
	is(dist_normal_sf(0), 0.5, "normal, 0");
	is(dist_normal_sf(1.96), 0.024997895148220435, "normal, 1.96");
	is(dist_normal_sf(-2), 0.9772498680518208, "normal, -2");
	is(dist_normal_sf(20), 2.7536241186062337e-89, "normal, 20");
	is(dist_t_sf(1, 1), 0.25, "t, Cauchy");
	is(dist_t_sf(2, 5), 0.05096973941492918, "t, 5 df");
	is(dist_t_sf(-1.5, 3), 0.8847080673775884, "t, negative");
	is(dist_t_sf(0.1, 2.5), 0.46390327203124476, "t, 2.5 df");
	is(dist_t_sf(6, 1000), 1.3776845866887345e-09, "t, 1000 df");
	is(dist_t_sf(40, 10), 1.1404288715428774e-12, "t, far tail");
	is(dist_t_sf(1e-8, 7), 0.4999999961500855, "t, near 0");
	is(dist_t_sf(INFINITY, 3), 0, "t, infinite");
	is(dist_t_sf(-INFINITY, 3), 1, "t, minus infinite");
	is_near(dist_t_sf(NAN, 3), NAN, 0, "t of NAN");
}

static void
quantiles(void)
{
	is(dist_normal_quantile(0.975), 1.9599639845400543, "z .975");
	is(dist_normal_quantile(0.025), -1.9599639845400543, "z .025");
	is(dist_normal_quantile(0.9), 1.2815515655446004, "z .9");
	is(dist_normal_quantile(1e-10), -6.361340902404057, "z 1e-10");
	is(dist_normal_quantile(0.999999), 4.753424308822899, "z .999999");
	is_near(dist_normal_quantile(0.5), 0, 1e-15, "z .5");
	is(dist_t_quantile(0.975, 1), 12.706204736174704, "t .975, 1");
	is(dist_t_quantile(0.975, 4), 2.7764451051977987, "t .975, 4");
	is(dist_t_quantile(0.975, 30), 2.0422724563012373, "t .975, 30");
	is(dist_t_quantile(0.025, 9), -2.262157162740992, "t .025, 9");
}

/* R 4.2 qbinom(.025, n, .5) and SciPy 1.10 binom.cdf. */
static void
median_ranks(void)
{
	static const struct { uint64_t n, rank; } rows[] = {
		{ 0, 0 }, { 1, 0 }, { 5, 0 }, { 6, 1 }, { 7, 1 }, { 10, 2 },
		{ 20, 6 }, { 50, 18 }, { 100, 40 }, { 1000, 469 },
		{ 1001, 470 }, { 5000, 2431 }, { 100000, 49690 }
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ok(dist_median_rank(rows[i].n, 0.025) == rows[i].rank,
		    "median rank of %d", (int)rows[i].n);
}

int
main(void)
{
	functions();
	quantiles();
	median_ranks();
	return tap_done();
}
