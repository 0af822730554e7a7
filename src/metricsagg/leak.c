#include "leak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"
#include "fgls.h"
#include "order.h"
#include "quantile.h"
#include "trend.h"
#include "xalloc.h"

#define ALPHA 0.05
#define MIB 1048576.0
#define Z_90 1.2815515655446004		/* power of 9 in 10 */
#define MAX_TROUGHS 240			/* the step test is quadratic */
#define CONTEXT_DIFFERS 1.05		/* largest over smallest */

/* The points that are tested, and room to work. */
struct series {
	size_t n;		/* floors, then points */
	double *y;		/* MiB */
	double *ordinal;	/* request, from 1 */
	double *tokens;		/* context tokens up to here, scaled to n */
	double *high_water;	/* largest context so far over the largest */
	double *log_ordinal;	/* ln(i + 3) */
	double *step;		/* the step under test */
	double *scratch;
	bool has_context, has_high_water;
};

static void
series_init(struct series *s, size_t n)
{
	memset(s, 0, sizeof(*s));
	s->y = xcalloc(n + 1, (6 + FGLS_COLUMNS + 2) * sizeof(double));
	s->ordinal = s->y + n;
	s->tokens = s->ordinal + n;
	s->high_water = s->tokens + n;
	s->log_ordinal = s->high_water + n;
	s->step = s->log_ordinal + n;
	s->scratch = s->step + n;
}

/* Cumulative context and its high-water mark, over every request. */
static void
add_context(struct series *s, const struct leak_input *in, double *cum,
    double *high)
{
	double sum = 0, least = INFINITY, most = 0;

	for (size_t i = 0; i < in->n; i++) {
		double c = in->context_tokens == NULL ? NAN :
		    in->context_tokens[i];

		if (isfinite(c) && c > 0) {
			sum += c;
			least = fmin(least, c);
			most = fmax(most, c);
		}
		cum[i] = sum;
		high[i] = most;
	}
	s->has_context = most > CONTEXT_DIFFERS * least;
	for (size_t i = 0; s->has_context && i < in->n; i++) {
		cum[i] *= (double)in->n / sum;
		high[i] /= most;
	}
}

/* The requests that have a floor. */
static void
read_floors(struct series *s, const struct leak_input *in)
{
	double *cum = xcalloc(in->n + 1, 2 * sizeof(*cum));
	double *high = cum + in->n;

	add_context(s, in, cum, high);
	for (size_t i = 0; i < in->n; i++) {
		if (!isfinite(in->floor_bytes[i]))
			continue;
		s->y[s->n] = in->floor_bytes[i] / MIB;
		s->ordinal[s->n] = (double)(i + 1);
		s->tokens[s->n] = cum[i];
		s->high_water[s->n] = high[i];
		s->n++;
	}
	free(cum);
}

static void
copy_point(struct series *s, size_t to, size_t from)
{
	s->y[to] = s->y[from];
	s->ordinal[to] = s->ordinal[from];
	s->tokens[to] = s->tokens[from];
	s->high_water[to] = s->high_water[from];
}

static void
drop_first(struct series *s, size_t w)
{
	for (size_t i = w; i < s->n; i++)
		copy_point(s, i - w, i);
	s->n -= w;
}

/* The minimum of each block of len points; leftovers go at the front. */
static void
keep_block_minima(struct series *s, size_t len)
{
	size_t blocks = s->n / len, front = s->n % len;

	for (size_t b = 0; b < blocks; b++) {
		size_t first = front + b * len, least = first;

		for (size_t i = first + 1; i < first + len; i++)
			if (s->y[i] < s->y[least])
				least = i;
		copy_point(s, b, least);
	}
	s->n = blocks;
}

/* A drop sharper than this is memory given back at once. */
static double
sharp_drop(struct series *s)
{
	double *d = s->scratch;

	for (size_t i = 1; i < s->n; i++)
		d[i - 1] = s->y[i] - s->y[i - 1];
	order_sort(d, s->n - 1);
	return -fmax(6 * 1.4826 * quantile_mad(d, s->n - 1), 1);
}

static void
choose_points(struct series *s, struct leak_result *r)
{
	double limit = sharp_drop(s), before = s->y[0];
	size_t kept = 0;

	for (size_t i = 1; i < s->n; i++)
		r->drops += s->y[i] - s->y[i - 1] < limit;
	r->troughs = r->drops >= 5;
	if (!r->troughs) {
		keep_block_minima(s, s->n < 60 ? 1 : s->n / 30);
		return;
	}
	for (size_t i = 1; i < s->n; i++) {
		double now = s->y[i];

		if (now - before < limit)
			copy_point(s, kept++, i);
		before = now;
	}
	s->n = kept;
	if (s->n > MAX_TROUGHS)
		keep_block_minima(s, s->n / (MAX_TROUGHS / 2));
}

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

