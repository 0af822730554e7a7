/* Is the next size of a ladder of prompts what was predicted? */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrate.h"
#include "draw.h"
#include "noise_family.h"
#include "stats/ladder.h"
#include "stats/order.h"

enum { RUNGS = 5, VISITS = 6, POINTS = RUNGS * VISITS, TYPICAL = 10001 };

static const double tokens[RUNGS] = { 256, 512, 1000, 2000, 4000 };

/* Seconds by thousands of tokens. */
static double
straight(double x)
{
	return 0.1 + x;
}

static double
bent(double x)
{
	return 0.1 + x + 0.1 * x * x;
}

static double
slow_start(double x)	/* short prompts are processed less well */
{
	return 0.1 + x + 0.1 * x * x + 0.1 * (1 - exp(-x));
}

static double
cliff(double x)		/* from 3000 on half as fast */
{
	return 0.1 + x + fmax(0, x - 3);
}

/* Seconds a token, and GiB beside 4 of weights. */
static double
deep(double x)
{
	return 0.01 + 0.001 * x;
}

static double
shallow(double x)	/* from 3000 on the cache is read half as fast */
{
	return 0.01 + 0.001 * x + 0.004 * fmax(0, x - 3);
}

static double
filled(double x)
{
	return 4 + 0.125 * x;
}

static double
by_blocks(double x)	/* of 256 tokens, as a cache grows */
{
	return 4 + 0.125 * 0.256 * ceil(x / 0.256);
}

static double
spilled(double x)	/* from 3000 on four times as much */
{
	return 4 + 0.125 * x + 0.375 * fmax(0, x - 3);
}

static const struct shape {
	const char *name;
	double (*of)(double);
	int is_curve;		/* one that is fitted: it should be predicted */
	unsigned terms;		/* as judge/next.c asks for it */
	double limit, noise;	/* times that of a family */
} shapes[] = {
	{ "a + b n", straight, 1, 3, 0.1, 1 },
	{ "a + b n + c n^2", bent, 1, 3, 0.1, 1 },
	{ "slow start", slow_start, 1, 3, 0.1, 1 },
	{ "cliff at 3000", cliff, 0, 3, 0.1, 1 },
	{ "token d + e n", deep, 1, 2, 0.1, 1 },
	{ "token cliff", shallow, 0, 2, 0.1, 1 },
	{ "memory w + k n", filled, 1, 2, 0.03, 0.1 },
	{ "memory by blocks", by_blocks, 1, 2, 0.03, 0.1 },
	{ "memory cliff", spilled, 0, 2, 0.03, 0.1 }
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* A whole run is in one state of the machine, which it cannot know. */
static int
is_moody(const struct noise_family *f)
{
	return strcmp(f->name, "AR .95") == 0 ||
	    strcmp(f->name, "random walk") == 0 ||
	    strncmp(f->name, "throttling", 10) == 0;
}

/* The median of what a family adds. */
static double
typical(const struct noise_family *f, uint64_t *rng)
{
	static double x[TYPICAL + POINTS];
	size_t n = 0;

	for (; n < TYPICAL; n += POINTS)
		f->noise(x + n, POINTS, rng);
	order_sort(x, n);
	return quantile_median(x, n);
}

static struct ladder
climb(const struct noise_family *f, const struct shape *s, uint64_t *rng)
{
	struct ladder_point p[POINTS];
	double noise[POINTS];

	f->noise(noise, POINTS, rng);
	for (int i = 0; i < POINTS; i++)
		p[i] = (struct ladder_point){ tokens[i % RUNGS],
		    tokens[i % RUNGS], exp(s->noise * noise[i]) *
		    s->of(tokens[i % RUNGS] / 1000) };
	return ladder_of(p, POINTS, VISITS, s->terms, s->limit, s->name);
}

struct rates {
	double shown, covers, wide;
};

static struct rates
measure(const struct noise_family *f, const struct shape *s, int runs,
    uint64_t *rng)
{
	double truth = s->of(8) * exp(s->noise * typical(f, rng));
	double *wide = malloc((size_t)runs * sizeof(*wide));
	struct rates r = { 0, 0, NAN };
	size_t n = 0;

	for (int i = 0; i < runs; i++) {
		struct ladder l = climb(f, s, rng);
		struct interval ci = ladder_ci(&l, 8000);

		if (l.verdict != LADDER_PREDICTED)
			continue;
		r.covers += ci.lo <= truth && truth <= ci.hi;
		wide[n++] = ci.hi / ci.lo;
	}
	order_sort(wide, n);
	r.shown = (double)n / runs;
	r.covers /= (double)n;
	r.wide = sqrt(quantile_median(wide, n)) - 1;
	free(wide);
	return r;
}

/* ---- where two cross ---------------------------------------------------- */

static double
lower_slope(double x)	/* crosses straight() at 2000 */
{
	return 0.6 + 0.75 * x;
}

static double
far_slope(double x)	/* at 6000, half as far again as the longest rung */
{
	return 1.6 + 0.75 * x;
}

static double
slow_slope(double x)	/* slow_start(), there */
{
	return 9.79975 + 1.38 * (x - 6);
}

static double
soft_cliff(double x)	/* from 3000 on a fifth slower */
{
	return 0.1 + x + 0.2 * fmax(0, x - 3);
}

static double
soft_slope(double x)	/* soft_cliff(), there */
{
	return 1.9 + 0.8 * x;
}

static double
near_slope(double x)	/* slow_start(), at 4500 */
{
	return 6.72389 + 1.2 * (x - 4.5);
}

static double
token_slope(double x)	/* deep(), at 6000 */
{
	return 0.0136 + 0.0004 * x;
}

static double
above(double x)		/* straight(), nowhere */
{
	return 0.12 + 1.2 * x;
}

static const struct pair {
	const char *name;
	double (*a)(double), (*b)(double);
	unsigned terms;
	double noise;		/* times that of a family */
	double at;		/* where they cross; 0: nowhere */
} pairs[] = {
	{ "at 2000", straight, lower_slope, 3, 1, 2000 },
	{ "nowhere", straight, above, 3, 1, 0 },
	{ "at 6000", straight, far_slope, 3, 0.2, 6000 },
	{ "slow start, 4500", slow_start, near_slope, 3, 0.2, 4500 },
	{ "slow start, 6000", slow_start, slow_slope, 3, 0.2, 6000 },
	{ "soft cliff, 6000", soft_cliff, soft_slope, 3, 0.2, 6000 },
	{ "token, 6000", deep, token_slope, 2, 0.2, 6000 }
};
enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]) };

