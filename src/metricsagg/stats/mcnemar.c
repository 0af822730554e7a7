#include "mcnemar.h"

#include <math.h>

static const double z975 = 1.95996398454005423552, z90 = 1.28155156554460046700;

/* The chance of k heads of n coins, by products and exact halvings. */
static double
heads(size_t k, size_t n)
{
	size_t halvings = n;
	double p = 1;

	for (size_t i = 1; i <= k; i++) {
		p *= (double)(n - k + i) / (double)i;
		for (; p > 1 && halvings > 0; halvings--)
			p /= 2;
	}
	return ldexp(p, -(int)halvings);
}

double
mcnemar_p(size_t b, size_t c)
{
	size_t n = b + c, k = b < c ? b : c;
	double p = heads(k, n), sum = p;

	if (b == c)
		return 1;
	for (; k > 0; k--) {
		p *= (double)k / (double)(n - k + 1);
		sum += p;
	}
	return 2 * sum > 1 ? 1 : 2 * sum;
}

/* The score statistic of a difference d of the shares. */
static double
score(double b, double c, double n, double d)
{
	double linear = -b - c + (2 * n - c + b) * d;
	double only = (sqrt(linear * linear + 8 * n * b * d * (1 - d)) -
	    linear) / (4 * n);	/* most likely share of b, given d */
	double variance = n * (2 * only + d * (1 - d));

	return variance > 0 ? (c - b - n * d) / sqrt(variance) : 0;
}

/* Where the score, which falls with d, is z. */
static double
difference_at(double b, double c, double n, double z)
{
	double lo = -1, hi = 1, d = 0;

	for (int i = 0; i < 60; i++) {
		d = (lo + hi) / 2;
		if (score(b, c, n, d) > z)
			lo = d;
		else
			hi = d;
	}
	return d;
}

struct interval
mcnemar_difference(size_t b, size_t c, size_t n)
{
	struct interval ci = { NAN, NAN };

	if (n == 0)
		return ci;
	ci.lo = difference_at((double)b, (double)c, (double)n, z975);
	ci.hi = difference_at((double)b, (double)c, (double)n, -z975);
	return ci;
}

double
mcnemar_detectable(size_t b, size_t c, size_t n)
{
	double seen = (double)(b + c) / (double)n, lo = 0, hi = 1, d = NAN, u;

	for (int i = 0; i < 60 && n > 0; i++) {
		d = (lo + hi) / 2;
		u = seen > d ? seen : d;
		if (sqrt((double)n) * d < z975 * sqrt(u) + z90 *
		    sqrt(u - d * d))
			lo = d;
		else
			hi = d;
	}
	return d;
}
