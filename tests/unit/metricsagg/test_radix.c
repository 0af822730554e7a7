/* Sorting by bits gives what sorting by comparison gives. */
#include <math.h>
#include <stdlib.h>

#include "rng.h"
#include "stats/radix.h"
#include "tap.h"

enum { N = 5000 };

static int
cmp(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;

	if (*a != *b)
		return *a < *b ? -1 : 1;
	return signbit(*b) - signbit(*a);	/* -0.0 before 0.0 */
}

static void
check(const double *x, size_t n, const char *name)
{
	static double a[N], b[N];

	memcpy(a, x, n * sizeof(*x));
	memcpy(b, x, n * sizeof(*x));
	radix_sort(a, n);
	qsort(b, n, sizeof(*b), cmp);
	ok(memcmp(a, b, n * sizeof(*x)) == 0, "%s", name);
}

int
main(void)
{
	static double x[N];
	uint64_t seed = 7, bits;
	size_t i;

	for (i = 0; i < N; i++)
		x[i] = (double)(rng_next(&seed) >> 40) / 1e9;
	check(x, N, "times of one size");
	check(x, 1, "one value");
	check(x, 0, "no value");
	check(x, 2, "two values");
	for (i = 0; i < N; i++)
		do {
			bits = rng_next(&seed);
			memcpy(&x[i], &bits, sizeof(x[i]));
		} while (isnan(x[i]));
	check(x, N, "any doubles, of both signs");
	x[10] = INFINITY, x[20] = -INFINITY, x[30] = 0, x[40] = -0.0;
	x[50] = 0, x[60] = -0.0;
	check(x, N, "infinities and both zeros");
	for (i = 0; i < N; i++)
		x[i] = 4.0;
	check(x, N, "all equal");
	for (i = 0; i < N; i++)
		x[i] = (double)i;
	check(x, N, "sorted already");
	for (i = 0; i < N; i++)
		x[i] = 1 + (double)(i % 3) * 0x1p-52;
	check(x, N, "different in the last bits only");
	return tap_done();
}
