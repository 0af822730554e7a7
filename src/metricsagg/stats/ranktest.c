#include "ranktest.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "dist.h"
#include "order.h"
#include "summary.h"
#include "xalloc.h"

#define TAIL 0.025

static const struct ranktest nothing = { NAN, { NAN, NAN }, NAN };

/*
 * A law symmetric about max / 2 on 0..max, as counts of equally likely cases:
 * cdf(u) = P(W <= u).  Counts stay exact in a double where they decide.
 */
struct law {
	double *count;
	double total;
	size_t max;
};

/* Subsets of n ranks by their sum; the law of what is drawn by n coins. */
static struct law
signed_rank_law(const size_t *rank, size_t n)
{
	struct law l = { .total = ldexp(1, (int)n) };
	size_t reach = 0;

	for (size_t i = 0; i < n; i++)
		l.max += rank[i];
	l.count = xcalloc(l.max + 1, sizeof(*l.count));
	l.count[0] = 1;
	for (size_t i = 0; i < n; i++) {
		reach += rank[i];
		for (size_t u = reach; u >= rank[i]; u--)
			l.count[u] += l.count[u - rank[i]];
	}
	return l;
}

/*
 * The Gaussian binomial coefficient [m + n, m]: the product over i of
 * (1 - q^(n+i)) / (1 - q^i), one factor after the other, so that every
 * second polynomial is again one of counts.
 */
static struct law
u_law(size_t m, size_t n)
{
	struct law l = { .max = m * n, .total = 1 };

	l.count = xcalloc(l.max + 1, sizeof(*l.count));
	l.count[0] = 1;
	for (size_t i = 1; i <= m; i++) {
		for (size_t u = l.max; u >= n + i; u--)
			l.count[u] -= l.count[u - n - i];
		for (size_t u = i; u <= l.max; u++)
			l.count[u] += l.count[u - i];
		l.total *= (double)(n + i) / (double)i;
	}
	return l;
}

/* P(W <= u), summed over the smaller half. */
static double
law_cdf(const struct law *l, size_t u)
{
	double sum = 0;

	if (u >= l->max)
		return 1;
	if (2 * u >= l->max)
		return 1 - law_cdf(l, l->max - u - 1);
	for (size_t i = 0; i <= u; i++)
		sum += l->count[i];
	return sum / l->total;
}

/* The number of u with P(W <= u) <= TAIL. */
static size_t
law_tail(const struct law *l)
{
	double sum = 0;
	size_t k = 0;

	for (; k <= l->max; k++) {
		sum += l->count[k];
		if (sum > TAIL * l->total * (1 + 1e-14))
			break;
	}
	return k;
}

/* Two-sided p of the statistic w; the two tails mirror each other. */
static double
law_p(const struct law *l, size_t w)
{
	size_t low = w < l->max - w ? w : l->max - w;

	return fmin(1, 2 * law_cdf(l, low));
}

static double
normal_p(double w, double mean, double sd)
{
	double z = fabs(w - mean);

	if (!(sd > 0))
		return 1;
	return fmin(1, 2 * dist_normal_sf(fmax(z - 0.5, 0) / sd));
}

/* The number of u below the lower TAIL of a normal law. */
static size_t
normal_tail(double mean, double sd)
{
	double u = floor(mean - 0.5 - 1.95996398454005423552 * sd);

	return u < 0 ? 0 : (size_t)u + 1;
}

/* Ranks are told twice as large: those of ties are halves. */
struct signed_ranks {
	size_t n;		/* differences that are not zero */
	size_t *twice;		/* the ranks of their sizes, ascending */
	size_t w;		/* sum of those of the positive ones */
	double ties;		/* sum of t^3 - t */
};

/* d sorted by value: walk both signs outwards from zero, in |d|. */
static void
rank_signs(struct signed_ranks *r, const double *d, size_t n)
{
	size_t neg = 0, pos;

	while (neg < n && d[neg] < 0)
		neg++;
	for (pos = neg; pos < n && d[pos] == 0;)
		pos++;
	while (neg > 0 || pos < n) {
		double left = neg > 0 ? -d[neg - 1] : INFINITY;
		double v = fmin(left, pos < n ? d[pos] : INFINITY);
		size_t up = 0, both = 0, twice;

		for (; neg > 0 && -d[neg - 1] == v; neg--)
			both++;
		for (; pos < n && d[pos] == v; pos++, both++)
			up++;
		twice = 2 * r->n + both + 1;
		for (size_t i = 0; i < both; i++)
			r->twice[r->n++] = twice;
		r->w += up * twice;
		r->ties += pow((double)both, 3) - (double)both;
	}
}

static double
signed_rank_p(const double *d, size_t n)
{
	struct signed_ranks r = { .twice = xcalloc(n, sizeof(*r.twice)) };
	double rn, p = 1;

	rank_signs(&r, d, n);
	rn = (double)r.n;
	if (r.n > RANKTEST_EXACT) {
		p = normal_p((double)r.w / 2, rn * (rn + 1) / 4, sqrt(rn *
		    (rn + 1) * (2 * rn + 1) / 24 - r.ties / 48));
	} else if (r.n > 0) {
		struct law law = signed_rank_law(r.twice, r.n);

		p = law_p(&law, r.w);
		free(law.count);
	}
	free(r.twice);
	return p;
}

