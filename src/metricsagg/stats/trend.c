#include "trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"
#include "order.h"
#include "quantile.h"
#include "rng.h"
#include "xalloc.h"

#define DIRECT 1000	/* all slopes in memory up to this n */
#define ENOUGH 10000	/* so many points are taken of more */
#define FEW 12		/* so many are sorted by insertion */

/*
 * Sort x, by merging but of a few, and count the pairs i < j with x[j] < x[i],
 * or x[j] <= x[i] when equal counts.  tmp has room for n.
 */
static uint64_t
inversions(double *x, double *tmp, size_t n, int equal)
{
	size_t half = n / 2, i, j, k = 0;
	uint64_t count = 0;
	double v;

	for (i = 1; n <= FEW && i < n; i++) {
		v = x[i];
		for (j = i; j > 0 && (x[j - 1] > v || (equal &&
		    x[j - 1] == v)); j--)
			x[j] = x[j - 1];
		x[j] = v;
		count += i - j;
	}
	if (n <= FEW)
		return count;
	count = inversions(x, tmp, half, equal) +
	    inversions(x + half, tmp, n - half, equal);
	for (i = 0, j = half; i < half && j < n; )
		if (x[j] < x[i] || (equal && x[j] == x[i])) {
			count += half - i;
			tmp[k++] = x[j++];
		} else {
			tmp[k++] = x[i++];
		}
	memcpy(tmp + k, x + i, (half - i) * sizeof(*x));
	memcpy(x, tmp, (k + half - i) * sizeof(*x));
	return count;
}

/* The slopes of all pairs with different t, sorted; returns how many. */
static size_t
slopes_of(double **out, const double *t, const double *y, size_t n)
{
	double *slope = xreallocarray(NULL, n * (n - 1) / 2 + 1,
	    sizeof(*slope));
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (t[j] > t[i])
				slope[m++] = (y[j] - y[i]) / (t[j] - t[i]);
	order_sort(slope, m);
	*out = slope;
	return m;
}

static double
slope_direct(const double *t, const double *y, size_t n)
{
	double *slope, median;
	size_t m = slopes_of(&slope, t, y, n);

	median = quantile_median(slope, m);
	free(slope);
	return median;
}

/* Points sorted by t, those of one t by y: such pairs have no slope. */
struct line {
	const double *t;
	double *y, *rest, *tmp;
	size_t n;
	uint64_t level;		/* pairs with equal t and equal y */
	uint64_t pairs;		/* pairs with different t */
	double steepest;	/* no slope is steeper; NAN: there is none */
};

static void
line_init(struct line *l, const double *t, const double *y, size_t n)
{
	double span = NAN, low = INFINITY, high = -INFINITY;

	*l = (struct line){ .t = t, .n = n };
	l->y = xreallocarray(NULL, n, 3 * sizeof(*l->y));
	l->rest = l->y + n;
	l->tmp = l->rest + n;
	memcpy(l->y, y, n * sizeof(*y));
	l->pairs = (uint64_t)n * (n - 1) / 2;
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && t[end] == t[i]; end++)
			continue;
		order_sort(l->y + i, end - i);
		l->pairs -= (uint64_t)(end - i) * (end - i - 1) / 2;
		for (size_t j = i, same; j < end; j = same) {
			for (same = j + 1; same < end &&
			    l->y[same] == l->y[j]; same++)
				continue;
			l->level += (uint64_t)(same - j) * (same - j - 1) / 2;
		}
	}
	for (size_t i = 0; i < n; i++) {
		low = fmin(low, y[i]);
		high = fmax(high, y[i]);
		if (i > 0 && t[i] > t[i - 1])
			span = fmin(span, t[i] - t[i - 1]);
	}
	l->steepest = (high - low) / span;
}

/* How many slopes are at most b: the pairs whose order y - b t turns. */
static uint64_t
slopes_up_to(struct line *l, double b)
{
	for (size_t i = 0; i < l->n; i++)
		l->rest[i] = l->y[i] - b * (l->t[i] - l->t[0]);
	return inversions(l->rest, l->tmp, l->n, 1) - l->level;
}

/* The k-th smallest slope (k from 1), to a 2^-60 part of the range. */
static double
slope_ranked(struct line *l, uint64_t k)
{
	double lo = -l->steepest, hi = l->steepest;

	for (int step = 0; step < 100; step++) {
		double mid = 0.5 * lo + 0.5 * hi;

		if (mid <= lo || mid >= hi)
			break;
		if (slopes_up_to(l, mid) >= k)
			hi = mid;
		else
			lo = mid;
	}
	return hi;
}

