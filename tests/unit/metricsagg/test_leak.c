#include "stats/leak.h"
#include "tap.h"

#define MIB 1048576.0
#define MOST 200

/* Values in [-.5, .5) that look irregular. */
static double
jitter(int i, int a, int b)
{
	return (double)((long)i * a % b) / b - 0.5;
}

static struct leak_result
test(const double *mib, size_t n, const double *context)
{
	double bytes[MOST];
	struct leak_input in = { n, bytes, context, NAN, 0 };

	for (size_t i = 0; i < n; i++)
		bytes[i] = mib[i] * MIB;
	return leak_test(&in);
}

static void
is(double got, double want, const char *name)
{
	is_near(got, want, 1e-6 * fabs(want), name);
}

/* p values and estimates: an independent implementation on mpmath. */
static void
by_tokens(void)
{
	double y[60], context[60], sum = 0, most = 0;
	struct leak_result r;

	for (int i = 1; i <= 60; i++) {
		context[i - 1] = 500 + i * 613 % 3500;
		sum += context[i - 1];
		most = fmax(most, context[i - 1]);
		y[i - 1] = 5000 + sum / 1000 + 0.02 * most +
		    2 * jitter(i, 7919, 101);
	}
	r = test(y, 60, context);
	ok(r.verdict == LEAK_LEAK && r.clock == LEAK_CLOCK_REQUEST &&
	    r.clocks == 2, "a leak per token is found");
	ok(r.n_floors == 60 && r.dropped == 6 && r.n_points == 54 &&
	    r.drops == 0 && !r.troughs, "  points");
	is(r.request.trend, 3.8887102102537825e-13, "  trend, requests");
	is(r.request.curve, 2.314455797523407e-31, "  curve, requests");
	is(r.request.step, 1.0546881939709259e-12, "  step, requests");
	is(r.context.trend, 1.6474053188711613e-21, "  trend, context");
	is(r.context.curve, 1.7131354148521236e-50, "  curve, context");
	is(r.context.step, 1.2316565294061429e-20, "  step, context");
	is(r.fit_slope, 2.380673640948996 * MIB, "  slope");
	is(r.late_slope, 2.2273811881188217 * MIB, "  late slope");
	/* z(1 - .05 / 2) + z(.9) */
	is(r.mdl90, (1.9599639845400543 + 1.2815515655446004) *
	    0.088506645592701964 * MIB, "  MDL90");
	is(r.growth_bytes, (y[59] - y[0]) * MIB, "  growth");
	ok(isnan(r.p_late), "  the late test is not needed");
}

static void
logarithmic(void)
{
	double y[100];
	struct leak_result r;

	for (int i = 1; i <= 100; i++)
		y[i - 1] = 5000 + 30 * log(i) + 4 * jitter(i, 7919, 101);
	r = test(y, 100, NULL);
	ok(r.verdict == LEAK_GROWING && r.clocks == 1, "a warm-up that has "
	    "not come to rest is growing, not a leak");
	ok(r.n_points == 30 && r.dropped == 10, "  blocks of three");
	is(r.request.trend, 1.0017937198028552e-07, "  trend");
	is(r.request.curve, 0.99428523125507612, "  curve");
	is(r.request.step, 2.5702230431253785e-07, "  step");
	is(r.p_late, 1.759407219251535e-14, "  late");
	is(r.late_slope, 0.3900704666403726 * MIB, "  late slope");
	ok(isnan(r.context.trend), "  no clock of context");
}

/*
 * A leak behind a fast warm-up, which the logarithm does not fit: tested beside
 * the exponential that fits best, at twice its p.  Values as above.
 */