/* #{u : P(W <= u) <= TAIL} for n differences without ties. */
static size_t
signed_rank_tail(size_t n)
{
	double dn = (double)n;
	size_t rank[RANKTEST_EXACT], k;
	struct law law;

	if (n > RANKTEST_EXACT)
		return normal_tail(dn * (dn + 1) / 4,
		    sqrt(dn * (dn + 1) * (2 * dn + 1) / 24));
	for (size_t i = 0; i < n; i++)
		rank[i] = i + 1;
	law = signed_rank_law(rank, n);
	k = law_tail(&law);
	free(law.count);
	return k;
}

struct ranktest
ranktest_paired(double *d, size_t n)
{
	struct ranktest out = nothing;
	size_t k;

	n = order_finite(d, n);
	if (n == 0)
		return out;
	out.estimate = order_centre(d, n);
	out.p = signed_rank_p(d, n);
	k = signed_rank_tail(n);
	if (n >= 6 && k >= 1) {
		out.ci.lo = order_walsh(d, n, k);
		out.ci.hi = order_walsh(d, n,
		    (uint64_t)n * (n + 1) / 2 + 1 - k);
	}
	return out;
}

struct u_ranks {
	double u;		/* pairs with y > x, half of those equal */
	double ties;		/* sum of t^3 - t over both samples */
	size_t *twice;		/* twice the ranks of all, ascending */
};

static void
rank_samples(struct u_ranks *r, const double *x, size_t nx, const double *y,
    size_t ny)
{
	size_t i = 0, j = 0;

	while (i < nx || j < ny) {
		double v = fmin(i < nx ? x[i] : INFINITY,
		    j < ny ? y[j] : INFINITY);
		size_t from = i + j, a = 0, b = 0;

		for (; i < nx && x[i] == v; i++)
			a++;
		for (; j < ny && y[j] == v; j++)
			b++;
		r->u += (double)b * ((double)(i - a) + 0.5 * (double)a);
		r->ties += pow((double)(a + b), 3) - (double)(a + b);
		for (size_t k = from; k < i + j; k++)
			r->twice[k] = 2 * from + a + b + 1;
	}
}

/*
 * P that the ranks of a sample of k, any k of the n, add up to as far from
 * their mean as this (all twice); with ties the law has no symmetry, and no
 * closed form: count[j * (max + 1) + s] samples of j have the sum s.
 */
static double
tied_p(const size_t *twice, size_t n, size_t k, double far)
{
	size_t width = n * (n + 1) + 1, s;
	double *count = xcalloc((k + 1) * width, sizeof(*count));
	double as_far = 0, all = 0, mean = (double)k * (double)(n + 1);

	count[0] = 1;
	for (size_t i = 0; i < n; i++)
		for (size_t j = k; j > 0; j--)
			for (s = width - 1; s >= twice[i]; s--)
				count[j * width + s] += count[(j - 1) * width +
				    s - twice[i]];
	for (s = 0; s < width; s++) {
		all += count[k * width + s];
		if (fabs((double)s - mean) >= far)
			as_far += count[k * width + s];
	}
	free(count);
	return as_far / all;
}

/* p of sorted samples, and into *k #{u : P(U <= u) <= TAIL} without ties. */
static double
u_p(const double *x, size_t nx, const double *y, size_t ny, size_t *k)
{
	struct u_ranks r = { .twice = xcalloc(nx + ny, sizeof(*r.twice)) };
	double both = (double)nx * (double)ny, n = (double)(nx + ny), p = NAN;

	rank_samples(&r, x, nx, y, ny);
	if (nx <= RANKTEST_EXACT && ny <= RANKTEST_EXACT) {
		struct law law = u_law(nx, ny);

		*k = law_tail(&law);
		if (r.ties == 0)
			p = law_p(&law, (size_t)r.u);
		free(law.count);
	} else {
		*k = normal_tail(both / 2, sqrt(both * (n + 1) / 12));
	}
	if (isnan(p) && nx + ny <= RANKTEST_EXACT)
		p = tied_p(r.twice, nx + ny, nx < ny ? nx : ny,
		    fabs(2 * r.u - both));
	else if (isnan(p))
		p = normal_p(r.u, both / 2, sqrt(both / 12 *
		    (n + 1 - r.ties / (n * (n - 1)))));
	free(r.twice);
	return p;
}

struct ranktest
ranktest_unpaired(double *x, size_t nx, double *y, size_t ny)
{
	struct ranktest out = nothing;
	uint64_t pairs;
	size_t k;

	nx = order_finite(x, nx);
	ny = order_finite(y, ny);
	if (nx == 0 || ny == 0)
		return out;
	order_sort(x, nx);
	order_sort(y, ny);
	pairs = (uint64_t)nx * ny;
	out.estimate = order_difference(x, nx, y, ny, (pairs + 1) / 2);
	if (pairs % 2 == 0)
		out.estimate = 0.5 * (out.estimate +
		    order_difference(x, nx, y, ny, pairs / 2 + 1));
	out.p = u_p(x, nx, y, ny, &k);
	if (k >= 1) {
		out.ci.lo = order_difference(x, nx, y, ny, k);
		out.ci.hi = order_difference(x, nx, y, ny, pairs + 1 - k);
	}
	return out;
}

struct ranktest
ranktest_t(const double *d, size_t n)
{
	struct ranktest out = nothing;
	double mean, m2, se, half, df = (double)n - 1;

	if (n < 2)
		return out;
	mean = summary_mean(d, n, &m2);
	se = sqrt(m2 / df / (double)n);
	half = dist_t_quantile(0.975, df) * se;
	out.estimate = mean;
	out.ci = (struct interval){ mean - half, mean + half };
	if (se > 0)
		out.p = fmin(1, 2 * dist_t_sf(fabs(mean) / se, df));
	else
		out.p = fabs(mean) > 0 ? 0 : 1;
	return out;
}
