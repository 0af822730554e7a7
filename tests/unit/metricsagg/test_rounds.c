#include <math.h>

#include "stats/further.h"
#include "stats/rounds.h"
#include "tap.h"

/* ln of the density of x, normal with this mean and standard deviation. */
static double
ln_normal(double x, double mean, double sd)
{
	double z = (x - mean) / sd;

	return -0.5 * z * z - log(sd) - 0.91893853320467274178;
}

/*
 * The likelihood of d if its mean is delta standard deviations, the standard
 * deviation unknown (density 1 / sd): by the trapezoidal rule over ln sd.
 */
static double
likelihood(const double *d, size_t n, double delta)
{
	double sum = 0, step = 0.02, l;

	for (double u = -14; u < 8; u += step) {
		l = 0;
		for (size_t i = 0; i < n; i++)
			l += ln_normal(d[i], delta * exp(u), exp(u));
		sum += exp(l) * step;
	}
	return sum;
}

/* e(n, g) by its definition: the effect drawn from a normal of variance g. */
static double
mixture(const double *d, size_t n, double g)
{
	double sum = 0, step = 0.02, wide = 12 * sqrt(g);

	for (double delta = -wide; delta < wide; delta += step)
		sum += likelihood(d, n, delta) *
		    exp(ln_normal(delta, 0, sqrt(g))) * step;
	return sum / likelihood(d, n, 0);
}

/* E(n) of d - x: from the t statistic of n rounds. */
static double
rounds_e(const double *d, size_t n, double x)
{
	double mean = 0, ss = 0;

	for (size_t i = 0; i < n; i++)
		mean += d[i] / (double)n;
	for (size_t i = 0; i < n; i++)
		ss += (d[i] - mean) * (d[i] - mean);
	return rounds_evidence((double)n, (mean - x) /
	    fmax(1e-6, sqrt(ss / (double)(n - 1))) * sqrt((double)n));
}

static const double some[] = { 0.11, 0.08, 0.14, 0.09, 0.10, 0.12 };

static void
evidence(void)
{
	double right;

	for (size_t n = 2; n <= 6; n += 2) {
		right = 0.5 * (mixture(some, n, 1) + mixture(some, n, 25));
		ok(fabs(rounds_e(some, n, 0) / right - 1) < 1e-6,
		    "E of %zu rounds is the mixture it is said to be", n);
	}
	is_near(rounds_e(some, 6, 0.05),
	    rounds_e((double[]){ 0.06, 0.03, 0.09, 0.04, 0.05, 0.07 }, 6, 0),
	    1e-9, "E of d - x");
	is_near(rounds_e((double[]){ 1, 1 }, 2, 0),
	    0.5 * (sqrt(3) + sqrt(51)), 1e-6, "2 rounds: at most 4.4");
	is_near(rounds_e((double[]){ 1, 1, 1 }, 3, 0), 40, 1e-6,
	    "3 rounds: at most 40");
	ok(rounds_e((double[]){ 1, 1, 1 }, 3, 0) < 40,
	    "  which they never reach");
	is_near(rounds_e((double[]){ -0.1, 0.1 }, 2, 0),
	    0.5 * (1 / sqrt(3) + 1 / sqrt(51)), 1e-12, "t = 0");
}

/* Visits A B, B A, ... or, not reversed, A B, A B; d as given, 10 s each. */
static size_t
visits(struct rounds_visit *v, const double *d, size_t n, bool reversed)
{
	for (size_t i = 0; i < 2 * n; i++) {
		bool is_new = reversed && i / 2 % 2 ? i % 2 == 0 : i % 2 == 1;

		v[i] = (struct rounds_visit){ 3 + (is_new ? d[i / 2] : 0),
		    10.0 * (double)i, 10, (int64_t)(i / 2), is_new };
	}
	return 2 * n;
}

static void
judged(void)
{
	struct rounds_visit v[24];
	struct rounds r = rounds_judge(v, visits(v, some, 6, true), 2), stopped;

	ok(r.n == 6 && r.verdict == COMPARE_DIFFERENT && r.decided_after == 5,
	    "different after 5 of 6 rounds");
	is_near(r.e, rounds_e(some, 5, 0), 1e-12, "E is that of the look");
	is_near(rounds_e(some, 5, log(r.ci.lo)), 20, 1e-6,
	    "  and it is 20 at the lower end");
	is_near(rounds_e(some, 5, log(r.ci.hi)), 20, 1e-6,
	    "  and at the upper");
	is_near(r.round_s, 20, 1e-12, "a round takes two visits");
	is_near(r.imbalance, 0.2, 1e-12, "A B B A B is nearly balanced");
	stopped = rounds_judge(v, 10, 2);
	ok(stopped.verdict == r.verdict && stopped.e == r.e &&
	    stopped.ratio == r.ratio && stopped.ci.lo == r.ci.lo &&
	    stopped.ci.hi == r.ci.hi && stopped.imbalance == r.imbalance,
	    "had it stopped then: the same, to the byte");
	r = rounds_judge(v, 8, 2);
	ok(r.verdict == COMPARE_INCONCLUSIVE && further_rounds(&r) == 2 &&
	    r.decided_after == 0, "not after 4, but about two more");
	r = rounds_judge(v, 12, 0);
	ok(r.verdict == COMPARE_DESCRIPTION && isnan(r.e_needed) &&
	    isfinite(r.ci.lo), "not tested: described");
	r = rounds_judge(v, visits(v, some, 6, false), 2);
	ok(r.verdict == COMPARE_CONFOUNDED_BY_ORDER && r.imbalance == 1 &&
	    isnan(further_rounds(&r)), "A B A B decides nothing");
}

