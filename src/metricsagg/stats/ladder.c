#include "ladder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"
#include "order.h"
#include "rng.h"
#include "xalloc.h"

/* No rung is known better than so, as a share. */
static const double least_se = 1e-4;
/* Its own scatter counts as its points, that of all rungs as so many. */
static const double points_of_all = 4;
static const double rises_by = 1e-3, tail = 0.025;
/* Rungs are so far apart: a server that cuts prompts makes them one. */
static const double apart = 1.05;

struct rung {
	double x, y, se;	/* medians; se of ln y */
	size_t n;
};

/* ---- the least squares -------------------------------------------------- */

/* Solve the k equations a x = b (in place); are they independent? */
static bool
solve(double a[LADDER_TERMS][LADDER_TERMS], double *b, size_t k)
{
	for (size_t i = 0; i < k; i++) {
		double pivot = a[i][i];

		for (size_t r = i + 1; r < k; r++) {
			double f = a[r][i] / pivot;

			for (size_t c = i; c < k; c++)
				a[r][c] -= f * a[i][c];
			b[r] -= f * b[i];
		}
	}
	for (size_t i = k; i-- > 0;) {
		if (!(a[i][i] > 1e-12))
			return false;
		for (size_t c = i + 1; c < k; c++)
			b[i] -= a[i][c] * b[c];
		b[i] /= a[i][i];
	}
	return true;
}

static double
curve(const double coef[LADDER_TERMS], double x)
{
	return coef[0] + x * (coef[1] + x * coef[2]);
}

/* The best with these terms alone (by bit); is none of them below 0? */
static bool
fit_terms(const struct rung *r, size_t n, unsigned terms, double *coef)
{
	double a[LADDER_TERMS][LADDER_TERMS] = { { 0 } }, b[LADDER_TERMS] = {
	    0 }, v[LADDER_TERMS], w;
	const struct rung *last = &r[n - 1];
	size_t at[LADDER_TERMS], k = 0;
	bool good;

	for (size_t j = 0; j < LADDER_TERMS; j++)
		if (terms >> j & 1)
			at[k++] = j;
	for (size_t i = 0; i < n; i++) {
		w = last->se / r[i].se;
		for (size_t j = 0; j < k; j++) {
			v[j] = w * last->y / r[i].y * pow(r[i].x / last->x,
			    (double)at[j]);
			b[j] += w * v[j];
			for (size_t c = 0; c <= j; c++)
				a[c][j] = a[j][c] += v[j] * v[c];
		}
	}
	good = solve(a, b, k);
	coef[0] = coef[1] = coef[2] = 0;
	for (size_t j = 0; j < k; j++) {
		good = good && b[j] >= 0;
		coef[at[j]] = b[j] * last->y / pow(last->x, (double)at[j]);
	}
	return good;
}

/* The best of so many terms, none below 0; the sum of squares of it. */
static double
fit(const struct rung *r, size_t n, unsigned terms, double *coef)
{
	double best = INFINITY, c[LADDER_TERMS];

	for (unsigned of = 1; of < 1u << terms; of++) {
		double sum = fit_terms(r, n, of, c) ? 0 : INFINITY, e;

		for (size_t i = 0; i < n; i++) {
			e = (curve(c, r[i].x) / r[i].y - 1) / r[i].se;
			sum += e * e;
		}
		if (sum < best) {
			best = sum;
			memcpy(coef, c, sizeof(c));
		}
	}
	return best;
}

/* ---- the rungs ---------------------------------------------------------- */

static int
cmp_point(const void *pa, const void *pb)
{
	const struct ladder_point *a = pa, *b = pb;

	return a->rung != b->rung ? CMP(a->rung, b->rung) :
	    a->y != b->y ? CMP(a->y, b->y) : CMP(a->x, b->x);
}

static int
cmp_rung(const void *pa, const void *pb)
{
	const struct rung *a = pa, *b = pb;

	return a->x != b->x ? CMP(a->x, b->x) : CMP(a->y, b->y);
}

/* Of n points of a rung; e: what each is off, of ln y. */
static struct rung
rung_of(const struct ladder_point *p, size_t n, double *e, double *x)
{
	struct rung r = { .n = n };

	for (size_t i = 0; i < n; i++)
		x[i] = p[i].x;
	order_sort(x, n);
	r.x = quantile_median(x, n);
	for (size_t i = 0; i < n; i++)
		x[i] = p[i].y;
	r.y = quantile_median(x, n);
	for (size_t i = 0; i < n; i++)
		x[i] = e[i] = fabs(log(p[i].y / r.y));
	order_sort(x, n);
	r.se = 1.4826 * quantile_median(x, n);
	return r;
}

