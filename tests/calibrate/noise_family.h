#ifndef LMG_TESTS_CALIBRATE_NOISE_FAMILY_H
#define LMG_TESTS_CALIBRATE_NOISE_FAMILY_H

/*
 * What makes requests of one machine differ that has nothing to do with the
 * variant.  The noise of a request is 3 %, and 2 % where loads or throttling
 * come on top of it.
 */

#include <stdint.h>

enum { NOISE_PER_VISIT = 3 };	/* requests of one load */

struct noise_family {
	const char *name;
	/* ln of a factor on each of n requests, one after the other. */
	void (*noise)(double *x, int n, uint64_t *rng);
	double failing;		/* share of new's requests that fail */
	double wanted[3];	/* power of rounds at 5, 10, 30 %, at least;
				   0: no target */
};

/* Ends with a NULL name. */
extern const struct noise_family noise_families[];

#endif