/* The same from the records in any order. */
static void
shuffled(void)
{
	struct rounds_visit v[12], w[12];
	struct rounds a, b;
	size_t n = visits(v, some, 6, true);

	for (size_t i = 0; i < n; i++)
		w[i] = v[i * 5 % 12];
	a = rounds_judge(v, n, 2);
	b = rounds_judge(w, n, 2);
	ok(a.ratio == b.ratio && a.e == b.e && a.ci.lo == b.ci.lo &&
	    a.ci.hi == b.ci.hi && a.imbalance == b.imbalance,
	    "the order of the records does not matter");
}

static void
small(void)
{
	static const double tiny[] = { 0.010, 0.011, 0.0105, 0.0104, 0.0107 };
	static const double none[] = { 0, 0, 0, 0 };
	static const double twins[] = { .1, -.09, .08, -.1, .09, -.08, .1,
	    -.1, .07, -.06, .1, -.11 };
	static const double early[] = { 0.30, 0.31, 0.29, 0.30, -2, 2 };
	struct rounds_visit v[24];
	struct rounds r;

	r = rounds_judge(v, visits(v, tiny, 5, true), 2);
	ok(rounds_e(tiny, 5, 0) > 40 && r.verdict == COMPARE_EQUIVALENT,
	    "a certain difference of 1 %% is no difference");
	r = rounds_judge(v, visits(v, none, 4, true), 2);
	ok(r.verdict == COMPARE_EQUIVALENT && r.decided_after == 3 &&
	    r.ci.lo > 0.9999 && r.ci.hi < 1.0001,
	    "equal to the last digit");
	r = rounds_judge(v, visits(v, early, 6, true), 2);
	ok(r.verdict == COMPARE_DIFFERENT && r.decided_after == 4 && r.e >= 40,
	    "what was decided stays decided");
	r = rounds_judge(v, visits(v, early, 2, true), 2);
	ok(isnan(r.ci.lo) && isfinite(r.ratio) && further_rounds(&r) == 4,
	    "2 rounds: a ratio and no interval, never a verdict");
	r = rounds_judge(v, visits(v, early, 1, true), 2);
	ok(isnan(r.e) && isfinite(r.ratio), "one round is no evidence");
	r = rounds_judge(v, visits(v, twins, 2, true), 2);
	ok(isnan(further_rounds(&r)), "  nor, where they are far apart, how "
	    "many more it takes");
	r = rounds_judge(v, visits(v, twins, 12, true), 2);
	ok(r.verdict == COMPARE_INCONCLUSIVE && isnan(further_rounds(&r)),
	    "of twins in 9 %% noise nobody can tell");
}

/* Visits that are no rounds. */
static void
unpaired(void)
{
	struct rounds_visit v[12];
	struct rounds r;

	visits(v, some, 3, true);	/* A B, B A, A B */
	v[1].value = NAN;
	r = rounds_judge(v, 6, 2);
	ok(r.n == 2 && fabs(r.ratio - exp(0.11)) < 1e-12,
	    "where B failed, the other rounds keep their partners");
	v[1].value = 3.11;
	for (size_t i = 0; i < 6; i++)
		v[i].block = -1;
	ok(rounds_judge(v, 6, 2).n == 3, "blocks need not be known");
	r = rounds_judge(v, 1, 2);
	ok(r.n == 0 && r.verdict == COMPARE_INSUFFICIENT &&
	    isnan(r.imbalance), "one variant alone");
	r = rounds_judge(v, 2, 2);
	ok(r.n == 1 && r.verdict == COMPARE_CONFOUNDED_BY_ORDER,
	    "one after the other");
	ok(rounds_judge(v, 0, 2).verdict == COMPARE_INSUFFICIENT, "nothing");
}

int
main(void)
{
	evidence();
	judged();
	shuffled();
	small();
	unpaired();
	return tap_done();
}
