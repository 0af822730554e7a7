#include "noise_family.h"

#include <math.h>
#include <stddef.h>

#include "draw.h"

static void
normal(double *x, int n, uint64_t *rng, double sd)
{
	for (int k = 0; k < n; k++)
		x[k] = sd * draw_normal(rng);
}

static void
white(double *x, int n, uint64_t *rng)
{
	normal(x, n, rng, 0.03);
}

static void
heavy(double *x, int n, uint64_t *rng)
{
	for (int k = 0; k < n; k++)
		x[k] = 0.02 * draw_t(rng, 2);
}

static void
cauchy(double *x, int n, uint64_t *rng)
{
	for (int k = 0; k < n; k++)
		x[k] = 0.01 * fmax(-300, fmin(300, draw_t(rng, 1)));
}

static void
correlated(double *x, int n, uint64_t *rng, double a)
{
	double e = draw_normal(rng);

	for (int k = 0; k < n; k++) {
		x[k] = 0.03 * e;
		e = a * e + sqrt(1 - a * a) * draw_normal(rng);
	}
}

static void
ar5(double *x, int n, uint64_t *rng)
{
	correlated(x, n, rng, 0.5);
}

static void
ar8(double *x, int n, uint64_t *rng)
{
	correlated(x, n, rng, 0.8);
}

static void
ar95(double *x, int n, uint64_t *rng)
{
	correlated(x, n, rng, 0.95);
}

static void
linear(double *x, int n, uint64_t *rng)
{
	double total = draw_range(rng, 0.05, 0.2);

	white(x, n, rng);
	for (int k = 0; k < n; k++)
		x[k] += total * k / n;
}

static void
exponential(double *x, int n, uint64_t *rng)
{
	double tau = draw_range(rng, 5, 40);

	white(x, n, rng);
	for (int k = 0; k < n; k++)
		x[k] += 0.15 * (1 - exp(-k / tau));
}

static void
quadratic(double *x, int n, uint64_t *rng)
{
	double total = draw_range(rng, 0.05, 0.2);

	white(x, n, rng);
	for (int k = 0; k < n; k++)
		x[k] += total * k * k / n / n;
}

/* A machine that is slower by 15 % for some requests, then not for some. */
static void
throttled(double *x, int n, uint64_t *rng, double sd, double turns)
{
	int slow = 0;

	normal(x, n, rng, sd);
	for (int k = 0; k < n; k++) {
		if (draw_unit(rng) < turns)
			slow = !slow;
		x[k] += slow ? 0.15 : 0;
	}
}

static void
throttling(double *x, int n, uint64_t *rng)
{
	throttled(x, n, rng, 0.02, 0.05);	/* for 20 requests */
}

static void
restless(double *x, int n, uint64_t *rng)
{
	throttled(x, n, rng, 0.03, 0.1);
}

static void
walk(double *x, int n, uint64_t *rng)
{
	double at = 0;

	for (int k = 0; k < n; k++)
		x[k] = at += 0.01 * draw_normal(rng);
}

static void
per_load(double *x, int n, uint64_t *rng, double sd)
{
	normal(x, n, rng, 0.02);
	for (int v = 0; v < n / NOISE_PER_VISIT; v++) {
		double of_load = sd * draw_normal(rng);

		for (int k = 0; k < NOISE_PER_VISIT; k++)
			x[v * NOISE_PER_VISIT + k] += of_load;
	}
}

static void
load15(double *x, int n, uint64_t *rng)
{
	per_load(x, n, rng, 0.015);
}

static void
load30(double *x, int n, uint64_t *rng)
{
	per_load(x, n, rng, 0.03);
}

static void
slow_first(double *x, int n, uint64_t *rng)
{
	white(x, n, rng);
	for (int k = 0; k < n; k += NOISE_PER_VISIT)
		x[k] += 0.3 * draw_unit(rng);
}

/* A clock of 10 ms and times of 300 ms. */
static void
coarse(double *x, int n, uint64_t *rng)
{
	white(x, n, rng);
	for (int k = 0; k < n; k++)
		x[k] = log(round(30 * exp(x[k])) / 30);
}

/* Another program that works every so often. */
static void
periodic(double *x, int n, uint64_t *rng)
{
	double period = draw_range(rng, 4, 40), at = draw_unit(rng);

	white(x, n, rng);
	for (int k = 0; k < n; k++)
		x[k] += fmod(k / period + at, 1) < 0.3 ? 0.1 : 0;
}

static void
stalls(double *x, int n, uint64_t *rng)
{
	white(x, n, rng);
	for (int k = 0; k < n; k++)
		x[k] += draw_unit(rng) < 0.1 ? draw_exponential(rng) : 0;
}

const struct noise_family noise_families[] = {
	{ "white 3 %", white, 0, { 0.87, 0.95, 0.95 } },
	{ "t(2)", heavy, 0, { 0.87, 0.95, 0.95 } },
	{ "Cauchy", cauchy, 0, { 0, 0, 0 } },
	{ "AR .5", ar5, 0, { 0, 0, 0 } },
	{ "AR .8", ar8, 0, { 0.92, 0.95, 0.95 } },
	{ "AR .95", ar95, 0, { 0, 0, 0 } },
	{ "linear drift", linear, 0, { 0, 0, 0 } },
	{ "exponential", exponential, 0, { 0, 0, 0 } },
	{ "quadratic", quadratic, 0, { 0, 0, 0 } },
	{ "throttling 15 %", throttling, 0, { 0.49, 0.85, 0.95 } },
	{ "random walk", walk, 0, { 0, 0, 0 } },
	{ "load 1.5 %", load15, 0, { 0.87, 0.95, 0.95 } },
	{ "load 3 %", load30, 0, { 0.35, 0.95, 0.95 } },
	{ "slow first request", slow_first, 0, { 0, 0, 0 } },
	{ "10 ms clock", coarse, 0, { 0, 0, 0 } },
	{ "30 % fail on one side", white, 0.3, { 0, 0, 0 } },
	{ "throttling, 10 requests", restless, 0, { 0, 0, 0.95 } },
	{ "periodic load", periodic, 0, { 0, 0, 0 } },
	{ "stalls", stalls, 0, { 0, 0, 0 } },
	{ NULL, NULL, 0, { 0, 0, 0 } }
};
