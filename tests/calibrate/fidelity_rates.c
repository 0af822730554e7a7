/*
 * Three variants beside a reference: how often is one of them called nearer
 * that is not, in any of the three pairs?
 */
#include <math.h>
#include <stdio.h>

#include "calibrate.h"
#include "draw.h"
#include "stats/divergence.h"
#include "stats/holm.h"
#include "stats/mcnemar.h"

enum { VARIANTS = 3, PAIRS = 3, MOST = 300 };

/* Divergences of mean 1, alike on a prefix, and how much they scatter. */
struct family {
	const char *name;
	double prefix, own[VARIANTS], mean[VARIANTS];
	double rare;		/* else: a few large ones, all else none */
	const char *expected;
	double lo, hi;
};

static const struct family families[] = {
	{ "alike", 1.5, { .7, .7, .7 }, { 1, 1, 1 }, 0, "(.01)", 0, .03 },
	{ "one mean, other shapes", 1, { .4, .8, 1.2 }, { 1, 1, 1 }, 0,
	    "(.04)", 0, .06 },
	{ "one mean, one scatters", 1, { .5, .5, 1.5 }, { 1, 1, 1 }, 0,
	    "(.09)", 0, .1 },
	{ "a few large ones", 0, { 0, 0, 0 }, { 1, 1, 1 }, .05, "(.00)", 0,
	    .03 },
	{ "one is half as far", 1.5, { .7, .7, .7 }, { 1, 1, .5 }, 0,
	    "(found)", 0, 1 }
};

static double
divergence(const struct family *f, double prefix, int of, uint64_t *rng)
{
	double s = f->own[of];

	if (f->rare > 0)
		return draw_unit(rng) < f->rare ? 1 : 1e-3;
	return f->mean[of] * exp(f->prefix * prefix + s * draw_normal(rng) -
	    s * s / 2);
}

/* Is any pair called different? */
static int
is_called(const struct family *f, int n, uint64_t *rng)
{
	const uint64_t seed = 42;
	static double kl[PAIRS][MOST];
	double d[VARIANTS], prefix;
	struct interval ci;
	int called = 0;

	for (int i = 0; i < n; i++) {
		prefix = draw_normal(rng);
		for (int k = 0; k < VARIANTS; k++)
			d[k] = divergence(f, prefix, k, rng);
		for (int k = 0; k < PAIRS; k++)
			kl[k][i] = d[(k + 1) % VARIANTS] - d[k];
	}
	for (int k = 0; k < PAIRS; k++) {
		ci = divergence_difference_ci(kl[k], (size_t)n,
		    DIVERGENCE_ALPHA / PAIRS, seed);
		called |= ci.lo > 0 || ci.hi < 0;
	}
	return called;
}

/* The same of first choices that each keeps on a prefix with one chance. */
static int
is_flip_called(int n, uint64_t *rng)
{
	size_t only[PAIRS][2] = { { 0 } };
	double p[PAIRS], chance;
	int keeps[VARIANTS], called = 0;

	for (int i = 0; i < n; i++) {
		chance = draw_unit(rng) < .5 ? .95 : .7;
		for (int k = 0; k < VARIANTS; k++)
			keeps[k] = draw_unit(rng) < chance;
		for (int k = 0; k < PAIRS; k++) {
			only[k][0] += keeps[k] && !keeps[(k + 1) % VARIANTS];
			only[k][1] += !keeps[k] && keeps[(k + 1) % VARIANTS];
		}
	}
	for (int k = 0; k < PAIRS; k++)
		p[k] = mcnemar_p(only[k][0], only[k][1]);
	holm(p, p, PAIRS);
	for (int k = 0; k < PAIRS; k++)
		called |= p[k] < .05;
	return called;
}

static int
rates_at(int n, int runs, uint64_t seed)
{
	const struct family *f;
	int missed = 0, called, flips = 0;
	char what[80];

	for (f = families; f < families + sizeof(families) /
	    sizeof(families[0]); f++) {
		called = 0;
		for (int i = 0; i < runs; i++)
			called += is_called(f, n, &seed);
		snprintf(what, sizeof(what), "nearer: %s, %d prefixes",
		    f->name, n);
		missed += calibrate_line(what, (double)called / runs,
		    f->expected, f->lo, f->hi);
	}
	for (int i = 0; i < runs; i++)
		flips += is_flip_called(n, &seed);
	snprintf(what, sizeof(what), "first choices: alike, %d prefixes", n);
	return missed + calibrate_line(what, (double)flips / runs, "(.05)", 0,
	    .07);
}

int
calibrate_fidelity(int runs, uint64_t seed)
{
	printf("\nWhich of three is nearer to the reference: any false name\n"
	    "%-44s measured  reference  target\n", "");
	return rates_at(80, runs, seed) + rates_at(MOST, runs, seed + 1);
}