static struct clock_test
test_clock(struct series *s, const double *clock, size_t clocks)
{
	const double *col[3] = { clock, s->log_ordinal, s->high_water };
	struct clock_test t;

	t.trend = fgls_test(s->y, col, 1, s->n, s->scratch);
	t.curve = fgls_test(s->y, col, s->has_high_water ? 3 : 2, s->n,
	    s->scratch);
	t.p.trend = t.trend.p;
	t.p.curve = t.curve.p;
	t.p.step = worst_step(s, clock);
	t.leak = t.p.trend < ALPHA && t.p.curve < ALPHA / (double)clocks &&
	    t.p.step < ALPHA;
	return t;
}

static double
mean_of(const double *x, size_t n)
{
	double mean = 0;

	for (size_t i = 0; i < n; i++)
		mean += (x[i] - mean) / (double)(i + 1);
	return mean;
}

/* Verdict of a run in which no clock shows a leak. */
static enum leak_verdict
rest_of_verdict(struct series *s, struct leak_result *r)
{
	size_t half = s->n - s->n / 2;
	const double *late = s->ordinal + (s->n - half);

	if (r->request.trend >= ALPHA)
		return LEAK_STABLE;
	if (half >= 6)
		r->p_late = fgls_test(s->y + (s->n - half), &late, 1, half,
		    s->scratch).p;
	return r->p_late < ALPHA ? LEAK_GROWING : LEAK_PLATEAUED;
}

static void
estimate(struct leak_result *r, struct series *s, const struct clock_test *d,
    double first_floor)
{
	size_t half = s->n - s->n / 2, from = s->n - half;
	double z = -dist_normal_quantile(ALPHA / (double)r->clocks);

	r->growth_bytes = (s->y[s->n - 1] - first_floor) * MIB;
	r->late_slope = trend_slope(s->ordinal + from, s->y + from, half) * MIB;
	if (d->curve.se > 0)
		r->mdl90 = (z + Z_90) * d->curve.se * MIB;
}

static void
judge(struct leak_result *r, struct series *s)
{
	struct clock_test request, context = { .leak = false };
	double first_floor = s->y[0];

	r->dropped = s->n <= 30 ? 3 : (s->n + 9) / 10;
	drop_first(s, r->dropped);
	choose_points(s, r);
	r->n_points = s->n;
	for (size_t i = 0; i < s->n; i++)
		s->log_ordinal[i] = log(s->ordinal[i] + 3);
	s->has_high_water = s->has_context && s->n >= 8 &&
	    s->high_water[s->n - 1] > s->high_water[0];
	r->clocks = s->has_context ? 2 : 1;

	request = test_clock(s, s->ordinal, r->clocks);
	r->request = request.p;
	if (s->has_context) {
		context = test_clock(s, s->tokens, r->clocks);
		r->context = context.p;
	}
	r->clock = context.leak && !request.leak ? LEAK_CLOCK_CONTEXT :
	    LEAK_CLOCK_REQUEST;
	r->verdict = request.leak || context.leak ? LEAK_LEAK :
	    rest_of_verdict(s, r);
	estimate(r, s, r->clock == LEAK_CLOCK_CONTEXT ? &context : &request,
	    first_floor);
	r->fit_slope = request.trend.slope * MIB;
	r->fit_at_0 = mean_of(s->y, s->n) * MIB -
	    r->fit_slope * mean_of(s->ordinal, s->n);
}

double
leak_floor(const double *bytes, size_t n)
{
	double least = NAN;

	for (size_t i = n > LEAK_FLOOR_SAMPLES ? n - LEAK_FLOOR_SAMPLES : 0;
	    i < n; i++)
		least = fmin(least, bytes[i]);
	return least;
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

	series_init(&s, in->n);
	read_floors(&s, in);
	r.n_floors = s.n;
	if (s.n >= LEAK_MIN_FLOORS)
		judge(&r, &s);
	r.within_cache_budget = r.growth_bytes > 0 &&
	    r.growth_bytes <= in->cache_budget_bytes;
	free(s.y);
	return r;
}

const char *
leak_verdict_name(enum leak_verdict v)
{
	switch (v) {
	case LEAK_STABLE:
		return "stable";
	case LEAK_PLATEAUED:
		return "plateaued";
	case LEAK_GROWING:
		return "growing";
	case LEAK_LEAK:
		return "leak";
	case LEAK_INSUFFICIENT:
		break;
	}
	return "insufficient";
}

const char *
leak_clock_name(enum leak_clock c)
{
	switch (c) {
	case LEAK_CLOCK_REQUEST:
		return "request";
	case LEAK_CLOCK_CONTEXT:
		return "context";
	case LEAK_CLOCK_NONE:
		break;
	}
	return NULL;
}
