#include "rng.h"

#include <assert.h>

uint64_t
rng_next(uint64_t *state)
{
	uint64_t z;

	*state += UINT64_C(0x9e3779b97f4a7c15);
	z = *state;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
rng_below(uint64_t *state, uint64_t n)
{
	uint64_t r, limit;

	assert(n >= 1);
	limit = UINT64_MAX - UINT64_MAX % n;
	do
		r = rng_next(state);
	while (r >= limit);
	return r % n;
}

double
rng_unit(uint64_t *state)
{
	return (double)(rng_next(state) >> 11) * 0x1p-53;
}

uint64_t
rng_seed(uint64_t seed, const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;	/* FNV-1a */

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return rng_next(&h);
}
