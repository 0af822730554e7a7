#include "bursts.h"

#define LEAST_GAP_S	1e-6	/* what is shorter is this */
#define TIMES		10	/* one kind is so many times as long */
#define SHARE_WITHIN	0.33	/* of the gaps, at least */
#define SHARE_BETWEEN	0.05
#define TIME_WITHIN	0.1	/* of the time, at most */

enum { LEAST = 4 };		/* gaps of each kind */

double
bursts_split(const double *gap, size_t n)
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