static void
fast_warm_up(void)
{
	static const struct { double tau, curve, se; } rows[] = {
		{ 3, 1.4996991517702344e-31, 0.012733040576274644 },
		{ 5, 6.589394732331998e-35, 0.009757686119783103 },
		{ 9, 5.483333877198721e-15, 0.02028970477981995 },
	};
	struct leak_result r;
	double y[50];

	for (int k = 0; k < 3; k++) {
		for (int i = 0; i < 50; i++)
			y[i] = 900 + 0.4 * i +
			    150 * (1 - exp(-i / rows[k].tau)) +
			    2 * jitter(i * i, 613, 1009);
		r = test(y, 50, NULL);
		ok(r.verdict == LEAK_LEAK, "behind a warm-up of tau %.0f",
		    rows[k].tau);
		is(r.request.curve, rows[k].curve, "  curve");
		/* z(.95) + z(.9) */
		is(r.mdl90, (1.6448536269514722 + 1.2815515655446004) *
		    rows[k].se * MIB, "  MDL90");
	}
	is(r.fit_slope, 2.3638190824445062 * MIB, "  line, slope");
	is(r.fit_at_0, 976.5385372193854 * MIB, "  line, at 0");
}

/* Deterministic noise of sd about .6 on a slope, or none. */
static void
verdicts(void)
{
	double y[100], flat[100];
	struct leak_result r;

	for (int i = 0; i < 100; i++) {
		y[i] = 900 + i + 2 * jitter(i, 613, 1009);
		flat[i] = 900;
	}
	ok(test(y, 60, NULL).verdict == LEAK_LEAK, "1 MiB per request leaks");
	ok(test(y, 11, NULL).verdict == LEAK_INSUFFICIENT, "11 floors");
	ok(test(y, 12, NULL).verdict != LEAK_INSUFFICIENT, "12 floors");
	for (int i = 0; i < 100; i++)
		y[i] = 900 - i + 2 * jitter(i, 613, 1009);
	ok(test(y, 100, NULL).verdict == LEAK_STABLE, "falling is stable");
	for (int i = 0; i < 100; i++)
		y[i] = 900 - 300 * (1 - exp(-i / 15.0)) + i +
		    2 * jitter(i, 613, 1009);
	ok(test(y, 100, NULL).verdict == LEAK_GROWING,
	    "what falls first and then climbs is not stable");
	for (int i = 0; i < 30; i++)
		y[i] = 900 + i + 20 * jitter(i * i + 3 * i, 613, 1009);
	r = test(y, 30, NULL);
	ok(r.verdict == LEAK_GROWING && r.p_late >= 0.05,
	    "come to rest needs evidence, not too few floors to see");
	for (int i = 0; i < 100; i++)
		y[i] = 900 + 80 * (1 - exp(-i / 9.0)) +
		    2 * jitter(i * i, 613, 1009);
	ok(test(y, 100, NULL).verdict == LEAK_PLATEAUED, "warm-up plateaus");
	for (int i = 0; i < 100; i++)
		y[i] = 900 + (i > 50 ? 64 : 0) + 2 * jitter(i * i, 613, 1009);
	r = test(y, 100, NULL);
	ok(r.verdict != LEAK_LEAK && r.request.step > 0.05,
	    "one step is no leak");
	r = test(flat, 100, NULL);
	ok(r.verdict == LEAK_STABLE && r.growth_bytes == 0 &&
	    r.late_slope == 0, "constant memory");
	is(r.mdl90, LEAK_RESOLVED / 87, "  would show what a counter can");
}

/* Memory that is counted in pages: a step of some, now and then. */
static void
pages(void)
{
	static const double page = 4096 / MIB;
	double y[60];
	struct leak_result r;

	for (int i = 0; i < 30; i++)
		y[i] = 900 + page * ((i > 19) + (i > 24));
	r = test(y, 30, NULL);
	ok(r.verdict == LEAK_STABLE && r.growth_bytes == 8192,
	    "8 KiB in all are no growth");
	ok(r.p_late < 0.05, "  though they are significant");
	is(r.mdl90, LEAK_RESOLVED / 26, "  nor would less have been found "
	    "than a counter is good for");
	for (int i = 0; i < 30; i++)
		y[i] = 900 + page * i;
	ok(test(y, 30, NULL).verdict == LEAK_STABLE, "nor is a page a request "
	    "in 30");
	for (int i = 0; i < 30; i++)
		y[i] = 900 + 3 * page * i;
	ok(test(y, 30, NULL).verdict == LEAK_LEAK, "three are");
	for (int i = 0; i < 60; i++)
		y[i] = 900 + 10 * (1 - exp(-i / 5.0)) +
		    page * ((i > 40) + (i > 47) + (i > 54));
	ok(test(y, 60, NULL).verdict == LEAK_PLATEAUED, "10 MiB that came to "
	    "rest are not growing for a page");
}

