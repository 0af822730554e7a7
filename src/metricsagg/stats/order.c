#include "order.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT = 8, BUCKETS = 1 << DIGIT, SMALL = 48 };

#define SIGN (UINT64_C(1) << 63)

/*
 * Doubles as integers of the same order, in the same storage: negative ones
 * are turned over, the others get the sign bit.
 */
static uint64_t
key_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits & SIGN ? ~bits : bits | SIGN;
}

static double
value_of(uint64_t key)
{
	uint64_t bits = key & SIGN ? key & ~SIGN : ~key;
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static uint64_t
get(const double *x, size_t i)
{
	uint64_t key;

	memcpy(&key, &x[i], sizeof(key));
	return key;
}

static void
put(double *x, size_t i, uint64_t key)
{
	memcpy(&x[i], &key, sizeof(key));
}

static void
insertion(double *x, size_t n)
{
	uint64_t key;
	size_t j;

	for (size_t i = 1; i < n; i++) {
		key = get(x, i);
		for (j = i; j > 0 && get(x, j - 1) > key; j--)
			put(x, j, get(x, j - 1));
		put(x, j, key);
	}
}

/* The lowest bit of the highest digit in which the keys differ, -1: none. */
static int
shift_of(const double *x, size_t n)
{
	uint64_t first = get(x, 0), differ = 0;
	int top = 63;

	for (size_t i = 1; i < n; i++)
		differ |= get(x, i) ^ first;
	if (differ == 0)
		return -1;
	while ((differ >> top & 1) == 0)
		top--;
	return top < DIGIT - 1 ? 0 : top - (DIGIT - 1);
}

/*
 * American flag sort (McIlroy, Bostic and McIlroy 1993): count, then put every
 * key into its bucket by cycles of swaps; then each bucket by what is below.
 */
static void
sort_keys(double *x, size_t n)
{
	size_t next[BUCKETS], end[BUCKETS], at = 0, i;
	uint64_t key, other;
	unsigned b, c;
	int shift;

	if (n <= SMALL) {
		insertion(x, n);
		return;
	}
	if ((shift = shift_of(x, n)) == -1)
		return;
	memset(end, 0, sizeof(end));
	for (i = 0; i < n; i++)
		end[get(x, i) >> shift & (BUCKETS - 1)]++;
	for (b = 0; b < BUCKETS; b++) {
		next[b] = at;
		at += end[b];
		end[b] = at;
	}
	for (b = 0; b < BUCKETS; b++)
		while (next[b] < end[b]) {
			key = get(x, next[b]);
			while ((c = key >> shift & (BUCKETS - 1)) != b) {
				other = get(x, next[c]);
				put(x, next[c]++, key);
				key = other;
			}
			put(x, next[b]++, key);
		}
	for (b = 0, at = 0; shift > 0 && b < BUCKETS; at = end[b++])
		if (end[b] - at > 1)
			sort_keys(x + at, end[b] - at);
}

void
order_sort(double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(x, i, key_of(x[i]));
	if (n > 1)
		sort_keys(x, n);
	for (size_t i = 0; i < n; i++)
		x[i] = value_of(get(x, i));
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

	assert(k >= 1 && k <= (uint64_t)n * (n + 1) / 2);
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
order_centre(double *x, size_t n)
{
	uint64_t walsh = (uint64_t)n * (n + 1) / 2;

	if (n == 0)
		return NAN;
	order_sort(x, n);
	return 0.5 * (order_walsh(x, n, (walsh + 1) / 2) +
	    order_walsh(x, n, walsh / 2 + 1));
}

double
order_difference(const double *x, size_t nx, const double *y, size_t ny,
    uint64_t k)
{
	uint64_t lo = key_of(y[0] - x[nx - 1]), hi = key_of(y[ny - 1] - x[0]);

	assert(k >= 1 && k <= (uint64_t)nx * ny);
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (differences_up_to(x, nx, y, ny, value_of(mid)) >= k)
			hi = mid;
		else
			lo = mid + 1;
	}
	return value_of(lo) + 0.0;
}

void
order_rows(void *rows, size_t n, size_t size,
    int (*cmp)(const void *, const void *))
{
	const char *p = rows;
	size_t i;

	for (i = 1; i < n && cmp(p, p + size) <= 0; i++)
		p += size;
	if (i < n)
		qsort(rows, n, size, cmp);
}

size_t
order_unique(void *rows, size_t *n, size_t size,
    int (*cmp)(const void *, const void *))
{
	char *p = rows;
	size_t kept = 0;
	size_t dropped;

	if (*n == 0)
		return 0;
	order_rows(rows, *n, size, cmp);
	for (size_t i = 1; i < *n; i++)
		if (cmp(p + kept * size, p + i * size) != 0)
			memmove(p + ++kept * size, p + i * size, size);
	dropped = *n - (kept + 1);
	*n = kept + 1;
	return dropped;
}
