#include "dist.h"

#include <math.h>

#define TINY 1e-300
#define EPS 1e-16
#define MAX_TERMS 100000

double
dist_normal_sf(double z)
{
	return 0.5 * erfc(z * 0.70710678118654752440);
}

/* Acklam's approximation (2003), relative error 1.15e-9, for p <= 1/2. */
static double
acklam(double p)
{
	static const double a[] = { -3.969683028665376e+01,
	    2.209460984245205e+02,
	    -2.759285104469687e+02, 1.383577518672690e+02,
	    -3.066479806614716e+01, 2.506628277459239e+00 };
	static const double b[] = { -5.447609879822406e+01,
	    1.615858368580409e+02,
	    -1.556989798598866e+02, 6.680131188771972e+01,
	    -1.328068155288572e+01 };
	static const double c[] = { -7.784894002430293e-03,
	    -3.223964580411365e-01, -2.400758277161838e+00,
	    -2.549732539343734e+00, 4.374664141464968e+00,
	    2.938163982698783e+00 };
	static const double d[] = { 7.784695709041462e-03,
	    3.224671290700398e-01,
	    2.445134137142996e+00, 3.754408661907416e+00 };
	double q, r;

	if (p < 0.02425) {
		q = sqrt(-2 * log(p));
		return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q +
		    c[4]) *
		    q + c[5]) / ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) *
		    q + 1);
	}
	q = p - 0.5;
	r = q * q;
	return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r +
	    a[5]) * q / (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r +
	    b[4]) * r + 1);
}

double
dist_normal_quantile(double p)
{
	double z, e, u;

	if (p > 0.5)
		return -dist_normal_quantile(1 - p);
	z = acklam(p);
	e = dist_normal_sf(-z) - p;
	u = e * 2.50662827463100050242 * exp(0.5 * z * z);
	return z - u / (1 + 0.5 * z * u);
}

static double
away_from_zero(double x)
{
	return fabs(x) < TINY ? TINY : x;
}

static double
beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), h = d;

	for (int m = 1; m < MAX_TERMS; m++) {
		double am = a + 2 * m, term, step;

		term = m * (b - m) * x / ((am - 1) * am);
		d = 1 / away_from_zero(1 + term * d);
		c = away_from_zero(1 + term / c);
		h *= d * c;
		term = -(a + m) * (a + b + m) * x / (am * (am + 1));
		d = 1 / away_from_zero(1 + term * d);
		c = away_from_zero(1 + term / c);
		step = d * c;
		h *= step;
		if (fabs(step - 1) < EPS)
			break;
	}
	return h;
}

/* I_x(a, b) with y = 1 - x given apart, so that neither tail loses digits. */
static double
beta_xy(double a, double b, double x, double y)
{
	double front;

	if (x <= 0 || y <= 0)
		return x <= 0 ? 0 : 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) +
	    b * log(y));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, y) / b;
}

double
dist_t_sf(double t, double df)
{
	double tail, w;

	if (isnan(t) || isnan(df))
		return NAN;
	if (isinf(t))
		return t > 0 ? 0 : 1;
	w = t * t / (df + t * t);
	tail = 0.5 * beta_xy(df / 2, 0.5, df / (df + t * t), w);
	return t > 0 ? tail : 1 - tail;
}

double
dist_t_quantile(double p, double df)
{
	double lo = 0, hi = 1;

	if (p < 0.5)
		return -dist_t_quantile(1 - p, df);
	while (dist_t_sf(hi, df) > 1 - p && hi < 1e300)
		hi *= 2;
	for (int i = 0; i < 200 && lo < hi; i++) {
		double mid = lo + (hi - lo) / 2;

		if (mid <= lo || mid >= hi)
			break;
		if (dist_t_sf(mid, df) > 1 - p)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

uint64_t
dist_median_rank(uint64_t n, double tail)
{
	double dn = (double)n, pmf, cdf = 0;
	uint64_t k = 0;

	if (n <= 1000) {		/* 2^-n is a normal double: exact */
		pmf = ldexp(1, -(int)n);
	} else {			/* start 12 sigma below the middle */
		double start = floor(dn / 2 - 6 * sqrt(dn));

		k = start > 0 ? (uint64_t)start : 0;
		pmf = exp(lgamma(dn + 1) - lgamma((double)k + 1) -
		    lgamma(dn - (double)k + 1) - dn * 0.69314718055994530942);
	}
	for (; k <= n; k++) {
		if (cdf + pmf > tail)
			return k;
		cdf += pmf;
		pmf *= (dn - (double)k) / ((double)k + 1);
	}
	return k;
}
