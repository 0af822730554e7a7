#include <math.h>
#include <stdio.h>

#include "calibrate.h"
#include "draw.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/rounds.h"

enum { ROUNDS = 12, PER_VISIT = 3, VISITS = 2 * ROUNDS };
enum { REQUESTS = VISITS * PER_VISIT };

/* What makes requests of one machine differ that have nothing to do with the
 * variant: ln of a factor on the k-th request, all else equal. */
typedef void noise_fn(double *x, uint64_t *rng);

static void
white(double *x, uint64_t *rng)
{
	for (int k = 0; k < REQUESTS; k++)
		x[k] = 0.03 * draw_normal(rng);
}

static void
heavy(double *x, uint64_t *rng)
{
	for (int k = 0; k < REQUESTS; k++)
		x[k] = 0.015 * draw_t(rng, 2);
}

static void
cauchy(double *x, uint64_t *rng)
{
	for (int k = 0; k < REQUESTS; k++)
		x[k] = 0.01 * fmax(-300, fmin(300, draw_t(rng, 1)));
}

static void
correlated(double *x, uint64_t *rng, double a)
{
	double e = draw_normal(rng);

	for (int k = 0; k < REQUESTS; k++) {
		x[k] = 0.03 * e;
		e = a * e + sqrt(1 - a * a) * draw_normal(rng);
	}
}

static void
ar5(double *x, uint64_t *rng)
{
	correlated(x, rng, 0.5);
}

static void
ar8(double *x, uint64_t *rng)
{
	correlated(x, rng, 0.8);
}

static void
ar95(double *x, uint64_t *rng)
{
	correlated(x, rng, 0.95);
}

static void
linear(double *x, uint64_t *rng)
{
	double total = draw_range(rng, 0.05, 0.2);

	white(x, rng);
	for (int k = 0; k < REQUESTS; k++)
		x[k] += total * k / REQUESTS;
}

static void
exponential(double *x, uint64_t *rng)
{
	double tau = draw_range(rng, 5, 40);

	white(x, rng);
	for (int k = 0; k < REQUESTS; k++)
		x[k] += 0.15 * (1 - exp(-k / tau));
}

static void
quadratic(double *x, uint64_t *rng)
{
	double total = draw_range(rng, 0.05, 0.2);

	white(x, rng);
	for (int k = 0; k < REQUESTS; k++)
		x[k] += total * k * k / REQUESTS / REQUESTS;
}

static void
throttling(double *x, uint64_t *rng)
{
	int slow = 0;

	white(x, rng);
	for (int k = 0; k < REQUESTS; k++) {
		if (draw_unit(rng) < 0.1)
			slow = !slow;
		x[k] += slow ? 0.15 : 0;
	}
}

static void
walk(double *x, uint64_t *rng)
{
	double at = 0;

	for (int k = 0; k < REQUESTS; k++)
		x[k] = at += 0.01 * draw_normal(rng);
}

static void
per_load(double *x, uint64_t *rng, double sd)
{
	white(x, rng);
	for (int v = 0; v < VISITS; v++) {
		double of_load = sd * draw_normal(rng);

		for (int k = 0; k < PER_VISIT; k++)
			x[v * PER_VISIT + k] += of_load;
	}
}

static void
load15(double *x, uint64_t *rng)
{
	per_load(x, rng, 0.015);
}

static void
load30(double *x, uint64_t *rng)
{
	per_load(x, rng, 0.03);
}

static void
slow_first(double *x, uint64_t *rng)
{
	white(x, rng);
	for (int k = 0; k < REQUESTS; k += PER_VISIT)
		x[k] += 0.3 * draw_unit(rng);
}

/* A clock of 10 ms and times of 300 ms. */
static void
coarse(double *x, uint64_t *rng)
{
	white(x, rng);
	for (int k = 0; k < REQUESTS; k++)
		x[k] = log(round(30 * exp(x[k])) / 30);
}

/* Another program that works every so often. */
static void
periodic(double *x, uint64_t *rng)
{
	double period = draw_range(rng, 4, 40), at = draw_unit(rng);

	white(x, rng);
	for (int k = 0; k < REQUESTS; k++)
		x[k] += fmod(k / period + at, 1) < 0.3 ? 0.1 : 0;
}

static void
stalls(double *x, uint64_t *rng)
{
	white(x, rng);
	for (int k = 0; k < REQUESTS; k++)
		x[k] += draw_unit(rng) < 0.1 ? draw_exponential(rng) : 0;
}

