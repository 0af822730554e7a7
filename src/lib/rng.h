#ifndef LMG_LIB_RNG_H
#define LMG_LIB_RNG_H

/*
 * SplitMix64 (Steele, Lea and Flood 2014): the one source of randomness, so
 * that the same seed gives the same prompts, arrivals and permutations on
 * every platform.  Not for secrets.
 */

#include <stdint.h>

/* The next 64 uniform bits; *state is the generator, any value is a seed. */
uint64_t rng_next(uint64_t *state);

/* Uniform in [0, n), n >= 1, without modulo bias. */
uint64_t rng_below(uint64_t *state, uint64_t n);

/* Uniform in [0, 1), 53 bits. */
double rng_unit(uint64_t *state);

/* A seed that depends on seed and on the text s, for independent streams. */
uint64_t rng_seed(uint64_t seed, const char *s);

#endif
