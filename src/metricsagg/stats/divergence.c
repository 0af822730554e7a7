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
