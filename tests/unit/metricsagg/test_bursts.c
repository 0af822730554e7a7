/* Do tokens come in bursts? */

#include <stdlib.h>

#include "stats/bursts.h"
#include "stats/order.h"
#include "tap.h"

/*
 * n gaps of long_s, with within gaps of short_s behind each; up to spread (a
 * share) longer.  Returns what splits them.
 */
static double
split(size_t n, size_t within, double long_s, double short_s, double spread)
{
	double gap[1024];
	size_t m = 0;

	for (size_t i = 0; i < n; i++) {
		gap[m++] = long_s * (1 + spread * (double)(i % 7) / 7);
		for (size_t k = 0; k < within; k++)
			gap[m++] = short_s * (1 + spread *
			    (double)((i + k) % 5) / 5);
	}
	order_sort(gap, m);
	return bursts_split(gap, m);
}

int
main(void)
{
	double one = 1;

	is_near(split(20, 2, 0.0129, 0.000041, 0), 0.0129, 0,
	    "three at a time");
	is_near(split(20, 1, 0.02, 0.0001, 0.9), 0.02, 0, "two, unevenly");
	is_near(split(20, 15, 0.1, 0, 0), 0.1, 0, "sixteen at one instant");
	is_near(split(60, 0, 0.01, 0, 0), 0, 0, "one by one");
	is_near(split(60, 0, 0.01, 0, 3), 0, 0,
	    "one by one, up to four times as long");
	is_near(split(20, 2, 0.0129, 0.0021, 0), 0, 0, "not ten times apart");
	is_near(split(3, 30, 2, 0.01, 0), 0, 0, "three stalls are no bursts");
	is_near(split(10, 30, 0.1, 0.01, 0), 0, 0,
	    "a pause now and then: most of the time is between the others");
	is_near(split(3, 1, 0.02, 0.0001, 0), 0, 0, "too few to tell");
	is_near(bursts_split(&one, 0), 0, 0, "no gap at all");
	return tap_done();
}