/* What a rung's median is off by, from its own scatter and that of all. */
static double
se_of(const struct rung *r, double all)
{
	double n = (double)r->n, var = (n * r->se * r->se + points_of_all *
	    all * all) / (n + points_of_all);

	return fmax(least_se, 1.2533 * sqrt(var / n));
}

/* The rungs of two points and more, by x, that are longer than those before;
 * *all: the scatter. */
static size_t
rungs_of(struct ladder_point *p, size_t n, struct rung *r, double *all)
{
	double *e = xreallocarray(NULL, n + 1, 2 * sizeof(*e));
	size_t k = 0, kept = 0, m, i;

	order_rows(p, n, sizeof(*p), cmp_point);
	for (i = 0; i < n; i += m) {
		for (m = 1; i + m < n && p[i + m].rung == p[i].rung; m++)
			;
		if (m < 2)
			continue;
		r[k++] = rung_of(p + i, m, e + kept, e + n + 1);
		kept += m;
	}
	order_sort(e, kept);
	*all = 1.4826 * quantile_median(e, kept) * sqrt((double)kept /
	    (double)(kept - k));
	free(e);
	order_rows(r, k, sizeof(*r), cmp_rung);
	for (i = n = 0; i < k; i++)
		if (n == 0 || r[i].x >= apart * r[n - 1].x) {
			r[n] = r[i];
			r[n++].se = se_of(&r[i], *all);
		}
	return n;
}

/* ---- the curve ---------------------------------------------------------- */

static double
draw_normal(uint64_t *rng)
{
	return dist_normal_quantile((rng_unit(rng) * 0x1p52 + 0.5) / 0x1p52);
}

/* How far y may lie off the curve beyond the longest rung, of ln y: 95 %. */
static double
beyond(const struct ladder *l)
{
	return 1.5 * fabs(log(l->held_fit / l->held_y));
}

/* Curves through what could have been measured instead. */
static void
draw_all(struct ladder *l, const struct rung *r, unsigned terms, double wider,
    double common, uint64_t rng)
{
	struct rung *other = xreallocarray(NULL, l->rungs, sizeof(*other));
	double of_load;

	for (size_t k = 0; k < LADDER_DRAWS; k++) {
		of_load = common * draw_normal(&rng);
		for (size_t i = 0; i < l->rungs; i++) {
			other[i] = r[i];
			other[i].y = curve(l->coef, r[i].x) * exp(of_load +
			    wider * r[i].se * draw_normal(&rng));
		}
		fit(other, l->rungs, terms, l->draw[k]);
	}
	for (size_t k = 0; k < LADDER_DRAWS; k++)
		l->stray[k] = expm1(beyond(l) * draw_normal(&rng) /
		    dist_normal_quantile(1 - tail));
	free(other);
}

struct ladder
ladder_of(struct ladder_point *p, size_t n, size_t visits, unsigned terms,
    double limit, const char *name)
{
	struct rung *r = xreallocarray(NULL, n + 1, sizeof(*r));
	struct ladder l = { .verdict = LADDER_TOO_FEW_RUNGS, .n = n,
	    .from = NAN, .to = NAN, .coef = { NAN, NAN, NAN }, .held_y = NAN,
	    .held_fit = NAN, .error = NAN };
	double all, t, sum, held[LADDER_TERMS], freedom = 0;
	size_t used = 0;

	l.rungs = rungs_of(p, n, r, &all);
	if (l.rungs > 0) {
		l.from = r[0].x;
		l.to = r[l.rungs - 1].x;
	}
	if (l.rungs > terms) {
		fit(r, l.rungs - 1, terms, held);
		l.held_y = r[l.rungs - 1].y;
		l.held_fit = curve(held, l.to);
		l.error = l.held_fit / l.held_y - 1;
		sum = fit(r, l.rungs, terms, l.coef);
		for (size_t i = 0; i < l.rungs; i++)
			freedom += (double)r[i].n - 1;
		for (size_t j = 0; j < LADDER_TERMS; j++)
			used += l.coef[j] > 0;
		t = dist_t_quantile(1 - tail, freedom) /
		    dist_normal_quantile(1 - tail);
		draw_all(&l, r, terms, t * sqrt(fmax(1, sum /
		    (double)(l.rungs - used))), t * all / sqrt(visits > 1 ?
		    (double)visits : 1), rng_seed(terms, name));
		l.verdict = fabs(l.error) <= limit ?
		    LADDER_PREDICTED : LADDER_ERROR_TOO_LARGE;
	}
	free(r);
	return l;
}

