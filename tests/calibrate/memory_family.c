#include "memory_family.h"

#include <math.h>

#include "draw.h"

#define BASE 5000.0	/* MiB held after the load */

static void
flat(struct memory_run *r)
{
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] = BASE;
}

static void
noise(struct memory_run *r, double sd, uint64_t *rng)
{
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] += sd * draw_normal(rng);
}

/* AR(1) with marginal standard deviation sd. */
static void
ar_noise(struct memory_run *r, double a, double sd, uint64_t *rng)
{
	double e = sd * draw_normal(rng);

	for (size_t i = 0; i < r->n; i++) {
		r->floor[i] += e;
		e = a * e + sd * sqrt(1 - a * a) * draw_normal(rng);
	}
}

static void
linear(struct memory_run *r, double leak)
{
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] += leak * (double)(i + 1);
}

static void
warm_up_log(struct memory_run *r, double size)
{
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] += size * log((double)(i + 1));
}

static void
warm_up_exp(struct memory_run *r, double size, double tau)
{
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] += size * (1 - exp(-(double)i / tau));
}

static void
step_at(struct memory_run *r, size_t at, double size)
{
	for (size_t i = at; i < r->n; i++)
		r->floor[i] += size;
}

/* Upward spikes that had not gone when the next request left. */
static void
spikes(struct memory_run *r, double share, double size, uint64_t *rng)
{
	for (size_t i = 0; i < r->n; i++)
		if (draw_unit(rng) < share)
			r->floor[i] += size * draw_exponential(rng);
}

/* Garbage grows by about rate per request and is collected at a limit. */
static void
sawtooth(struct memory_run *r, double rate, double limit, uint64_t *rng)
{
	double garbage = limit * draw_unit(rng);

	for (size_t i = 0; i < r->n; i++) {
		garbage += rate * draw_range(rng, 0.5, 1.5);
		if (garbage > limit * draw_range(rng, 0.9, 1.1))
			garbage = 0;
		r->floor[i] += garbage;
	}
}

static void
contexts(struct memory_run *r, uint64_t *rng)
{
	for (size_t i = 0; i < r->n; i++)
		r->context[i] = floor(draw_range(rng, 500, 4000));
}

/* A cache as large as the longest context so far. */
static void
high_water(struct memory_run *r, double per_token)
{
	double most = 0;

	for (size_t i = 0; i < r->n; i++) {
		most = fmax(most, r->context[i]);
		r->floor[i] += per_token * most;
	}
}

/* ---- without a leak ------------------------------------------------------*/

static void
null_white(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	noise(r, 2, rng);
}

static void
null_ar(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	ar_noise(r, 0.7, 2, rng);
}

static void
null_ar_strong(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	ar_noise(r, 0.95, 5, rng);
}

static void
null_random_walk(struct memory_run *r, double leak, uint64_t *rng)
{
	double walk = 0;

	flat(r);
	linear(r, leak);
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] += walk += draw_normal(rng);
}

static void
null_heavy(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] += draw_t(rng, 2);
}

static void
null_spikes(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	noise(r, 1, rng);
	spikes(r, 0.2, 15, rng);
}

static void
null_warm_log(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	warm_up_log(r, draw_range(rng, 5, 30));
	noise(r, 2, rng);
}

static void
null_warm_fast(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	warm_up_exp(r, draw_range(rng, 20, 200), (double)r->n / 10);
	noise(r, 2, rng);
}

static void
null_warm_slow(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	warm_up_exp(r, draw_range(rng, 20, 200), (double)r->n / 4);
	noise(r, 2, rng);
}

static void
null_high_water(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	contexts(r, rng);
	linear(r, leak);
	high_water(r, 0.1);
	noise(r, 2, rng);
}

static void
null_step(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	step_at(r, draw_below(rng, r->n), draw_range(rng, 10, 100));
	noise(r, 2, rng);
}

static void
null_steps(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	for (int k = 0; k < 3; k++)
		step_at(r, draw_below(rng, r->n / 2 + 1),
		    draw_range(rng, 5, 50));
	noise(r, 2, rng);
}

static void
null_cache_fills(struct memory_run *r, double leak, uint64_t *rng)
{
	double full = (double)r->n * draw_range(rng, 0.2, 0.6);

	flat(r);
	linear(r, leak);
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] += 3 * fmin((double)i, full);
	noise(r, 2, rng);
}

/* Every prompt is cached the first time it comes, in random order. */
static void
null_coupons(struct memory_run *r, double leak, uint64_t *rng)
{
	char seen[64] = { 0 };
	double cached = 0;
	size_t prompts = r->n / 5 < 40 ? r->n / 5 + 2 : 40;

	flat(r);
	linear(r, leak);
	for (size_t i = 0; i < r->n; i++) {
		size_t k = draw_below(rng, prompts);

		cached += seen[k] ? 0 : draw_range(rng, 1, 8);
		seen[k] = 1;
		r->floor[i] += cached;
	}
	noise(r, 2, rng);
}

static void
null_sawtooth(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	sawtooth(r, 8, 50, rng);
	noise(r, 2, rng);
}

