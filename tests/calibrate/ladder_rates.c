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
static const double limit = 0.1;

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

static const struct shape {
	const char *name;
	double (*of)(double);
	int is_curve;		/* one that is fitted: it should be predicted */
} shapes[] = {
	{ "a + b n", straight, 1 }, { "a + b n + c n^2", bent, 1 },
	{ "slow start", slow_start, 1 }, { "cliff at 3000", cliff, 0 }
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
climb(const struct noise_family *f, double (*of)(double), uint64_t *rng)
{
	struct ladder_point p[POINTS];
	double noise[POINTS];

	f->noise(noise, POINTS, rng);
	for (int i = 0; i < POINTS; i++)
		p[i] = (struct ladder_point){ tokens[i % RUNGS],
		    tokens[i % RUNGS], exp(noise[i]) * of(tokens[i % RUNGS] /
		    1000) };
	return ladder_of(p, POINTS, VISITS, 3, limit, "variant");
}

struct rates {
	double shown, covers, wide;
};

static struct rates
measure(const struct noise_family *f, const struct shape *s, int runs,
    uint64_t *rng)
{
	double truth = s->of(8) * exp(typical(f, rng));
	double *wide = malloc((size_t)runs * sizeof(*wide));
	struct rates r = { 0, 0, NAN };
	size_t n = 0;

	for (int i = 0; i < runs; i++) {
		struct ladder l = climb(f, s->of, rng);
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
	return missed;
}