double
ladder_at(const struct ladder *l, double x)
{
	return curve(l->coef, x);
}

/* The middle 95 % of n values, which are sorted. */
static struct interval
middle(double *y, size_t n)
{
	order_sort(y, n);
	return (struct interval){ quantile(y, n, tail),
	    quantile(y, n, 1 - tail) };
}

struct interval
ladder_ci(const struct ladder *l, double x)
{
	double y[LADDER_DRAWS], at = ladder_at(l, x), e = x > l->to ?
	    beyond(l) : 0;
	struct interval ci;

	if (isnan(at))
		return (struct interval){ NAN, NAN };
	for (size_t k = 0; k < LADDER_DRAWS; k++)
		y[k] = curve(l->draw[k], x);
	ci = middle(y, LADDER_DRAWS);
	ci.lo = at * exp(-hypot(log(at / fmin(at, ci.lo)), e));
	ci.hi = at * exp(hypot(log(fmax(at, ci.hi) / at), e));
	return ci;
}

bool
ladder_rises(const struct ladder *l)
{
	double y[LADDER_DRAWS];

	if (isnan(l->coef[0]))
		return false;
	for (size_t k = 0; k < LADDER_DRAWS; k++)
		y[k] = curve(l->draw[k], l->to) / curve(l->draw[k], l->from);
	return middle(y, LADDER_DRAWS).lo > 1 + rises_by;
}

/* ---- two curves --------------------------------------------------------- */

/* How often the curve d is 0 from one x to before another, the last in *at. */
static size_t
zeros(const double d[LADDER_TERMS], double from, double to, double *at)
{
	double root = sqrt(d[1] * d[1] - 4 * d[2] * d[0]);
	double q = -0.5 * (d[1] + copysign(root, d[1]));
	double x[] = { d[0] / q, d[2] != 0 ? q / d[2] : (double)NAN };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		if (x[i] >= from && x[i] < to) {
			*at = x[i];
			n++;
		}
	return n;
}

static void
less(double *d, const double *a, const double *b)
{
	for (size_t j = 0; j < LADDER_TERMS; j++)
		d[j] = a[j] - b[j];
}

/* The k-th draw from x on, where none was measured it strays to the end. */
static void
drawn(double coef[LADDER_TERMS], const struct ladder *l, size_t k, double x,
    double end)
{
	double slope = x < l->to ? 0 : l->stray[k] * curve(l->draw[k], end) /
	    (end - l->to);

	coef[0] = l->draw[k][0] - slope * l->to;
	coef[1] = l->draw[k][1] + slope;
	coef[2] = l->draw[k][2];
}

/* How often two k-th draws cross, the last time at *at. */
static size_t
draws_cross(const struct ladder *a, const struct ladder *b, size_t k,
    double from, double to, double *at)
{
	double edge[] = { from, fmin(a->to, b->to), fmax(a->to, b->to), to };
	double ca[LADDER_TERMS], cb[LADDER_TERMS];
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		drawn(ca, a, k, edge[i], to);
		drawn(cb, b, k, edge[i], to);
		less(ca, ca, cb);
		n += zeros(ca, fmax(from, edge[i]), fmin(to, edge[i + 1]), at);
	}
	return n;
}

struct ladder_crossing
ladder_cross(const struct ladder *a, const struct ladder *b, double from,
    double to)
{
	struct ladder_crossing c = { CROSSING_CANNOT_TELL, NAN, { NAN, NAN },
	    false };
	double d[LADDER_TERMS], at[LADDER_DRAWS], sure = 1 - 2 * tail;
	size_t n = 0, none = 0, times, k;

	if (!(from < to))
		return c;
	less(d, a->coef, b->coef);
	c.a_first = curve(d, from) < 0;
	times = zeros(d, from, to, &c.x);
	for (size_t i = 0; i < LADDER_DRAWS; i++) {
		less(d, a->draw[i], b->draw[i]);
		if ((curve(d, from) < 0) != c.a_first)
			continue;
		k = draws_cross(a, b, i, from, to, &at[n]);
		none += k == 0;
		n += k == 1;
	}
	if (times == 0 && (double)none >= sure * LADDER_DRAWS) {
		c.verdict = CROSSING_NONE;
	} else if (times == 1 && (double)n >= sure * LADDER_DRAWS) {
		c.verdict = CROSSING_ONE;
		c.ci = middle(at, n);
		return c;
	}
	c.x = NAN;
	return c;
}
