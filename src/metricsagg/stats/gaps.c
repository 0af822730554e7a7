#include "gaps.h"

#include <assert.h>
#include <math.h>

#include "summary.h"

/* Of bursts. */
#define LEAST_GAP_S	1e-6	/* what is shorter is this */
#define TIMES		10	/* one kind is so many times as long */
#define SHARE_WITHIN	0.33	/* of the gaps, at least */
#define SHARE_BETWEEN	0.05
#define TIME_WITHIN	0.1	/* of the time, at most */

enum { LEAST = 4 };		/* gaps of each kind */

static double
lag1(const double *x, size_t n)
{
	double mean = summary_mean(x, n, NULL), num = 0, den = 0;

	for (size_t i = 0; i < n; i++) {
		den += (x[i] - mean) * (x[i] - mean);
		if (i > 0)
			num += (x[i] - mean) * (x[i - 1] - mean);
	}
	return den > 0 ? num / den : NAN;
}

struct gaps_uneven
gaps_uneven(const double *gap, const double *sorted, size_t n)
{
	struct gaps_uneven u = { NAN, NAN };
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

double
gaps_between_bursts(const double *gap, size_t n)
{
	double within = 0, all = 0, least = TIMES, found = 0, before;

	for (size_t i = 0; i < n; i++)
		all += gap[i];
	for (size_t i = 1; i + LEAST <= n; i++) {
		within += gap[i - 1];
		before = gap[i - 1] > LEAST_GAP_S ? gap[i - 1] : LEAST_GAP_S;
		if (i < LEAST || (double)i < SHARE_WITHIN * (double)n ||
		    (double)(n - i) < SHARE_BETWEEN * (double)n ||
		    within > TIME_WITHIN * all || gap[i] < least * before)
			continue;
		least = gap[i] / before;
		found = gap[i];
	}
	return found;
}
