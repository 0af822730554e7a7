#include "summary.h"

#include <math.h>

#include "order.h"
#include "xalloc.h"

#include <stdlib.h>
#include <string.h>

double
summary_mean(const double *x, size_t n, double *m2)
{
	double mean = 0, sum = 0, d;

	for (size_t i = 0; i < n; i++) {
		d = x[i] - mean;
		mean += d / (double)(i + 1);
		sum += d * (x[i] - mean);
	}
	if (m2 != NULL)
		*m2 = sum;
	return mean;
}

struct summary
summary_of(double *x, size_t n)
{
	struct summary s = { .mean = NAN, .sd = NAN, .min = NAN, .max = NAN };
	double m2 = 0;

	s.n = order_finite(x, n);
	order_sort(x, s.n);
	if (s.n > 0) {
		s.mean = summary_mean(x, s.n, &m2);
		s.min = x[0];
		s.max = x[s.n - 1];
	}
	if (s.n > 1)
		s.sd = sqrt(m2 / (double)(s.n - 1));
	s.p50 = quantile_median(x, s.n);
	s.p90 = quantile_supported(x, s.n, 0.90);
	s.p95 = quantile_supported(x, s.n, 0.95);
	s.p99 = quantile_supported(x, s.n, 0.99);
	s.ci = quantile_median_ci(x, s.n);
	s.mad = quantile_mad(x, s.n);
	return s;
}

bool
summary_first_slower(const double *x, size_t n)
{
	double *rest, first, median, sigma;
	size_t m;

	if (n < 6 || !isfinite(x[0]))
		return false;
	first = x[0];
	rest = xreallocarray(NULL, n - 1, sizeof(*rest));
	memcpy(rest, x + 1, (n - 1) * sizeof(*rest));
	m = order_finite(rest, n - 1);
	order_sort(rest, m);
	median = quantile_median(rest, m);
	sigma = 1.4826 * quantile_mad(rest, m);
	free(rest);
	return m >= 5 && first - median > 3.5 * sigma &&
	    first > 1.05 * median;
}

struct interval
summary_wilson(size_t k, size_t n)
{
	const double z = 1.95996398454005423552, z2 = z * z;
	double dn = (double)n, p, centre, half, scale;
	struct interval ci = { NAN, NAN };

	if (n == 0 || k > n)
		return ci;
	p = (double)k / dn;
	scale = 1 + z2 / dn;
	centre = (p + z2 / (2 * dn)) / scale;
	half = z * sqrt(p * (1 - p) / dn + z2 / (4 * dn * dn)) / scale;
	ci.lo = k == 0 ? 0 : centre - half;
	ci.hi = k == n ? 1 : centre + half;
	return ci;
}
