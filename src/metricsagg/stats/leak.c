#include "leak.h"

#include <math.h>

#include "dist.h"
#include "fgls.h"
#include "floors.h"
#include "summary.h"
#include "trend.h"

#define ALPHA 0.05
#define MIB 1048576.0
#define Z_90 1.2815515655446004		/* power of 9 in 10 */
#define REFUTED 16.0			/* the logarithm does not fit */

/* The largest p of the clock over all single steps. */
static double
worst_step(struct series *s, const double *clock)
{
	const double *col[2] = { clock, s->step };
	double worst = 0;

	for (size_t k = 0; k < s->n; k++)
		s->step[k] = k == 0 ? 0 : 1;
	for (size_t tau = 2; tau + 2 <= s->n; tau++) {
		s->step[tau - 1] = 0;	/* [k >= tau], k from 0 */
		worst = fmax(worst, fgls_test(s->y, col, 2, s->n,
		    s->scratch).p);
	}
	return s->n < 4 ? 1 : worst;
}

struct clock_test {
	struct leak_p p;
	struct fgls trend, curve;
	bool leak;
};

/*
 * Where an exponential warm-up fits clearly better than the logarithm, the
 * clock is tested beside it, at twice the p: it is a second chance.
 */
static struct fgls
beside_fast_warm_up(struct series *s, const double *clock, struct fgls curve)
{
	static const double tau[] = { 0.05, 0.1, 0.2 };	/* of the run */
	const double *col[2] = { clock, s->step };
	double best = curve.sse * (1 - REFUTED / (double)s->n);
	double last = s->ordinal[s->n - 1];

	for (size_t k = 0; k < sizeof(tau) / sizeof(*tau); k++) {
		struct fgls f;

		for (size_t i = 0; i < s->n; i++)
			s->step[i] = exp((s->ordinal[0] - s->ordinal[i]) /
			    (tau[k] * last));
		f = fgls_test(s->y, col, 2, s->n, s->scratch);
		if (!(f.sse < best))
			continue;
		best = f.sse;
		curve = f;
		curve.p = fmin(1, 2 * f.p);
	}
	return curve;
}

static struct clock_test
test_clock(struct series *s, const double *clock, size_t clocks, double alpha)
{
	const double *col[3] = { clock, s->log_ordinal, s->high_water };
	struct clock_test t;

	t.trend = fgls_test(s->y, col, 1, s->n, s->scratch);
	t.curve = fgls_test(s->y, col, s->has_high_water ? 3 : 2, s->n,
	    s->scratch);
	if (t.curve.p >= alpha / (double)clocks && !s->has_high_water)
		t.curve = beside_fast_warm_up(s, clock, t.curve);
	t.p.trend = t.trend.p;
	t.p.curve = t.curve.p;
	t.p.step = worst_step(s, clock);
	t.leak = t.p.trend < alpha && t.p.curve < alpha / (double)clocks &&
	    t.p.step < alpha;
	return t;
}

/* Bytes per request that make LEAK_RESOLVED from the first to the last. */
static double
resolved_slope(const struct series *s)
{
	return LEAK_RESOLVED / (s->ordinal[s->n - 1] - s->ordinal[0]);
}

/*
 * Verdict of a run in which no clock shows a leak.  What rises in its last
 * half is neither stable nor at rest, whatever it did before; at rest is only
 * what cannot still rise by as much as a leak that would have been found.
 */
static enum leak_verdict
rest_of_verdict(struct series *s, struct leak_result *r)
{
	size_t half = s->n - s->n / 2;
	const double *ordinal = s->ordinal + (s->n - half);
	struct fgls late = { .p = NAN, .slope = NAN, .se = NAN };
	double most, least = resolved_slope(s);

	if (half >= 6)
		late = fgls_test(s->y + (s->n - half), &ordinal, 1, half,
		    s->scratch);
	r->p_late = late.p;
	if (late.p < ALPHA && late.slope * MIB >= least)
		return LEAK_GROWING;
	if (r->request.trend >= ALPHA || r->fit_slope < least)
		return LEAK_STABLE;
	most = late.se > 0 ? (late.slope + late.se *
	    dist_t_quantile(1 - ALPHA, late.df)) * MIB : 0;
	return most >= r->mdl90 ? LEAK_GROWING : LEAK_PLATEAUED;
}

static void
estimate(struct leak_result *r, struct series *s, const struct clock_test *d,
    double first_floor, double alpha)
{
	size_t half = s->n - s->n / 2, from = s->n - half;
	double z = -dist_normal_quantile(alpha / (double)r->clocks);

	r->growth_bytes = (s->y[s->n - 1] - first_floor) * MIB;
	r->late_slope = trend_slope(s->ordinal + from, s->y + from, half) * MIB;
	if (!isnan(d->curve.se))
		r->mdl90 = fmax((z + Z_90) * d->curve.se * MIB,
		    resolved_slope(s));
}

static void
judge(struct leak_result *r, struct series *s, double alpha)
{
	struct clock_test request, context = { .leak = false };
	double first_floor = s->y[0];

	floors_choose(s, r);
	r->clocks = s->has_context ? 2 : 1;

	request = test_clock(s, s->ordinal, r->clocks, alpha);
	r->request = request.p;
	if (s->has_context) {
		context = test_clock(s, s->tokens, r->clocks, alpha);
		r->context = context.p;
	}
	r->clock = context.leak && !request.leak ? LEAK_CLOCK_CONTEXT :
	    LEAK_CLOCK_REQUEST;
	estimate(r, s, r->clock == LEAK_CLOCK_CONTEXT ? &context : &request,
	    first_floor, alpha);
	r->fit_slope = request.trend.slope * MIB;
	r->verdict = request.leak || context.leak ? LEAK_LEAK :
	    rest_of_verdict(s, r);
	/* A handful of pages can look like a trend to every test; what does not
	 * grow in its last half is no leak. */
	if (r->verdict == LEAK_LEAK && r->late_slope < resolved_slope(s))
		r->verdict = r->fit_slope < resolved_slope(s) ? LEAK_STABLE :
		    LEAK_PLATEAUED;
	r->fit_at_0 = summary_mean(s->y, s->n, NULL) * MIB -
	    r->fit_slope * summary_mean(s->ordinal, s->n, NULL);
}

struct leak_result
leak_test(const struct leak_input *in)
{
	static const struct leak_p untested = { NAN, NAN, NAN };
	struct leak_result r = { .verdict = LEAK_INSUFFICIENT,
	    .request = untested, .context = untested, .p_late = NAN,
	    .growth_bytes = NAN, .late_slope = NAN, .mdl90 = NAN,
	    .fit_slope = NAN, .fit_at_0 = NAN };
	struct series s;

	floors_read(&s, in);
	r.n_floors = s.n;
	if (s.n >= LEAK_MIN_FLOORS)
		judge(&r, &s, ALPHA / (double)(in->beside + 1));
	r.within_cache_budget = r.growth_bytes > 0 &&
	    r.growth_bytes <= in->cache_budget_bytes;
	floors_free(&s);
	return r;
}

bool
leak_is_settled(const struct leak_result *r)
{
	bool falls = (r->request.trend > 1 - ALPHA && r->fit_slope < 0) ||
	    (r->p_late > 1 - ALPHA && r->late_slope < 0);

	return r->verdict == LEAK_STABLE && r->n_floors >= LEAK_LEAST_FLOORS &&
	    !(r->mdl90 > LEAK_WANTED) && !falls;
}