static const struct family {
	const char *name;
	noise_fn *noise;
	double failing;			/* share of new's requests that fail */
	double wanted[3];		/* power at 5, 10, 30 %, at least;
					   0: no target */
} families[] = {
	{ "white 3 %", white, 0, { 0.87, 0.95, 0.95 } },
	{ "t(2)", heavy, 0, { 0.87, 0.95, 0.95 } },
	{ "Cauchy", cauchy, 0, { 0, 0, 0 } },
	{ "AR .5", ar5, 0, { 0, 0, 0 } },
	{ "AR .8", ar8, 0, { 0.92, 0.95, 0.95 } },
	{ "AR .95", ar95, 0, { 0, 0, 0 } },
	{ "linear drift", linear, 0, { 0, 0, 0 } },
	{ "exponential", exponential, 0, { 0, 0, 0 } },
	{ "quadratic", quadratic, 0, { 0, 0, 0 } },
	{ "throttling 15 %", throttling, 0, { 0, 0, 0.95 } },
	{ "random walk", walk, 0, { 0, 0, 0 } },
	{ "load 1.5 %", load15, 0, { 0, 0.95, 0.95 } },
	{ "load 3 %", load30, 0, { 0, 0.90, 0.95 } },
	{ "slow first request", slow_first, 0, { 0, 0, 0 } },
	{ "10 ms clock", coarse, 0, { 0, 0, 0 } },
	{ "30 % fail on one side", white, 0.3, { 0, 0, 0 } },
	{ "periodic load", periodic, 0, { 0, 0, 0 } },
	{ "stalls", stalls, 0, { 0, 0, 0 } },
};

/* One run, A B, B A, ...; new is slower by the factor. */
static void
visits(struct rounds_visit *v, const struct family *f, double factor,
    uint64_t *rng)
{
	double x[REQUESTS], y[PER_VISIT];

	f->noise(x, rng);
	for (int i = 0; i < VISITS; i++) {
		bool is_new = i / 2 % 2 ? i % 2 == 0 : i % 2 == 1;
		size_t n = 0;

		for (int k = 0; k < PER_VISIT; k++)
			if (!is_new || !(draw_unit(rng) < f->failing))
				y[n++] = x[i * PER_VISIT + k];
		order_sort(y, n);
		v[i] = (struct rounds_visit){ quantile_median(y, n) +
		    (is_new ? log(factor) : 0), 60.0 * i, 60, i + 1, is_new };
	}
}

struct rates {
	double different, equivalent, covered, rounds;
};

static struct rates
measure(const struct family *f, double factor, int runs, uint64_t *rng)
{
	struct rates r = { 0, 0, 0, 0 };
	struct rounds_visit v[VISITS];
	struct rounds j;

	for (int i = 0; i < runs; i++) {
		visits(v, f, factor, rng);
		j = rounds_judge(v, VISITS, 2);
		r.different += j.verdict == COMPARE_DIFFERENT;
		r.equivalent += j.verdict == COMPARE_EQUIVALENT;
		r.rounds += j.decided_after > 0 ? (double)j.decided_after :
		    ROUNDS;
		if (j.decided_after > 0)	/* as the run stops */
			j = rounds_judge(v, 2 * j.decided_after, 2);
		r.covered += !(j.ci.lo > factor) && !(j.ci.hi < factor);
	}
	r.different /= runs;
	r.equivalent /= runs;
	r.covered /= runs;
	r.rounds /= runs;
	return r;
}

static int
print(double rate, double lo, double hi)
{
	int missed = rate < lo || rate > hi;

	printf(" %6.3f%s", rate, missed ? "!" : " ");
	return missed;
}

int
calibrate_rounds(int runs, uint64_t seed)
{
	static const double effect[] = { 1.05, 1.10, 1.30 };
	int missed = 0;

	/* Two metrics share the level, so one takes half of it. */
	printf("\nRounds: 12 at most, 3 requests a visit, one of two headline "
	    "metrics; ! misses its target\n%-22s %7s %7s %7s %7s %7s %7s %7s "
	    "%7s\n%-22s %7s %7s %7s\n", "family", "A/A", "3 %", "covered",
	    "covered", "5 %", "10 %", "30 %", "rounds", "", "differ", "same",
	    "A/A");
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct family *f = &families[i];
		struct rates aa = measure(f, 1, runs, &seed), r;

		printf("%-22s", f->name);
		missed += print(aa.different, 0, 0.025);
		r = measure(f, 1.03, runs, &seed);
		missed += print(r.equivalent, 0, 0.05);
		missed += print(aa.covered, 0.95, 1);
		missed += print(r.covered, 0.95, 1);
		for (size_t k = 0; k < 3; k++) {
			r = measure(f, effect[k], runs, &seed);
			missed += print(r.different, f->wanted[k], 1);
		}
		printf(" %7.1f\n", r.rounds);
	}
	return missed;
}
