#include "radix.h"

#include <stdint.h>
#include <string.h>

enum { DIGIT = 8, BUCKETS = 1 << DIGIT, SMALL = 24 };

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
	size_t i, j;

	for (i = 1; i < n; i++) {
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
	size_t i;

	for (i = 1; i < n; i++)
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
radix_sort(double *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		put(x, i, key_of(x[i]));
	if (n > 1)
		sort_keys(x, n);
	for (i = 0; i < n; i++)
		x[i] = value_of(get(x, i));
}
