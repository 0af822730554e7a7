#include "quantile.h"

#include <assert.h>
#include <math.h>

#include "dist.h"

static const struct interval none = { NAN, NAN };

double
quantile(const double *x, size_t n, double p)
{
	double h, below;
	size_t i;

	assert(p >= 0 && p <= 1);
	if (n == 0)
		return NAN;
	h = (double)(n - 1) * p;
	below = floor(h);
	i = (size_t)below;
	if (i >= n - 1)
		return x[n - 1];
	if (h == below)		/* also keeps x[i+1] - x[i] from overflowing */
		return x[i];
	return x[i] + (h - below) * (x[i + 1] - x[i]);
}

double
quantile_supported(const double *x, size_t n, double p)
{
	/* The tolerance: 20 * (1 - .95) is a little over 1, 10 * (1 - .9)
	 * under. */
	if ((double)n * fmin(p, 1 - p) < 1 - 1e-9)
		return NAN;
	return quantile(x, n, p);
}

double
quantile_median(const double *x, size_t n)
{
	return quantile(x, n, 0.5);
}

/*
 * The deviations left and right of the median are two sorted sequences that
 * start in the middle of x: walk outwards to the middle one of all.
 */
double
quantile_mad(const double *x, size_t n)
{
	double m = quantile_median(x, n), deviation = 0, before = 0;
	size_t left, right;

	if (n == 0)
		return NAN;
	for (left = (n + 1) / 2; left < n && x[left] <= m; left++)
		continue;
	right = left;
	for (size_t taken = 0; taken < n / 2 + 1; taken++) {
		before = deviation;
		if (right == n ||
		    (left > 0 && m - x[left - 1] <= x[right] - m))
			deviation = m - x[--left];
		else
			deviation = x[right++] - m;
	}
	return n % 2 == 1 ? deviation : before + 0.5 * (deviation - before);
}

struct interval
quantile_median_ci(const double *x, size_t n)
{
	size_t l;

	if (n < 6)
		return none;
	l = (size_t)dist_median_rank(n, 0.025);
	return (struct interval){ x[l - 1], x[n - l] };
}
