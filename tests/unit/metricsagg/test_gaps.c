/* How the tokens of one request come. */

#include <stdlib.h>

#include "stats/gaps.h"
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
	return gaps_between_bursts(gap, m);
}

static struct gaps_uneven
uneven_in_order(const double *gap, size_t n, double *scratch)
{
	memcpy(scratch, gap, n * sizeof(*gap));
	order_sort(scratch, n);
	return gaps_uneven(gap, scratch, n);
}

/* By the formulas in NumPy. */
static void
uneven(void)
{
	static const double gap[] = { .02, .021, .019, .05, .02, .022, .018,
	    .02, .03, .021 };
	double level[100], flat[8] = { 1, 1, 1, 1, 1, 1, 1, 1 }, scratch[100];
	struct gaps_uneven u = uneven_in_order(gap, 10, scratch);

	is_near(u.spread, -3.0204248861443634, 1e-9, "ln(MAD / median)");
	is_near(u.lag1, -0.2441689405623442, 1e-12, "lag 1");
	for (int i = 0; i < 100; i++)
		level[i] = i < 98 ? 1 : 5;
	ok(isnan(uneven_in_order(level, 100, scratch).spread),
	    "no spread: no ln");
	ok(isnan(uneven_in_order(flat, 8, scratch).lag1), "constant gaps");
	ok(isfinite(uneven_in_order(gap, 8, scratch).spread), "enough gaps");
	ok(isnan(uneven_in_order(gap, 7, scratch).spread), "too few gaps");
}

int
main(void)
{
	double one = 1;

	uneven();
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
	is_near(gaps_between_bursts(&one, 0), 0, 0, "no gap at all");
	return tap_done();
}