struct crossings {
	double told, covers, denied;
};

static struct ladder_crossing
cross(const struct noise_family *f, const struct pair *p, uint64_t *rng)
{
	struct shape sa = { p->name, p->a, 1, p->terms, 0.1, p->noise };
	struct shape sb = { "other", p->b, 1, p->terms, 0.1, p->noise };
	struct ladder a, b;

	a = climb(f, &sa, rng);
	b = climb(f, &sb, rng);
	if (a.verdict == LADDER_PREDICTED && b.verdict == LADDER_PREDICTED)
		return ladder_cross(&a, &b, tokens[0], 8000);
	return (struct ladder_crossing){ .verdict = CROSSING_CANNOT_TELL };
}

static struct crossings
measure_crossings(const struct noise_family *f, const struct pair *p, int runs,
    uint64_t *rng)
{
	struct crossings r = { 0, 0, 0 };
	struct ladder_crossing c;

	for (int i = 0; i < runs; i++) {
		c = cross(f, p, rng);
		r.told += c.verdict == CROSSING_ONE;
		r.denied += c.verdict == CROSSING_NONE;
		r.covers += c.verdict == CROSSING_ONE && c.ci.lo <= p->at &&
		    p->at <= c.ci.hi;
	}
	r.covers /= r.told;
	r.told /= runs;
	r.denied /= runs;
	return r;
}

static int
calibrate_crossings(int runs, uint64_t seed)
{
	int missed = 0;

	printf("\nTwo that cross: told / its interval covers (.85 at least, "
	    "else !) / said not to (.05\nat most); nowhere: said to .05 at "
	    "most\n%-24s", "family");
	for (size_t i = 0; i < PAIRS; i++)
		printf(" %-16s", pairs[i].name);
	putchar('\n');
	for (const struct noise_family *f = noise_families; f->name != NULL;
	    f++) {
		printf("%-24s", f->name);
		for (size_t i = 0; i < PAIRS; i++) {
			struct crossings r = measure_crossings(f, &pairs[i],
			    runs, &seed);
			int bad = !is_moody(f) && (pairs[i].at > 0 ?
			    r.covers < 0.85 || r.denied > 0.05 :
			    r.told > 0.05);

			printf(" %.2f/%.2f/%.2f%s  ", r.told, r.covers,
			    r.denied, bad ? "!" : " ");
			missed += bad;
		}
		putchar('\n');
	}
	return missed;
}

int
calibrate_ladder(int runs, uint64_t seed)
{
	int missed = 0;

	printf("\nThe next size of a ladder of %d rungs to %.0f tokens, %d "
	    "requests of each:\nshown (of a cliff .1 at most) / its interval covers "
	    "(.85 at least, else !) / half of its width\n%-24s", RUNGS,
	    tokens[RUNGS - 1], VISITS, "family");
	for (size_t i = 0; i < SHAPES; i++)
		printf(" %-16s", shapes[i].name);
	putchar('\n');
	for (const struct noise_family *f = noise_families; f->name != NULL;
	    f++) {
		printf("%-24s", f->name);
		for (size_t i = 0; i < SHAPES; i++) {
			struct rates r = measure(f, &shapes[i], runs, &seed);
			int bad = !is_moody(f) && (shapes[i].is_curve ?
			    r.covers < 0.85 : r.shown > 0.1);

			printf(" %.2f/%.2f%s/%.3f ", r.shown, r.covers,
			    bad ? "!" : " ", r.wide);
			missed += bad;
		}
		putchar('\n');
	}
	return missed + calibrate_crossings(runs, seed);
}
