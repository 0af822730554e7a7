#include "divergence.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "rng.h"
#include "xalloc.h"

/* Less than this is what is left by rounding, and no choice. */
static const double least = 1e-6;

/* What is less likely was not weighed but ruled out: -9999, -3.4e38, -inf. */
static const double never = -100;

static const struct choice *
choice_of(const struct choice *c, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(c[i].text, text) == 0)
			return &c[i];
	return NULL;
}

/* Do they add up to more than there is?  Then they are no probabilities. */
static bool
is_too_much(const struct choice *c, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += exp(c[i].ln_p);
	return sum > 1.01;
}

double
divergence_kl(const struct choice *p, size_t n_p, const struct choice *q,
    size_t n_q, double *seen)
{
	double kl = 0, rest_p = 1, rest_q = 1;
	const struct choice *other;

	for (size_t i = 0; i < n_p && n_q > 0; i++) {
		other = choice_of(q, n_q, p[i].text);
		if (other == NULL || p[i].ln_p < never || other->ln_p < never)
			continue;
		kl += exp(p[i].ln_p) * (p[i].ln_p - other->ln_p);
		rest_p -= exp(p[i].ln_p);
		rest_q -= exp(other->ln_p);
	}
	if (seen != NULL)
		*seen = 1 - rest_p;
	if (n_p == 0 || n_q == 0 || is_too_much(p, n_p) || is_too_much(q, n_q))
		return NAN;
	if (rest_p > least)
		kl += rest_p * log(rest_p / fmax(rest_q, least));
	return kl > 0 ? kl : 0;
}

struct interval
divergence_mean_ci(const double *x, size_t n, uint64_t seed)
{
	enum { DRAWS = 999 };
	struct interval ci = { NAN, NAN };
	double mean[DRAWS], sum;
	size_t i;

	if (n < 6)
		return ci;
	for (int k = 0; k < DRAWS; k++) {
		for (i = 0, sum = 0; i < n; i++)
			sum += x[rng_below(&seed, n)];
		mean[k] = sum / (double)n;
	}
	order_sort(mean, DRAWS);
	ci.lo = mean[24];	/* of 999 draws: (999 + 1) * .025 - 1 */
	ci.hi = mean[974];
	return ci;
}

/* A change of signs: the sum of the values with them, and of the signs. */
struct flip {
	double sum, signs;
};

enum { FLIPS = 3999 };

static void
draw_flips(struct flip *flip, const double *x, size_t n, uint64_t *rng)
{
	uint64_t bits = 0;
	double sign;

	for (size_t k = 0; k < FLIPS; k++) {
		flip[k] = (struct flip){ 0, 0 };
		for (size_t i = 0; i < n; i++, bits >>= 1) {
			if (i % 64 == 0)
				bits = rng_next(rng);
			sign = bits & 1 ? 1 : -1;
			flip[k].sum += sign * x[i];
			flip[k].signs += sign;
		}
	}
}

/* How likely is a mean as far from c as this one, were it c? */
static double
flip_p(const struct flip *flip, double sum, size_t n, double c)
{
	double far = fabs(sum - c * (double)n) * (1 - 1e-12);
	size_t as_far = 1;

	for (size_t k = 0; k < FLIPS; k++)
		as_far += fabs(flip[k].sum - c * flip[k].signs) >= far;
	return (double)as_far / (FLIPS + 1);
}

struct interval
divergence_difference_ci(const double *x, size_t n, double alpha,
    uint64_t seed)
{
	struct interval ci = { NAN, NAN };
	struct flip flip[FLIPS];
	double sum = 0, lo, hi, in, c;

	if (n < 6)
		return ci;
	draw_flips(flip, x, n, &seed);
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	in = ci.lo = ci.hi = sum / (double)n;
	for (size_t i = 0; i < n; i++) {
		ci.lo = fmin(ci.lo, x[i]);
		ci.hi = fmax(ci.hi, x[i]);
	}
	lo = hi = in;
	for (int i = 0; i < 40; i++) {
		c = (ci.lo + lo) / 2;
		*(flip_p(flip, sum, n, c) > alpha ? &lo : &ci.lo) = c;
		c = (ci.hi + hi) / 2;
		*(flip_p(flip, sum, n, c) > alpha ? &hi : &ci.hi) = c;
	}
	/* With ties p does not fall evenly: at 0 it is looked at itself. */
	if (flip_p(flip, sum, n, 0) > alpha)
		return (struct interval){ fmin(lo, 0), fmax(hi, 0) };
	return (struct interval){ lo, hi };
}
