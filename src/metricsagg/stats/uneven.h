#ifndef LMG_UNEVEN_H
#define LMG_UNEVEN_H

/*
 * How unevenly did the tokens of one request arrive?  Pure.  gap holds the
 * times between its chunks, in time order.
 */

#include <stddef.h>

struct uneven {
	double spread;		/* ln(MAD / median); n >= 8; NAN if MAD is 0 */
	double lag1;		/* lag-1 autocorrelation; n >= 8 */
};

/* The same of finite gaps of which a sorted copy is at hand. */
struct uneven uneven_sorted(const double *gap, const double *sorted, size_t n);

/* gap is left as it is; scratch has room for n doubles. */
struct uneven uneven_of(const double *gap, size_t n, double *scratch);

#endif
