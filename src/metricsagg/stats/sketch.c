#include "sketch.h"

#include <math.h>
#include <string.h>

#include "dist.h"

#define PER_OCTAVE 50
#define LOWEST (-40)		/* the bins start at 2^LOWEST */

static const double smallest = 0x1p-40, largest = 0x1p40;

void
sketch_init(struct sketch *s)
{
	memset(s, 0, sizeof(*s));
	s->min = s->max = NAN;
}

/* The sum is kept in units of 2^-40: x < 2^40 gives an integer below 2^80. */
static void
sum_add(struct sketch *s, uint64_t hi, uint64_t lo)
{
	s->sum_lo += lo;
	s->sum_hi += hi + (s->sum_lo < lo);
}

static size_t
bin_of(double x)
{
	int exponent;
	double m = frexp(x, &exponent);		/* x = m 2^exponent, m >= 1/2 */
	size_t octave = (size_t)(exponent - 1 - LOWEST);

	/* 2m - 1 and the product are exact or rounded alike everywhere. */
	return octave * PER_OCTAVE + (size_t)((2 * m - 1) * PER_OCTAVE);
}

/* The value whose relative distance to both ends of the bin is the same. */
static double
middle_of(size_t bin)
{
	int octave = (int)(bin / PER_OCTAVE) + LOWEST;
	double lo = ldexp(1 + (double)(bin % PER_OCTAVE) / PER_OCTAVE, octave);
	double hi = lo + ldexp(1.0 / PER_OCTAVE, octave);

	return 2 * lo * hi / (lo + hi);
}

int
sketch_add(struct sketch *s, double x)
{
	double whole, capped;

	if (!(x >= 0) || isinf(x))
		return -1;
	if (s->n++ == 0)
		s->min = s->max = x;
	s->min = fmin(s->min, x);
	s->max = fmax(s->max, x);
	capped = fmin(x, largest - 1);
	if (x < smallest)
		s->zero++;
	else
		s->bin[bin_of(capped)]++;
	whole = floor(capped);
	sum_add(s, (uint64_t)whole >> 24, (uint64_t)whole << 40);
	sum_add(s, 0, (uint64_t)((capped - whole) * 0x1p40 + 0.5));
	return 0;
}

void
sketch_merge(struct sketch *dst, const struct sketch *src)
{
	if (src->n == 0)
		return;
	dst->min = dst->n == 0 ? src->min : fmin(dst->min, src->min);
	dst->max = dst->n == 0 ? src->max : fmax(dst->max, src->max);
	dst->n += src->n;
	dst->zero += src->zero;
	for (size_t i = 0; i < SKETCH_BINS; i++)
		dst->bin[i] += src->bin[i];
	sum_add(dst, src->sum_hi, src->sum_lo);
}

/* The value of rank r (from 0), as far as the bins know it. */
static double
ranked(const struct sketch *s, uint64_t r)
{
	uint64_t seen = s->zero;
	size_t i = 0;

	if (r == 0)
		return s->min;
	if (r >= s->n - 1)
		return s->max;
	if (r < seen)
		return fmax(0, s->min);
	for (; i < SKETCH_BINS - 1; i++) {
		seen += s->bin[i];
		if (r < seen)
			break;
	}
	return fmin(fmax(middle_of(i), s->min), s->max);
}

static double
quantile_at(const struct sketch *s, double p)
{
	double h, below, a, b;

	if (s->n == 0)
		return NAN;
	h = (double)(s->n - 1) * p;
	below = floor(h);
	a = ranked(s, (uint64_t)below);
	if (h == below)
		return a;
	b = ranked(s, (uint64_t)below + 1);
	return a + (h - below) * (b - a);
}

double
sketch_quantile(const struct sketch *s, double p)
{
	if ((double)s->n * fmin(p, 1 - p) < 1 - 1e-9)
		return NAN;
	return quantile_at(s, p);
}

static double
sd_of(const struct sketch *s, double mean)
{
	double m2;

	if (s->n < 2)
		return NAN;
	if (s->min == s->max)
		return 0;
	m2 = (double)s->zero * mean * mean;
	for (size_t i = 0; i < SKETCH_BINS; i++)
		if (s->bin[i] > 0) {
			double d = middle_of(i) - mean;

			m2 += (double)s->bin[i] * d * d;
		}
	return sqrt(m2 / (double)(s->n - 1));
}

/* Half of the values are within the answer of the median: bisection. */
static double
mad_of(const struct sketch *s, double median)
{
	double lo = 0, hi = fmax(median - s->min, s->max - median);

	if (s->n == 0)
		return NAN;
	for (int step = 0; step < 60 && hi > 0; step++) {
		double mid = 0.5 * (lo + hi);
		uint64_t within = median <= mid ? s->zero : 0;

		for (size_t i = 0; i < SKETCH_BINS; i++)
			if (s->bin[i] > 0 &&
			    fabs(middle_of(i) - median) <= mid)
				within += s->bin[i];
		if (within >= s->n - s->n / 2)
			hi = mid;
		else
			lo = mid;
	}
	return hi;
}

struct summary
sketch_summary(const struct sketch *s)
{
	struct summary out = { .n = (size_t)s->n, .mean = NAN, .min = s->min,
	    .max = s->max, .ci = { NAN, NAN } };

	if (s->n > 0)
		out.mean = (ldexp((double)s->sum_hi, 24) +
		    ldexp((double)s->sum_lo, -40)) / (double)s->n;
	out.sd = sd_of(s, out.mean);
	out.p50 = quantile_at(s, 0.5);
	out.p90 = sketch_quantile(s, 0.90);
	out.p95 = sketch_quantile(s, 0.95);
	out.p99 = sketch_quantile(s, 0.99);
	if (s->n >= 6) {
		uint64_t l = dist_median_rank(s->n, 0.025);

		out.ci.lo = ranked(s, l - 1);
		out.ci.hi = ranked(s, s->n - l);
	}
	out.mad = mad_of(s, out.p50);
	return out;
}
