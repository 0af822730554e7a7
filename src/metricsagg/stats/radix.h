#ifndef LMG_RADIX_H
#define LMG_RADIX_H

/*
 * Sorting many doubles in place, by the bits that differ.  Pure.  Times of one
 * kind share most of their leading bits; two or three passes are enough where
 * comparing takes twenty.
 */

#include <stddef.h>

/* Below this many values comparing is faster. */
#define RADIX_MIN 256

/* Sort x ascending, -0.0 before 0.0.  No NAN. */
void radix_sort(double *x, size_t n);

#endif
