#include "further.h"

#include <math.h>

#include "rng.h"

/* The rounds so far, as a sum that goes on. */
struct sum {
	double n, mean, ss;
};

/* What |t| must reach after n rounds, for each n up to the last. */
struct limits {
	double *different, *excluded;
};

static double
draw_normal(uint64_t *rng)
{
	double x, y, s;

	do {
		x = 2 * rng_unit(rng) - 1;
		y = 2 * rng_unit(rng) - 1;
		s = x * x + y * y;
	} while (s >= 1 || s == 0);
	return x * sqrt(-2 * log(s) / s);
}

/* The t with which n rounds have that E; INFINITY: none. */
static double
t_of(double n, double e)
{
	double lo = 0, hi = 1e9, mid;

	if (rounds_evidence(n, hi) < e)
		return INFINITY;
	for (int i = 0; i < 60; i++) {
		mid = 0.5 * (lo + hi);
		*(rounds_evidence(n, mid) < e ? &lo : &hi) = mid;
	}
	return hi;
}

static void
add(struct sum *s, double d)
{
	double before = d - s->mean;

	s->mean += before / ++s->n;
	s->ss += before * (d - s->mean);
}

/* Do they decide, if t must be so large to differ, or to exclude a value? */
static bool
decides(const struct sum *s, double different, double excluded)
{
	double se = sqrt(s->ss / (s->n - 1) / s->n);
	double lo = log1p(-ROUNDS_MARGIN), hi = log1p(ROUNDS_MARGIN);

	return fabs(s->mean) >= different * se || (s->mean - lo >= excluded *
	    se && hi - s->mean >= excluded * se);
}

/* Rounds until one future decides; FURTHER_FAR + 1: it does not. */
static size_t
follow(struct sum s, const struct limits *at, uint64_t *rng)
{
	double chi2 = 0, sigma, mu, z;
	size_t k;

	for (k = 1; k < (size_t)s.n; k++) {
		z = draw_normal(rng);
		chi2 += z * z;
	}
	sigma = sqrt(s.ss / chi2);
	mu = s.mean + sigma / sqrt(s.n) * draw_normal(rng);
	for (k = 1; k <= FURTHER_FAR; k++) {
		add(&s, mu + sigma * draw_normal(rng));
		if (decides(&s, at->different[k], at->excluded[k]))
			break;
	}
	return k;
}

/* The number that is within a factor of two of most; NAN: of too few. */
static double
choose(const size_t futures[FURTHER_FAR + 2])
{
	size_t best = 0, most = 0, n;

	for (size_t k = 1; 2 * k <= FURTHER_FAR; k++) {
		n = 0;
		for (size_t i = (k + 1) / 2; i <= 2 * k; i++)
			n += futures[i];
		if (n > most) {
			most = n;
			best = k;
		}
	}
	return (double)most < FURTHER_SURE * FURTHER_FUTURES ? NAN :
	    (double)best;
}

double
further_rounds(const struct rounds *r)
{
	size_t futures[FURTHER_FAR + 2] = { 0 };
	double t[2][FURTHER_FAR + 1], n = (double)r->n;
	struct limits at = { t[0], t[1] };
	struct sum s = { n, log(r->ratio), r->sd * r->sd * (n - 1) };
	uint64_t rng = rng_seed(r->n, "further");

	if (r->verdict != COMPARE_INCONCLUSIVE || r->n < 2)
		return NAN;
	for (size_t k = 1; k <= FURTHER_FAR; k++) {
		at.different[k] = t_of(n + (double)k, r->e_needed);
		at.excluded[k] = t_of(n + (double)k, 1 / ROUNDS_ALPHA);
	}
	for (size_t i = 0; i < FURTHER_FUTURES; i++)
		futures[follow(s, &at, &rng)]++;
	return choose(futures);
}
