#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "stats/order.h"
#include "tap.h"

static int
sorted(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!(x[i - 1] <= x[i]))
			return 0;
	return 1;
}

/* Inputs that are bad for some quicksort: each sorted, nothing lost. */
static void
shapes(void)
{
	static const char *const name[] = { "random", "ascending",
	    "descending", "constant", "two values", "organ pipe", "saw" };
	enum { N = 5000 };
	double *x = malloc(N * sizeof(*x));
	uint64_t rng = 1;

	for (int shape = 0; shape < 7; shape++) {
		double sum = 0, after = 0;

		for (int i = 0; i < N; i++) {
			x[i] = shape == 0 ? (double)rng_below(&rng, 1000000) :
			    shape == 1 ? i : shape == 2 ? N - i :
			    shape == 3 ? 7 : shape == 4 ? i % 2 :
			    shape == 5 ? (i < N / 2 ? i : N - i) : i % 37;
			sum += x[i];
		}
		order_sort(x, N);
		for (int i = 0; i < N; i++)
			after += x[i];
		ok(sorted(x, N) && sum == after, "sorts %s", name[shape]);
	}
	free(x);
}

static void
corners(void)
{
	double zeros[] = { 0.0, -0.0, 1, 0.0, -0.0, -1 };
	double mixed[] = { 1, NAN, INFINITY, 2, -INFINITY, 3 };
	double none[1] = { 4 };

	order_sort(zeros, 6);
	ok(zeros[0] == -1 && signbit(zeros[1]) && signbit(zeros[2]) &&
	    !signbit(zeros[3]) && !signbit(zeros[4]) && zeros[5] == 1,
	    "-0.0 sorts before 0.0");
	ok(order_finite(mixed, 6) == 3 && mixed[0] == 1 && mixed[1] == 2 &&
	    mixed[2] == 3, "only finite values are kept, in order");
	order_sort(none, 0);
	order_sort(none, 1);
	ok(none[0] == 4, "nothing and one value are sorted");
}

/* Against the list of all sums, for every rank. */
static void
selection(void)
{
	double x[9], y[7], w[63];
	uint64_t rng = 2;
	int right = 1;

	for (int round = 0; round < 50; round++) {
		size_t m = 0;

		for (int i = 0; i < 9; i++)
			x[i] = (double)rng_below(&rng, 21) / 3 - 3;
		for (int i = 0; i < 7; i++)
			y[i] = (double)rng_below(&rng, 21) / 3 - 2;
		order_sort(x, 9);
		order_sort(y, 7);
		for (int i = 0; i < 9; i++)
			for (int j = i; j < 9; j++)
				w[m++] = 0.5 * x[i] + 0.5 * x[j];
		order_sort(w, m);
		for (size_t k = 1; k <= m; k++)
			right &= order_walsh(x, 9, k) == w[k - 1];
		m = 0;
		for (int i = 0; i < 9; i++)
			for (int j = 0; j < 7; j++)
				w[m++] = y[j] - x[i];
		order_sort(w, m);
		for (size_t k = 1; k <= m; k++)
			right &= order_difference(x, 9, y, 7, k) == w[k - 1];
	}
	ok(right, "every rank of Walsh averages and of differences is exact");
}

/* 20000 values have 2 * 10^8 Walsh averages, which must not be stored. */
static void
many(void)
{
	enum { N = 20000 };
	double *x = malloc(N * sizeof(*x));

	for (int i = 0; i < N; i++)
		x[i] = i;
	ok(order_walsh(x, N, 1) == 0 &&
	    order_walsh(x, N, (uint64_t)N * (N + 1) / 2) == N - 1 &&
	    order_walsh(x, N, (uint64_t)N * (N + 1) / 4) == (N - 1) / 2.0,
	    "Walsh averages of 20000 values");
	free(x);
}

enum { MANY = 5000 };

static int
cmp(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;

	if (*a != *b)
		return *a < *b ? -1 : 1;
	return signbit(*b) - signbit(*a);	/* -0.0 before 0.0 */
}

static void
same(const double *x, size_t n, const char *name)
{
	static double a[MANY], b[MANY];

	memcpy(a, x, n * sizeof(*x));
	memcpy(b, x, n * sizeof(*x));
	order_sort(a, n);
	qsort(b, n, sizeof(*b), cmp);
	ok(memcmp(a, b, n * sizeof(*x)) == 0, "%s", name);
}

/* Sorting by bits gives what sorting by comparison gives. */
static void
like_comparing(void)
{
	static double x[MANY];
	uint64_t seed = 7, bits;

	for (size_t i = 0; i < MANY; i++)
		x[i] = (double)(rng_next(&seed) >> 40) / 1e9;
	same(x, MANY, "times of one size");
	same(x, 1, "one value");
	same(x, 0, "no value");
	same(x, 2, "two values");
	same(x, 48, "as many as are inserted");
	same(x, 49, "one more");
	for (size_t i = 0; i < MANY; i++)
		do {
			bits = rng_next(&seed);
			memcpy(&x[i], &bits, sizeof(x[i]));
		} while (isnan(x[i]));
	same(x, MANY, "any doubles, of both signs");
	x[10] = INFINITY, x[20] = -INFINITY, x[30] = 0, x[40] = -0.0;
	x[50] = 0, x[60] = -0.0;
	same(x, MANY, "infinities and both zeros");
	for (size_t i = 0; i < MANY; i++)
		x[i] = 4.0;
	same(x, MANY, "all equal");
	for (size_t i = 0; i < MANY; i++)
		x[i] = (double)i;
	same(x, MANY, "sorted already");
	for (size_t i = 0; i < MANY; i++)
		x[i] = 1 + (double)(i % 3) * 0x1p-52;
	same(x, MANY, "different in the last bits only");
}

int
main(void)
{
	like_comparing();
	shapes();
	corners();
	selection();
	many();
	return tap_done();
}
