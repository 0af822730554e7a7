#ifndef LMG_METRICSAGG_STATS_HOLM_H
#define LMG_METRICSAGG_STATS_HOLM_H

/* Several tests at once.  Pure. */

#include <stddef.h>

/*
 * Holm (1979): out[i] is p[i] adjusted for the k tests made, so that the
 * chance of any false alarm stays at the level of one.  NANs stay NAN and do
 * not count as tests.  out may be p.
 */
void holm(double *out, const double *p, size_t k);

#endif
