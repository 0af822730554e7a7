#ifndef LMG_SKETCH_H
#define LMG_SKETCH_H

/*
 * Quantiles of a stream in bounded memory, within 1 % of the value, after
 * DDSketch (Masson, Rim and Lee 2019, VLDB 12).  Pure but for memory.
 *
 * Each octave is cut into 50 equal bins, so that the bin of a value is found
 * by exact arithmetic: the same on every platform, without a logarithm.  A
 * quantile is answered with the middle of its bin, at most 1 / 101 off.
 * Merging adds counts: it is exact, associative and commutative, and a sketch
 * merged from parts equals the sketch of the whole to the bit.
 *
 * Range: 2^-40 to 2^40 (1 ps to 35000 years, in seconds).  Values from 0 to
 * 2^-40 count as 0, larger ones as 2^40; negative and non-finite ones are
 * refused.
 */

#include <stddef.h>
#include <stdint.h>

#include "summary.h"

#define SKETCH_BINS (80 * 50)
#define SKETCH_ERROR 0.01

struct sketch {
	uint64_t n;
	uint64_t zero;			/* values below 2^-40 */
	uint64_t bin[SKETCH_BINS];
	uint64_t sum_hi, sum_lo;	/* exact sum of the values rounded to
					   2^-40: 128-bit integer */
	double min, max;		/* exact; n = 0: NAN */
};

/* An empty sketch. */
void sketch_init(struct sketch *s);

/* 0, or -1 when x is negative or not finite. */
int sketch_add(struct sketch *s, double x);

/* dst becomes the sketch of both. */
void sketch_merge(struct sketch *dst, const struct sketch *src);

/* The p-quantile (type 7, between bin middles, clamped to min and max), or
 * NAN when n * min(p, 1 - p) < 1. */
double sketch_quantile(const struct sketch *s, double p);

/*
 * The same figures as summary_of(): n, mean (exact to 2^-40), min and max
 * (exact); sd, quantiles, MAD and interval of the median from the bins.
 */
struct summary sketch_summary(const struct sketch *s);

#endif
