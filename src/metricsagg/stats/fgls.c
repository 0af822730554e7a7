#include "fgls.h"

#include <math.h>

#include "dist.h"
#include "summary.h"

/* A column whose part independent of the others is smaller is one of them. */
#define DEPENDENT 1e-9
/* A residual this small, relative to y, is rounding: the fit is perfect. */
#define PERFECT 1e-11

static const struct fgls undecided = { NAN, NAN, 1, NAN, NAN, NAN };

static double
dot(const double *a, const double *b, size_t n)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		s += a[i] * b[i];
	return s;
}

/* Take the part along the unit vector q out of v; returns its length. */
static double
project_out(double *v, const double *q, size_t n)
{
	double along = dot(v, q, n);

	for (size_t i = 0; i < n; i++)
		v[i] -= along * q[i];
	return along;
}

/*
 * Modified Gram-Schmidt, twice each for accuracy: the columns x[0..p-1] of n
 * rows become orthonormal.  *length is what was left of the last column.
 * -1 when one depends on those before it.
 */
static int
orthonormal(double *const *x, size_t p, size_t n, double *length)
{
	for (size_t j = 0; j < p; j++) {
		double before = sqrt(dot(x[j], x[j], n)), after;

		for (size_t i = 0; i < 2 * j; i++)
			project_out(x[j], x[i % j], n);
		after = sqrt(dot(x[j], x[j], n));
		if (!(after > DEPENDENT * before))
			return -1;
		for (size_t i = 0; i < n; i++)
			x[j][i] /= after;
		*length = after;
	}
	return 0;
}

/* Least squares of y on x; y becomes the residual, *length as above, and the
 * coefficient of the last column is returned times *length. */
static double
regress(double *y, double *const *x, size_t p, size_t n)
{
	double last = 0;

	for (size_t j = 0; j < p; j++)
		last = project_out(y, x[j], n);
	return last;
}

/* a* of the residuals e, p columns used. */
static double
ar_of(const double *e, size_t m, size_t p)
{
	double den = dot(e, e, m - 1), a, dm = (double)m, dp = (double)p;

	if (m <= p + 2)
		return 1;
	if (!(den > 0))
		return 0;
	a = dot(e + 1, e, m - 1) / den;
	a = (dm * a + dp) / (dm - dp - 2);
	return a > 1 - 2 / sqrt(dm) ? 1 : fmax(a, 0);
}

/* One column: Prais-Winsten, or first differences for a = 1.  Returns rows. */
static size_t
transform(double *v, size_t m, double a)
{
	double before = v[0];

	v[0] *= sqrt(1 - a * a);
	for (size_t i = 1; i < m; i++) {
		double now = v[i];

		v[i] = now - a * before;
		before = now;
	}
	if (a < 1)
		return m;
	for (size_t i = 1; i < m; i++)
		v[i - 1] = v[i];
	return m - 1;
}

/* The constant, then col[k-1] down to col[0], which is tested. */
static void
design(double *const *x, const double *const *col, size_t k, size_t m)
{
	double mean;

	for (size_t i = 0; i < m; i++)
		x[0][i] = 1;
	for (size_t j = 0; j < k; j++) {
		mean = summary_mean(col[j], m, NULL);
		for (size_t i = 0; i < m; i++)
			x[k - j][i] = col[j][i] - mean;
	}
}

static void
shift(double *v, const double *y, size_t m)
{
	for (size_t i = 0; i < m; i++)
		v[i] = y[i] - y[0];
}

/* slope, se and p from the coefficient along the last unit column. */
static void
judge(struct fgls *out, double along, double length, double residual,
    double total)
{
	out->slope = along / length;
	if (residual <= PERFECT * PERFECT * total) {
		out->se = 0;
		out->p = along > 1e3 * PERFECT * sqrt(total) ? 0 : 1;
		return;
	}
	out->se = sqrt(residual / out->df) / length;
	out->p = dist_t_sf(out->slope / out->se, out->df);
}

struct fgls
fgls_test(const double *y, const double *const *col, size_t k, size_t m,
    double *scratch)
{
	struct fgls out = undecided;
	double *x[FGLS_COLUMNS], *v = scratch, length = 0, along, total;
	size_t p = k + 1, rows = m;

	if (m <= p || k < 1 || p > FGLS_COLUMNS)
		return out;
	for (size_t j = 0; j < p; j++)
		x[j] = scratch + (j + 1) * m;
	shift(v, y, m);
	if (!(dot(v, v, m) > 0)) {
		out.slope = out.se = out.sse = 0;
		out.df = (double)(m - p);
		return out;
	}
	design(x, col, k, m);
	if (orthonormal(x, p, m, &length) == -1)
		return out;
	regress(v, x, p, m);
	out.ar = ar_of(v, m, p);
	out.sse = dot(v, v, m);

	shift(v, y, m);
	design(x, col, k, m);
	rows = transform(v, m, out.ar);
	for (size_t j = 0; j < p; j++)
		transform(x[j], m, out.ar);
	out.df = (double)(m - p);
	total = dot(v, v, rows);
	/* In first differences the constant is gone: x[0] is left out. */
	if (orthonormal(out.ar < 1 ? x : x + 1, out.ar < 1 ? p : p - 1, rows,
	    &length) == -1 || !(total > 0))
		return (struct fgls){ NAN, NAN, 1, NAN, out.ar, out.sse };
	along = regress(v, out.ar < 1 ? x : x + 1, out.ar < 1 ? p : p - 1,
	    rows);
	judge(&out, along, length, dot(v, v, rows), total);
	return out;
}
