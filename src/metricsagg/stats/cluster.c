#include "cluster.h"

#include <assert.h>
#include <math.h>

#include "dist.h"

static size_t
count_up_to(const struct cluster *c, double v)
{
	size_t count = 0;

	for (size_t i = 0; i < c->n; i++)
		count += c->x[i] <= v;
	return count;
}

/* Values <= v among the n sorted ones. */
static size_t
rank_of(const double *x, size_t n, double v)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (x[mid] <= v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/*
 * Woodruff (1952): an interval for the share of values up to the quantile,
 * from the variation of that share between clusters (Student t, k - 1
 * degrees of freedom), is carried back through the empirical distribution.
 */
struct interval
cluster_ci(const double *sorted, size_t n, const struct cluster *c, size_t k,
    double p, double confidence)
{
	struct interval ci = { NAN, NAN };
	double v, share, sum = 0, se, half;
	size_t used = 0;

	if (n == 0)
		return ci;
	assert(sorted[0] <= sorted[n - 1]);
	v = quantile(sorted, n, p);
	share = (double)rank_of(sorted, n, v) / (double)n;
	for (size_t i = 0; i < k; i++) {
		double z;

		if (c[i].n == 0)
			continue;
		z = (double)count_up_to(&c[i], v) - share * (double)c[i].n;
		sum += z * z;
		used++;
	}
	if (used < 6)
		return ci;
	se = sqrt((double)used / (double)(used - 1) * sum) / (double)n;
	half = dist_t_quantile(0.5 + confidence / 2, (double)(used - 1)) * se;
	if (p - half < 0 || p + half > 1)	/* the data do not reach
						 * there */
		return ci;
	ci.lo = quantile(sorted, n, p - half);
	ci.hi = quantile(sorted, n, p + half);
	return ci;
}

struct cluster_tail
cluster_tail(const double *sorted, size_t n, const struct cluster *c, size_t k)
{
	struct interval tail = cluster_ci(sorted, n, c, k, 0.99, 0.975);
	struct interval middle = cluster_ci(sorted, n, c, k, 0.5, 0.975);
	double median = quantile_median(sorted, n);
	struct cluster_tail t = { NAN, { NAN, NAN } };

	if (!(median > 0))
		return t;
	t.ratio = quantile_supported(sorted, n, 0.99) / median;
	if (isfinite(t.ratio) && isfinite(tail.lo) && middle.lo > 0) {
		t.ci.lo = tail.lo / middle.hi;
		t.ci.hi = tail.hi / middle.lo;
	}
	return t;
}

struct moments {
	double n, mean, m2;	/* of ln x */
};

static struct moments
log_moments(const struct cluster *c)
{
	struct moments m = { 0, 0, 0 };

	for (size_t i = 0; i < c->n; i++) {
		double v, d;

		if (!(c->x[i] > 0))
			continue;
		v = log(c->x[i]);
		d = v - m.mean;
		m.n++;
		m.mean += d / m.n;
		m.m2 += d * (v - m.mean);
	}
	return m;
}

struct cluster_icc
cluster_icc(const struct cluster *c, size_t k)
{
	struct cluster_icc out = { NAN, NAN };
	double n = 0, mean = 0, squares = 0, between = 0, within = 0,
	    groups = 0;
	double m0, msb, msw;

	for (size_t i = 0; i < k; i++) {
		struct moments m = log_moments(&c[i]);
		double d = m.mean - mean;

		if (m.n == 0)
			continue;
		groups++;		/* Chan, Golub and LeVeque (1979) */
		between += d * d * n * m.n / (n + m.n);
		mean += d * m.n / (n + m.n);
		n += m.n;
		squares += m.n * m.n;
		within += m.m2;
	}
	if (groups < 2 || n <= groups)
		return out;
	m0 = (n - squares / n) / (groups - 1);
	msb = between / (groups - 1);
	msw = within / (n - groups);
	if (!(msb + (m0 - 1) * msw > 0))
		return out;
	out.icc = (msb - msw) / (msb + (m0 - 1) * msw);
	out.n_eff = n / (1 + (m0 - 1) * fmax(out.icc, 0));
	return out;
}
