#include "uneven.h"

#include <assert.h>
#include <math.h>

#include "quantile.h"

static double
lag1(const double *x, size_t n)
{
	double mean = 0, num = 0, den = 0;

	for (size_t i = 0; i < n; i++)
		mean += (x[i] - mean) / (double)(i + 1);
	for (size_t i = 0; i < n; i++) {
		den += (x[i] - mean) * (x[i] - mean);
		if (i > 0)
			num += (x[i] - mean) * (x[i - 1] - mean);
	}
	return den > 0 ? num / den : NAN;
}

struct uneven
uneven_of(const double *gap, const double *sorted, size_t n)
{
	struct uneven u = { NAN, NAN };
	double median, mad;

	if (n < 8)
		return u;
	assert(sorted[0] <= sorted[n - 1]);
	median = quantile_median(sorted, n);
	mad = quantile_mad(sorted, n);
	if (median > 0 && mad > 0)
		u.spread = log(mad / median);
	u.lag1 = lag1(gap, n);
	return u;
}