/* Garbage collected every 7 requests, with and without a leak below. */
static void
sawtooth(void)
{
	double y[120];
	struct leak_result r;

	for (int i = 0; i < 100; i++)
		y[i] = 900 + 10 * (i % 7) + 2 * jitter(i * i, 613, 1009);
	r = test(y, 100, NULL);
	ok(r.verdict == LEAK_STABLE && r.troughs && r.n_points == 13,
	    "a sawtooth is judged by its troughs");
	for (int i = 0; i < 100; i++)
		y[i] += i;
	r = test(y, 100, NULL);
	ok(r.verdict == LEAK_LEAK && r.troughs, "a leak under a sawtooth");
	for (int i = 0; i < 100; i++)
		y[i] = 900 + 0.5 * i + 2 * jitter(i * i, 613, 1009) +
		    (i % 6 == 2 ? 25 : 0);
	r = test(y, 100, NULL);
	ok(r.verdict == LEAK_LEAK && r.drops == 0 && r.n_points == 30,
	    "spikes are no sawtooth");
	for (int i = 0; i < 100; i++)
		y[i] = 900 + (i % 7 > 4 ? 0.9 : 0);
	ok(test(y, 100, NULL).drops == 0, "under 1 MiB nothing is a drop");
	for (int i = 0; i < 120; i++)
		y[i] = 900 + (i % 20 > 9 ? 3 : 0);
	ok(test(y, 100, NULL).drops == 4 && !test(y, 100, NULL).troughs &&
	    test(y, 120, NULL).drops == 5 && test(y, 120, NULL).troughs,
	    "a sawtooth has five drops or more");
}

/* What a sharp drop is depends on the noise.  Counted in NumPy. */
static void
sharp_drops(void)
{
	static const struct { double step; size_t drops; } rows[] = {
		{ 20, 0 }, { 30, 2 }, { 40, 7 }
	};
	double y[100];

	for (int k = 0; k < 3; k++) {
		for (int i = 0; i < 100; i++)
			y[i] = 900 + rows[k].step * (i / 3 % 4) / 3 +
			    8 * jitter(i * i, 613, 1009);
		ok(test(y, 100, NULL).drops == rows[k].drops,
		    "drops of %.0f MiB in noise", rows[k].step);
	}
}

/* Requests without a floor keep their place on both clocks. */
static void
gaps(void)
{
	double y[120], all[60];
	struct leak_result r, s;

	for (int i = 0; i < 120; i++)
		y[i] = i % 2 ? NAN : 900 + 0.5 * i +
		    2 * jitter(i * i, 613, 1009);
	for (int i = 0; i < 60; i++)
		all[i] = y[2 * i];
	r = test(y, 120, NULL);
	s = test(all, 60, NULL);
	ok(r.n_floors == 60 && r.verdict == LEAK_LEAK, "half have a floor");
	is(r.late_slope * 2, s.late_slope, "  slope is per request");
	is(r.request.trend, s.request.trend, "  p does not care");
}

static void
budget(void)
{
	double y[60], bytes[60];
	struct leak_input in = { 60, bytes, NULL, 100 * MIB, 0 };

	for (int i = 0; i < 60; i++) {
		y[i] = 900 + i + jitter(i * i, 613, 1009);
		bytes[i] = y[i] * MIB;
	}
	ok(leak_test(&in).within_cache_budget, "60 of 100 MiB of cache");
	in.cache_budget_bytes = 10 * MIB;
	ok(!leak_test(&in).within_cache_budget, "60 of 10 MiB of cache");
	in.cache_budget_bytes = NAN;
	ok(!leak_test(&in).within_cache_budget, "no budget known");
}