static void
null_sawtooth_warm(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	sawtooth(r, 8, 50, rng);
	warm_up_exp(r, 100, (double)r->n / 8);
	noise(r, 2, rng);
}

/* The longest run of demand so far stays mapped: fragmentation. */
static void
null_fragments(struct memory_run *r, double leak, uint64_t *rng)
{
	double most = 0;

	flat(r);
	linear(r, leak);
	for (size_t i = 0; i < r->n; i++) {
		most = fmax(most, 10 * exp(0.6 * draw_normal(rng)));
		r->floor[i] += most;
	}
	noise(r, 1, rng);
}

static void
null_falling(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	warm_up_exp(r, -100, (double)r->n / 3);
	noise(r, 2, rng);
}

static void
null_warm_twice(struct memory_run *r, double leak, uint64_t *rng)
{
	flat(r);
	linear(r, leak);
	warm_up_exp(r, draw_range(rng, 20, 100), (double)r->n / 20);
	warm_up_exp(r, draw_range(rng, 5, 50), (double)r->n / 4);
	noise(r, 2, rng);
}

/* Comes to rest like 1 / sqrt(i): slower than any exponential. */
static void
null_warm_root(struct memory_run *r, double leak, uint64_t *rng)
{
	double size = draw_range(rng, 20, 200);

	flat(r);
	linear(r, leak);
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] -= size / sqrt((double)(i + 1));
	noise(r, 2, rng);
}

/* Steps that get rarer: each arena lasts twice as long as the one before. */
static void
null_doubling(struct memory_run *r, double leak, uint64_t *rng)
{
	double next = draw_range(rng, 1, 4);

	flat(r);
	linear(r, leak);
	while (next < (double)r->n) {
		step_at(r, (size_t)next, draw_range(rng, 8, 32));
		next *= draw_range(rng, 1.6, 2.4);
	}
	noise(r, 1, rng);
}

const struct memory_family memory_nulls[] = {
	{ "white noise", null_white, 0 },
	{ "AR(1) 0.7", null_ar, 0 },
	{ "AR(1) 0.95", null_ar_strong, 0 },
	{ "random walk", null_random_walk, 0 },
	{ "heavy tails, t(2)", null_heavy, 0 },
	{ "upward spikes", null_spikes, 0 },
	{ "warm-up, logarithmic", null_warm_log, 0 },
	{ "warm-up, tau n/10", null_warm_fast, 0 },
	{ "warm-up, tau n/4", null_warm_slow, 0 },
	{ "warm-up, two in one", null_warm_twice, 0 },
	{ "warm-up, 1 / sqrt", null_warm_root, 0 },
	{ "steps that get rarer", null_doubling, 0 },
	{ "high-water of context", null_high_water, 1 },
	{ "one step", null_step, 0 },
	{ "three early steps", null_steps, 0 },
	{ "cache fills, then full", null_cache_fills, 0 },
	{ "each prompt cached once", null_coupons, 0 },
	{ "sawtooth", null_sawtooth, 0 },
	{ "sawtooth and warm-up", null_sawtooth_warm, 0 },
	{ "fragmentation", null_fragments, 0 },
	{ "memory given back", null_falling, 0 },
	{ NULL, NULL, 0 }
};

/* ---- with a leak ---------------------------------------------------------*/

/* What leaks fills an arena of 4 MiB before the floor rises. */
static void
leak_arenas(struct memory_run *r, double leak, uint64_t *rng)
{
	double start = draw_unit(rng);

	flat(r);
	for (size_t i = 0; i < r->n; i++)
		r->floor[i] += 4 * floor(start + leak * (double)(i + 1) / 4);
	noise(r, 1, rng);
}

/* So much per token of context, leak MiB per request on average. */
static void
leak_tokens(struct memory_run *r, double leak, uint64_t *rng)
{
	double sum = 0;

	flat(r);
	contexts(r, rng);
	for (size_t i = 0; i < r->n; i++) {
		sum += r->context[i];
		r->floor[i] += leak * sum / 2250;
	}
	high_water(r, 0.02);
	noise(r, 1, rng);
}

/* One request in four leaks four times as much. */
static void
leak_sometimes(struct memory_run *r, double leak, uint64_t *rng)
{
	double sum = 0;

	flat(r);
	for (size_t i = 0; i < r->n; i++) {
		sum += draw_unit(rng) < 0.25 ? 4 * leak : 0;
		r->floor[i] += sum;
	}
	noise(r, 1, rng);
}

const struct memory_family memory_leaks[] = {
	{ "white noise", null_white, 0 },
	{ "AR(1) 0.7", null_ar, 0 },
	{ "upward spikes", null_spikes, 0 },
	{ "warm-up, logarithmic", null_warm_log, 0 },
	{ "warm-up, tau n/10", null_warm_fast, 0 },
	{ "sawtooth", null_sawtooth, 0 },
	{ "arenas of 4 MiB", leak_arenas, 0 },
	{ "per token of context", leak_tokens, 1 },
	{ "one request in four", leak_sometimes, 0 },
	{ NULL, NULL, 0 }
};
