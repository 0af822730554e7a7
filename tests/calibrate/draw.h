#ifndef LMG_TESTS_CALIBRATE_DRAW_H
#define LMG_TESTS_CALIBRATE_DRAW_H

/* Random variates from one SplitMix64 stream, for simulations. */

#include <stddef.h>
#include <stdint.h>

double draw_unit(uint64_t *rng);		/* uniform in (0, 1) */
double draw_range(uint64_t *rng, double lo, double hi);
double draw_normal(uint64_t *rng);		/* by inversion */
double draw_exponential(uint64_t *rng);		/* mean 1 */
double draw_t(uint64_t *rng, double df);	/* Student; df < 2: infinite
						   variance */
size_t draw_below(uint64_t *rng, size_t n);

#endif
