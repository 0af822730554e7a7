#include "draw.h"

#include <math.h>

#include "rng.h"
#include "stats/dist.h"

double
draw_unit(uint64_t *rng)
{
	return ((double)(rng_next(rng) >> 12) + 0.5) * 0x1p-52;
}

double
draw_range(uint64_t *rng, double lo, double hi)
{
	return lo + (hi - lo) * draw_unit(rng);
}

double
draw_normal(uint64_t *rng)
{
	return dist_normal_quantile(draw_unit(rng));
}

double
draw_exponential(uint64_t *rng)
{
	return -log(draw_unit(rng));
}

/* Bailey (1994): a polar method for any df. */
double
draw_t(uint64_t *rng, double df)
{
	double u = draw_unit(rng), v = draw_unit(rng);

	return sqrt(df * (pow(u, -2 / df) - 1)) *
	    cos(6.28318530717958647693 * v);
}

size_t
draw_below(uint64_t *rng, size_t n)
{
	return (size_t)rng_below(rng, n);
}
