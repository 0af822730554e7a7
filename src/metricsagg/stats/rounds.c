#include "rounds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

/*
 * Nothing is measured to a millionth: rounds that agree better than that (a
 * coarse clock, a made-up run) must not make E a matter of rounding.
 */
#define SD_LEAST 1e-6

/* What the first n rounds have in common. */
struct figures {
	double n, mean, sd;
};

static struct figures
figures(const double *d, size_t n)
{
	struct figures f = { (double)n, 0, 0 };
	double ss = 0;

	for (size_t i = 0; i < n; i++)
		f.mean += d[i] / f.n;
	for (size_t i = 0; i < n; i++)
		ss += (d[i] - f.mean) * (d[i] - f.mean);
	f.sd = n < 2 ? NAN : fmax(SD_LEAST, sqrt(ss / (f.n - 1)));
	return f;
}

/* e(n, g), with q = t^2 / (n - 1). */
static double
evidence(double n, double q, double g)
{
	double wide = 1 + n * g;

	return pow(wide, -0.5) * pow((1 + q / wide) / (1 + q), -n / 2);
}

double
rounds_evidence(double n, double t)
{
	double q = t * t / (n - 1);

	return 0.5 * (evidence(n, q, 1) + evidence(n, q, 25));
}

/* E of rounds with these figures, x subtracted from each. */
static double
e_of(struct figures f, double x)
{
	return rounds_evidence(f.n, (f.mean - x) / f.sd * sqrt(f.n));
}

/* Half the width of { x : E < 1 / alpha }; NAN where no x is excluded. */
static double
half_width(struct figures f)
{
	double lo = 0, hi = f.sd, mid;

	if (f.n < 3)		/* E of 2 rounds is below 4.4 */
		return NAN;
	while (e_of(f, f.mean + hi) < 1 / ROUNDS_ALPHA)
		hi *= 2;
	for (int i = 0; i < 100 && (mid = lo + 0.5 * (hi - lo)) > lo &&
	    mid < hi; i++)
		*(e_of(f, f.mean + mid) < 1 / ROUNDS_ALPHA ? &lo : &hi) = mid;
	return hi;
}

/* Are both ends of the margin excluded, and the estimate between them? */
static bool
is_equivalent(struct figures f)
{
	double lo = log1p(-ROUNDS_MARGIN), hi = log1p(ROUNDS_MARGIN);

	return lo < f.mean && f.mean < hi &&
	    e_of(f, lo) >= 1 / ROUNDS_ALPHA && e_of(f, hi) >= 1 / ROUNDS_ALPHA;
}

/* A difference that is certain, and certainly too small to matter, is none. */
static enum compare_verdict
verdict_of(struct figures f, double e_needed)
{
	if (is_equivalent(f))
		return COMPARE_EQUIVALENT;
	return e_of(f, 0) >= e_needed ? COMPARE_DIFFERENT :
	    COMPARE_INCONCLUSIVE;
}

/* ---- visits to rounds ----------------------------------------------------*/

static int
by_time(const void *va, const void *vb)
{
	const struct rounds_visit *a = va, *b = vb;

	if (a->at_s != b->at_s)
		return a->at_s < b->at_s ? -1 : 1;
	return a->is_new - b->is_new;
}

/* The rounds of visits that are sorted by time. */
struct series {
	double *d;
	double *apart_s;	/* new is so much later than base */
	size_t n;
	double took_s;
};

/*
 * Are a and b, the next in time, a round?  Not if b belongs to the visit after
 * it (c, or NULL) more, by its block: a's counterpart failed.
 */
static bool
is_round(const struct rounds_visit *a, const struct rounds_visit *b,
    const struct rounds_visit *c)
{
	return a->is_new != b->is_new && (a->block == b->block ||
	    c == NULL || c->is_new == b->is_new || c->block != b->block);
}

static void
pair_visits(struct series *s, const struct rounds_visit *v, size_t n)
{
	for (size_t i = 0; i + 1 < n; i++) {
		const struct rounds_visit *a = &v[i], *b = &v[i + 1];
		double sign = b->is_new ? 1 : -1;

		if (!is_round(a, b, i + 2 < n ? b + 1 : NULL))
			continue;
		s->d[s->n] = sign * (b->value - a->value);
		s->apart_s[s->n++] = sign * (b->at_s - a->at_s);
		s->took_s += a->took_s + b->took_s;
		i++;
	}
}

static double
imbalance(const double *apart_s, size_t n)
{
	double sum = 0, size = 0;

	for (size_t i = 0; i < n; i++) {
		sum += apart_s[i];
		size += fabs(apart_s[i]);
	}
	return size > 0 ? fabs(sum) / size : 1;
}

/* The first look that decides: after so many rounds; 0: none does. */
static size_t
deciding_look(struct rounds *r, const struct series *s)
{
	for (size_t k = 2; k <= s->n; k++) {
		if (imbalance(s->apart_s, k) > ROUNDS_CONFOUNDED)
			continue;
		r->verdict = verdict_of(figures(s->d, k), r->e_needed);
		if (r->verdict != COMPARE_INCONCLUSIVE)
			return k;
	}
	return 0;
}

static void
judge(struct rounds *r, const struct series *s, unsigned tests)
{
	size_t k = tests > 0 ? deciding_look(r, s) : 0;
	struct figures f;
	double half;

	r->decided_after = k;
	k = k > 0 ? k : s->n;
	f = figures(s->d, k);
	half = half_width(f);
	r->ratio = exp(f.mean);
	r->sd = f.sd;
	r->ci = (struct interval){ exp(f.mean - half), exp(f.mean + half) };
	r->e = e_of(f, 0);
	r->imbalance = imbalance(s->apart_s, k);
	if (r->decided_after > 0)
		return;
	r->verdict = r->imbalance > ROUNDS_CONFOUNDED ?
	    COMPARE_CONFOUNDED_BY_ORDER : tests == 0 ? COMPARE_DESCRIPTION :
	    COMPARE_INCONCLUSIVE;
}

struct rounds
rounds_judge(const struct rounds_visit *v, size_t n, unsigned tests)
{
	struct rounds r = { .ratio = NAN, .ci = { NAN, NAN }, .e = NAN,
	    .e_needed = tests > 0 ? tests / ROUNDS_ALPHA : NAN,
	    .imbalance = NAN, .round_s = NAN, .sd = NAN,
	    .verdict = COMPARE_INSUFFICIENT };
	struct rounds_visit *own = xreallocarray(NULL, n + 1, sizeof(*own));
	double *d = xreallocarray(NULL, 2 * n + 1, sizeof(*d));
	struct series s = { d, d + n, 0, 0 };
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(v[i].value))
			own[kept++] = v[i];
	qsort(own, kept, sizeof(*own), by_time);
	pair_visits(&s, own, kept);
	r.n = s.n;
	if (r.n > 0) {
		r.round_s = s.took_s / (double)s.n;
		judge(&r, &s, tests);
	}
	free(d);
	free(own);
	return r;
}
