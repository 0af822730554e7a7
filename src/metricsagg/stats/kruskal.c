#include "kruskal.h"

#include <math.h>
#include <stdlib.h>

#include "rng.h"
#include "xalloc.h"

struct obs {
	double x, rank;
	unsigned group;
};

static int
by_value(const void *va, const void *vb)
{
	const struct obs *a = va, *b = vb;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return (a->group > b->group) - (a->group < b->group);
}

/* Mid-ranks; returns sum of t^3 - t over the ties. */
static double
rank_all(struct obs *o, size_t n)
{
	double ties = 0;

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && o[end].x == o[i].x; end++)
			continue;
		for (size_t j = i; j < end; j++)
			o[j].rank = 0.5 * (double)(i + 1 + end);
		ties += pow((double)(end - i), 3) - (double)(end - i);
	}
	return ties;
}

/* sum R_g^2 / n_g, the part of H that a permutation changes. */
static double
spread_of(const struct obs *o, size_t n, const double *size, double *sum,
    size_t groups)
{
	double s = 0;

	for (size_t g = 0; g < groups; g++)
		sum[g] = 0;
	for (size_t i = 0; i < n; i++)
		sum[o[i].group] += o[i].rank;
	for (size_t g = 0; g < groups; g++)
		if (size[g] > 0)
			s += sum[g] * sum[g] / size[g];
	return s;
}

static double
permute(struct obs *o, size_t n, const double *size, double *sum,
    size_t groups, uint64_t seed)
{
	double seen = spread_of(o, n, size, sum, groups);
	unsigned at_least = 0;

	for (int draw = 0; draw < KRUSKAL_DRAWS; draw++) {
		for (size_t i = n; i > 1; i--) {
			size_t j = (size_t)rng_below(&seed, i);
			double t = o[i - 1].rank;

			o[i - 1].rank = o[j].rank;
			o[j].rank = t;
		}
		/* Ranks are halves, so equal H differ by rounding only. */
		at_least += spread_of(o, n, size, sum, groups) >=
		    seen * (1 - 1e-12);
	}
	return (1.0 + at_least) / (1.0 + KRUSKAL_DRAWS);
}

struct kruskal
kruskal_test(const double *x, const unsigned *group, size_t n, uint64_t seed)
{
	struct kruskal out = { 0, NAN, NAN };
	struct obs *o = xcalloc(n + 1, sizeof(*o));
	double *size, *sum, ties, dn, scale, largest = 0;
	size_t groups = 0, m = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(x[i])) {
			o[m++] = (struct obs){ x[i], 0, group[i] };
			if (group[i] >= groups)
				groups = (size_t)group[i] + 1;
		}
	size = xcalloc(2 * groups + 1, sizeof(*size));
	sum = size + groups;
	for (size_t i = 0; i < m; i++)
		size[o[i].group]++;
	for (size_t g = 0; g < groups; g++) {
		out.groups += size[g] > 0;
		largest = fmax(largest, size[g]);
	}
	qsort(o, m, sizeof(*o), by_value);
	ties = rank_all(o, m);
	dn = (double)m;
	scale = 1 - ties / (dn * dn * dn - dn);
	if (out.groups >= 2 && scale > 0) {
		out.h = (12 / (dn * (dn + 1)) * spread_of(o, m, size, sum,
		    groups) - 3 * (dn + 1)) / scale;
		if (largest >= 2)
			out.p = permute(o, m, size, sum, groups, seed);
	}
	free(size);
	free(o);
	return out;
}