/* When a run may end. */
static void
settled(void)
{
	double y[40];
	struct leak_result r;

	for (int i = 0; i < 40; i++)
		y[i] = 900;
	r = test(y, 40, NULL);
	ok(leak_is_settled(&r), "memory that stands still hides no leak");
	r = test(y, LEAK_LEAST_FLOORS - 1, NULL);
	ok(!leak_is_settled(&r), "  of fewer than 30 requests nobody knows");
	for (int i = 0; i < 40; i++)
		y[i] = 900 + jitter(i * i, 613, 1009);
	r = test(y, 40, NULL);
	ok(r.verdict == LEAK_STABLE && leak_is_settled(&r),
	    "noise in which 1 MiB a request would be seen");
	for (int i = 0; i < 40; i++)
		y[i] = 900 + 60 * jitter(i * i, 613, 1009);
	r = test(y, 40, NULL);
	ok(r.verdict == LEAK_STABLE && r.mdl90 > LEAK_WANTED &&
	    !leak_is_settled(&r), "  and in which it would not");
	for (int i = 0; i < 40; i++)
		y[i] = 900 - i + jitter(i * i, 613, 1009);
	r = test(y, 40, NULL);
	ok(r.verdict == LEAK_STABLE && !leak_is_settled(&r),
	    "what falls may climb later");
}

/* Several counters share one chance of an error. */
static void
beside(void)
{
	double bytes[40];
	struct leak_input in = { 40, bytes, NULL, NAN, 0 };
	struct leak_result alone, shared;

	for (int i = 0; i < 40; i++)
		bytes[i] = (900 + 0.02 * i + jitter(i * i, 613, 1009)) * MIB;
	alone = leak_test(&in);
	in.beside = 3;
	shared = leak_test(&in);
	ok(alone.request.curve == shared.request.curve &&
	    shared.mdl90 > alone.mdl90, "beside others a leak must be larger "
	    "to be called one");
}

static void
corners(void)
{
	static const double sample[] = { 1, 2, 9, 8, 7, 6, 5, 9, 9, 9, 9, 9 };
	double none[3] = { NAN, INFINITY, NAN }, context[60], y[60];
	struct leak_input in = { 0, none, NULL, NAN, 0 };
	struct leak_result r = leak_test(&in);

	ok(r.verdict == LEAK_INSUFFICIENT && r.n_floors == 0 &&
	    isnan(r.mdl90) && isnan(r.growth_bytes), "no request");
	in.n = 3;
	ok(leak_test(&in).n_floors == 0, "no floor");
	is_near(leak_floor(sample, 12), 5, 0, "floor of the last ten");
	is_near(leak_floor(sample, 2), 1, 0, "floor of two");
	is_near(leak_floor(sample, 0), NAN, 0, "floor of none");
	for (int i = 0; i < 60; i++) {
		context[i] = 1000 + i % 3;
		y[i] = 900 + i + jitter(i * i, 613, 1009);
	}
	ok(test(y, 60, context).clocks == 1, "contexts alike: one clock");
	for (int i = 0; i < 60; i++)
		context[i] = 1000 + (i == 40 ? 60 : 0);
	ok(test(y, 60, context).clocks == 2, "one differs: two clocks");
	is_text(leak_verdict_name(LEAK_PLATEAUED), "plateaued", "name");
	is_text(leak_clock_name(LEAK_CLOCK_CONTEXT), "context", "clock name");
	is_text(leak_clock_name(LEAK_CLOCK_NONE), NULL, "no clock name");
}

int
main(void)
{
	by_tokens();
	logarithmic();
	fast_warm_up();
	verdicts();
	pages();
	sawtooth();
	sharp_drops();
	gaps();
	budget();
	settled();
	beside();
	corners();
	return tap_done();
}
