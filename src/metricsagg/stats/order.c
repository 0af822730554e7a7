#include "order.h"

#include <math.h>
#include <string.h>

#include "radix.h"

#define SMALL 16	/* insertion sort below this */

static void
swap(double *a, double *b)
{
	double t = *a;

	*a = *b;
	*b = t;
}

static void
insertion(double *x, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		double v = x[i];
		size_t j = i;

		for (; j > 0 && x[j - 1] > v; j--)
			x[j] = x[j - 1];
		x[j] = v;
	}
}

static void
sift(double *x, size_t i, size_t n)
{
	for (size_t child; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && x[child + 1] > x[child])
			child++;
		if (!(x[child] > x[i]))
			return;
		swap(&x[i], &x[child]);
	}
}

static void
heapsort_doubles(double *x, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(x, i, n);
	for (size_t end = n; end-- > 1;) {
		swap(&x[0], &x[end]);
		sift(x, 0, end);
	}
}

/* Median of three to x[n / 2]; both ends then bound the partition loops. */
static double
pivot(double *x, size_t n)
{
	size_t mid = n / 2;

	if (x[mid] < x[0])
		swap(&x[mid], &x[0]);
	if (x[n - 1] < x[0])
		swap(&x[n - 1], &x[0]);
	if (x[n - 1] < x[mid])
		swap(&x[n - 1], &x[mid]);
	return x[mid];
}

/* Quicksort on the shorter side, heap sort when the pivots are unlucky. */
static void
introsort(double *x, size_t n, int depth)
{
	while (n > SMALL) {
		size_t i = 0, j = n - 1;
		double v;

		if (depth-- == 0) {
			heapsort_doubles(x, n);
			return;
		}
		v = pivot(x, n);
		for (;;) {
			while (x[i] < v)
				i++;
			while (x[j] > v)
				j--;
			if (i >= j)
				break;
			swap(&x[i++], &x[j--]);
		}
		if (i == j)		/* x[i] == v belongs to either side */
			i++;
		if (i < n - i) {
			introsort(x, i, depth);
			x += i;
			n -= i;
		} else {
			introsort(x + i, n - i, depth);
			n = i;
		}
	}
	insertion(x, n);
}

/* -0.0 equals 0.0 for the sort: put the negative ones first. */
static void
order_zeros(double *x, size_t n)
{
	size_t from = 0, to, negative = 0;

	while (from < n && x[from] < 0)
		from++;
	for (to = from; to < n && !(x[to] > 0); to++)
		negative += signbit(x[to]) != 0;
	for (size_t i = from; negative > 0 && i < to; i++)
		x[i] = i - from < negative ? -0.0 : 0.0;
}

void
order_sort(double *x, size_t n)
{
	int depth = 2;

	if (n >= RADIX_MIN) {
		radix_sort(x, n);
		return;
	}
	for (size_t m = n; m > 1; m /= 2)
		depth += 2;
	introsort(x, n, depth);
	order_zeros(x, n);
}

size_t
order_finite(double *x, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(x[i]))
			x[kept++] = x[i];
	return kept;
}

/* Doubles as unsigned integers of the same order, and back. */
static uint64_t
key_of(double v)
{
	uint64_t u;

	memcpy(&u, &v, sizeof(u));
	return u >> 63 ? ~u : u | UINT64_C(1) << 63;
}

static double
value_of(uint64_t key)
{
	uint64_t u = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
	double v;

	memcpy(&v, &u, sizeof(v));
	return v;
}

/* Halves first, so that no sum overflows. */
static double
average(double a, double b)
{
	return 0.5 * a + 0.5 * b;
}

static uint64_t
walsh_up_to(const double *x, size_t n, double v)
{
	uint64_t count = 0;
	size_t j = n;		/* x[0..j-1] pair with x[i] to at most v */

	for (size_t i = 0; i < n; i++) {
		while (j > 0 && average(x[i], x[j - 1]) > v)
			j--;
		if (j <= i)
			break;
		count += j - i;
	}
	return count;
}

static uint64_t
differences_up_to(const double *x, size_t nx, const double *y, size_t ny,
    double v)
{
	uint64_t count = 0;
	size_t j = 0;		/* y[0..j-1] - x[i] is at most v */

	for (size_t i = 0; i < nx; i++) {
		while (j < ny && y[j] - x[i] <= v)
			j++;
		count += j;
	}
	return count;
}

double
order_walsh(const double *x, size_t n, uint64_t k)
{
	uint64_t lo = key_of(x[0]), hi = key_of(x[n - 1]);

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (walsh_up_to(x, n, value_of(mid)) >= k)
			hi = mid;
		else
			lo = mid + 1;
	}
	return value_of(lo) + 0.0;
}

double
order_difference(const double *x, size_t nx, const double *y, size_t ny,
    uint64_t k)
{
	uint64_t lo = key_of(y[0] - x[nx - 1]), hi = key_of(y[ny - 1] - x[0]);

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (differences_up_to(x, nx, y, ny, value_of(mid)) >= k)
			hi = mid;
		else
			lo = mid + 1;
	}
	return value_of(lo) + 0.0;
}