static double
slope_bisected(const double *t, const double *y, size_t n)
{
	struct line l;
	double slope = NAN;

	line_init(&l, t, y, n);
	if (l.pairs > 0)
		slope = slope_ranked(&l, l.pairs / 2 + l.pairs % 2);
	if (l.pairs > 0 && l.pairs % 2 == 0)
		slope = 0.5 * slope +
		    0.5 * slope_ranked(&l, l.pairs / 2 + 1);
	free(l.y);
	return slope;
}

/* One point of each of ENOUGH equal stretches, drawn at random: a fixed stride
 * would take a period of the values for a trend.  All t, then all y; free(). */
static double *
thinned(const double *t, const double *y, size_t n)
{
	double *s = xreallocarray(NULL, 2 * ENOUGH, sizeof(*s));
	uint64_t seed = n;

	for (size_t i = 0; i < ENOUGH; i++) {
		uint64_t from = (uint64_t)i * n / ENOUGH;
		uint64_t until = (uint64_t)(i + 1) * n / ENOUGH;
		size_t k = (size_t)(from + rng_below(&seed, until - from));

		s[i] = t[k];
		s[ENOUGH + i] = y[k];
	}
	return s;
}

double
trend_slope(const double *t, const double *y, size_t n)
{
	double *few, slope;

	if (n < 2)
		return NAN;
	if (n > ENOUGH) {
		few = thinned(t, y, n);
		slope = slope_bisected(few, few + ENOUGH, ENOUGH);
		free(few);
		return slope;
	}
	return n <= DIRECT ? slope_direct(t, y, n) : slope_bisected(t, y, n);
}

/*
 * How many of the sorted slopes lie beyond either end of the interval: the
 * pairs less 1.96 standard deviations of Kendall's S, halved.  Pairs of equal
 * t have no slope, and S varies less for them.
 */
static uint64_t
slopes_outside(const double *t, size_t n, uint64_t pairs)
{
	double dn = (double)n, variance = dn * (dn - 1) * (2 * dn + 5), k;

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && t[end] == t[i]; end++)
			continue;
		k = (double)(end - i);
		variance -= k * (k - 1) * (2 * k + 5);
	}
	k = ((double)pairs - 1.95996398454005423552 * sqrt(variance / 18)) / 2;
	return k >= 1 ? (uint64_t)k : 0;
}

struct interval
trend_slope_ci(const double *t, const double *y, size_t n)
{
	struct interval ci = { NAN, NAN };
	double *slope, *few = NULL;
	struct line l;
	uint64_t k;

	if (n < 2)
		return ci;
	if (n <= DIRECT) {
		size_t m = slopes_of(&slope, t, y, n);

		if ((k = slopes_outside(t, n, m)) > 0)
			ci = (struct interval){ slope[k - 1], slope[m - k] };
		free(slope);
		return ci;
	}
	if (n > ENOUGH) {
		few = thinned(t, y, n);
		t = few, y = few + ENOUGH, n = ENOUGH;
	}
	line_init(&l, t, y, n);
	if ((k = slopes_outside(t, n, l.pairs)) > 0)
		ci = (struct interval){ slope_ranked(&l, k),
		    slope_ranked(&l, l.pairs + 1 - k) };
	free(l.y);
	free(few);
	return ci;
}

/* Kendall's S, and sum t (t - 1) (2t + 5) over the ties of y. */
static int64_t
kendall(const double *y, size_t n, double *ties)
{
	double *x = xreallocarray(NULL, n, 2 * sizeof(*x));
	uint64_t falls, level = 0;

	memcpy(x, y, n * sizeof(*y));
	falls = inversions(x, x + n, n, 0);
	*ties = 0;
	for (size_t i = 0, end; i < n; i = end) {	/* x is sorted now */
		double k;

		for (end = i + 1; end < n && x[end] == x[i]; end++)
			continue;
		k = (double)(end - i);
		*ties += k * (k - 1) * (2 * k + 5);
		level += (uint64_t)(end - i) * (end - i - 1) / 2;
	}
	free(x);
	return (int64_t)((uint64_t)n * (n - 1) / 2 - level - falls) -
	    (int64_t)falls;
}

struct trend
trend_of(const double *t, const double *y, size_t n)
{
	struct trend out = { n, 0, NAN, NAN };
	double ties, dn = (double)n, variance, s;

	if (n < 2)
		return out;
	out.s = kendall(y, n, &ties);
	out.slope = trend_slope(t, y, n);
	variance = (dn * (dn - 1) * (2 * dn + 5) - ties) / 18;
	if (n < 4)
		return out;
	s = fabs((double)out.s);
	out.p = variance > 0 && s > 0 ?
	    fmin(1, 2 * dist_normal_sf((s - 1) / sqrt(variance))) : 1;
	return out;
}
