#include "stats/compare.h"
#include "stats/holm.h"
#include "tap.h"

#define MOST 64

/* Darwin's maize as differences of logarithms, in thousandths. */
static const double darwin[15] = { 49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56,
    24, 75, 60, -48 };

/* n pairs in one load with ln(new / base) = d[i] / scale. */
static void
pairs(struct compare_obs *base, struct compare_obs *new, const double *d,
    size_t n, double scale)
{
	for (size_t i = 0; i < n; i++) {
		double b = 20 + (double)(i * 7 % 5);

		base[i] = (struct compare_obs){ b, i, (double)i, 0 };
		new[i] = (struct compare_obs){ b * exp(d[i] / scale), i,
		    (double)i, 0 };
	}
}

/* So many requests to a load. */
static void
part(struct compare_obs *b, struct compare_obs *w, size_t n, size_t per_load)
{
	for (size_t i = 0; i < n; i++)
		b[i].load = w[i].load = (uint32_t)(i / per_load);
}

static struct comparison
compare(const struct compare_obs *b, const struct compare_obs *n, size_t k)
{
	struct comparison c = compare_test(b, k, n, k, COMPARE_MARGIN);

	compare_verdicts(&c, 1);
	return c;
}

/*
 * Six pairs that all agree have p = 2^-5: alone they decide, beside seven other
 * metrics (times 8) they cannot, nine could.
 */
static void
too_few(void)
{
	struct compare_obs b[MOST], w[MOST];
	struct comparison c[8];
	static const double d[6] = { 300, 310, 320, 330, 340, 350 };

	pairs(b, w, d, 6, 1000);
	c[0] = compare(b, w, 6);
	is_near(c[0].p_floor, 1.0 / 32, 1e-15, "smallest p of 6 pairs");
	ok(c[0].verdict == COMPARE_DIFFERENT, "  which is enough, alone");
	for (int i = 0; i < 8; i++)
		c[i] = compare_test(b, 6, w, 6, COMPARE_MARGIN);
	compare_verdicts(c, 8);
	is_near(c[0].p_floor, 0.25, 1e-15, "  and too few among 8 metrics");
	ok(c[7].p_holm == 0.25 && c[7].p_floor <= c[7].p_holm &&
	    c[7].ratio_ci.lo > 1.3 && c[7].verdict == COMPARE_INCONCLUSIVE,
	    "  though the interval leaves 1 out");
	for (int i = 0; i < 6; i++)
		w[i].prompt += 100;
	c[0] = compare(b, w, 6);
	ok(!c[0].paired, "6 against 6 without a common prompt");
	is_near(c[0].p_floor, 2.0 / 924, 1e-15, "  of C(12, 6) orders");
	pairs(b, w, d, 5, 1000);
	ok(isnan(compare(b, w, 5).p_floor), "a t test has none");
}

/* R 4.2 wilcox.test(darwin, conf.int = TRUE): 25, 4 to 41.5, p .04126. */
static void
paired(void)
{
	struct compare_obs b[MOST], w[MOST], shuffled[MOST];
	struct comparison c, s;

	pairs(b, w, darwin, 15, 1000);
	c = compare(b, w, 15);
	ok(c.paired && c.method == COMPARE_SIGNED_RANK && c.n == 15 &&
	    c.n_base == 15 && c.analysis == COMPARE_BY_REQUEST,
	    "15 pairs by signed rank");
	is_near(c.ratio, exp(0.025), 1e-12, "ratio");
	is_near(c.ratio_ci.lo, exp(0.004), 1e-12, "ratio low");
	is_near(c.ratio_ci.hi, exp(0.0415), 1e-12, "ratio high");
	is_near(c.p, 0.041259765625, 1e-12, "p");
	ok(c.verdict == COMPARE_DIFFERENT, "different");
	for (size_t i = 0; i < 15; i++)
		shuffled[i] = w[i * 4 % 15];
	s = compare(b, shuffled, 15);
	ok(s.p == c.p && s.ratio == c.ratio && s.ratio_ci.lo == c.ratio_ci.lo,
	    "the order of the records does not matter");
	s = compare(w, b, 15);
	is_near(s.ratio * c.ratio, 1, 1e-12, "swapped sides, ratio inverted");
	is_near(s.p, c.p, 1e-12, "swapped sides, same p");
}

/* What stands beside a ratio is of that ratio, and lies among the values. */
static void
figures(struct comparison c, double lo, double hi, const char *of)
{
	is_near(c.new / c.base, c.ratio, 1e-12, of);
	ok(c.base > lo && c.new > lo && c.base < hi && c.new < hi,
	    "  among the values (%g, %g)", c.base, c.new);
}

/* Medians of all requests are as good as equal here, pairs and loads not. */
static void
side_by_side(void)
{
	struct compare_obs b[MOST], w[MOST];
	struct comparison c;

	for (size_t i = 0; i < 12; i++) {
		double v = i % 3 == 1 ? 12 : i % 3 == 0 ? 10 : 15;

		b[i] = (struct compare_obs){ v, i, (double)i, 0 };
		w[i] = (struct compare_obs){ v == 12 ? v : v * 0.95, i,
		    (double)i, 0 };
	}
	c = compare(b, w, 12);
	ok(c.method == COMPARE_SIGNED_RANK && c.ratio < 0.98,
	    "12 pairs: %g times", c.ratio);
	figures(c, 9, 16, "  their figures");
	figures(compare(b, w, 5), 9, 16, "5 pairs");
	for (size_t i = 0; i < 12; i++)
		w[i].value *= 1 + 0.01 * (double)(i / 3);
	part(b, w, 12, 3);
	c = compare(b, w, 12);
	ok(c.analysis == COMPARE_BY_LOAD && c.n == 4, "4 loads");
	figures(c, 9, 16, "  their figures");
	for (size_t i = 0; i < 12; i++)
		w[i].prompt += 100;
	part(b, w, 12, 12);
	c = compare(b, w, 12);
	ok(c.method == COMPARE_MANN_WHITNEY, "12 against 12");
	figures(c, 9, 16, "  their figures");
}

/* A prompt that ran several times pairs by its occurrences. */
static void
occurrences(void)
{
	struct compare_obs b[12], w[12];
	struct comparison c;

	for (size_t i = 0; i < 12; i++) {
		b[i] = (struct compare_obs){ 10 + (double)i, i % 3,
		    (double)(2 * i + i % 2), 0 };
		w[i] = b[i];
		w[i].value *= 1.1;
		w[i].start_s = (double)(2 * i + 1 - i % 2);
	}
	c = compare(b, w, 12);
	is_near(c.ratio, 1.1, 1e-12, "k-th with k-th");
	is_near(c.ratio_ci.lo, 1.1, 1e-12, "  every pair the same");
	b[4].value = NAN;
	w[7].value = NAN;
	c = compare(b, w, 12);
	ok(c.n == 10 && c.n_base == 11 && c.n_new == 11,
	    "a failed request takes its pair along, no other");
	is_near(c.ratio_ci.hi, 1.1, 1e-12, "  the others still match");
}

static void
few(void)
{
	static const double d[] = { 31, 52, 44, 40, 35 };
	struct compare_obs b[MOST], w[MOST];
	struct comparison c;

	pairs(b, w, d, 5, 1000);
	c = compare(b, w, 3);
	ok(c.method == COMPARE_PAIRED_T && c.n == 3, "3 pairs: paired t");
	/* SciPy 1.10 ttest_1samp([.031, .052, .044]) */
	is_near(c.p, 0.020261200514381638, 1e-10, "  p");
	is_near(c.ratio_ci.lo, exp(0.01600459847473411), 1e-10, "  low");
	is_near(c.ratio_ci.hi, exp(0.06866206819193256), 1e-10, "  high");
	c = compare(b, w, 2);
	ok(c.verdict == COMPARE_INSUFFICIENT && isnan(c.p) &&
	    isnan(c.ratio) && isnan(c.ratio_ci.lo), "2 pairs: insufficient");
	ok(c.base > 0 && c.new > c.base, "  medians all the same");
	c = compare(b, w, 0);
	ok(c.verdict == COMPARE_INSUFFICIENT && isnan(c.base),
	    "nothing");
	b[1].value = 0;
	c = compare(b, w, 5);
	ok(c.verdict == COMPARE_INSUFFICIENT && isnan(c.ratio),
	    "a zero has no ratio");
}

static void
unpaired(void)
{
	static const double x[] = { .80, .83, 1.89, 1.04, 1.45, 1.38, 1.91,
	    1.64, .73, 1.46 };
	static const double y[] = { 1.15, .88, .90, .74, 1.21 };
	struct compare_obs b[10], w[5];
	struct comparison c;

	for (size_t i = 0; i < 10; i++)
		b[i] = (struct compare_obs){ x[i], i, (double)(3 * i), 0 };
	for (size_t i = 0; i < 5; i++)
		w[i] = (struct compare_obs){ y[i], 100 + i,
		    (double)(6 * i + 4), 0 };
	c = compare_test(b, 10, w, 5, COMPARE_MARGIN);
	ok(!c.paired && c.method == COMPARE_MANN_WHITNEY && c.n == 0,
	    "other prompts: Mann-Whitney");
	is_near(c.p, 0.254412254412254412, 1e-12, "  p as R 4.2");
	c = compare_test(b, 10, w, 2, COMPARE_MARGIN);
	ok(c.method == COMPARE_NO_TEST && isnan(c.p), "  2 are too few");
	c = compare_test(b, 2, w, 5, COMPARE_MARGIN);
	ok(c.method == COMPARE_NO_TEST && isnan(c.p), "  on either side");
	for (size_t i = 0; i < 5; i++)
		w[i].prompt = i;
	c = compare_test(b, 10, w, 5, COMPARE_MARGIN);
	ok(c.paired && c.n == 5, "half of the larger side pairs: paired");
	w[4].prompt = 100;
	c = compare_test(b, 10, w, 5, COMPARE_MARGIN);
	ok(!c.paired, "less than half: not");
}

static void
loads(void)
{
	struct compare_obs b[MOST], w[MOST];
	struct comparison c;

	pairs(b, w, darwin, 12, 1000);
	part(b, w, 12, 4);
	c = compare(b, w, 12);
	ok(c.analysis == COMPARE_BY_LOAD && c.method == COMPARE_PAIRED_T &&
	    c.n == 3 && c.paired, "3 loads of 4: by load");
	/* SciPy 1.10 ttest_1samp of the differences of the medians of ln */
	is_near(c.p, 0.594231955288253, 1e-10, "  p");
	is_near(c.ratio, 1.0069724988324624, 1e-12, "  ratio");
	is_near(c.ratio_ci.lo, 0.9601477002991302, 1e-10, "  low");
	is_near(c.ratio_ci.hi, 1.0560808645263513, 1e-10, "  high");
	c = compare(b, w, 8);
	ok(c.analysis == COMPARE_BY_REQUEST && c.n == 8,
	    "2 loads: by request, and says so");
}

static void
verdicts(void)
{
	static const double same[] = { 1, -2, 3, -4, 5, -6, 7, -8, 9, -10 };
	struct compare_obs b[MOST], w[MOST];

	pairs(b, w, same, 10, 1000);
	ok(compare(b, w, 10).verdict == COMPARE_EQUIVALENT,
	    "1 %% of noise: equivalent");
	pairs(b, w, same, 10, 50);
	ok(compare(b, w, 10).verdict == COMPARE_INCONCLUSIVE,
	    "20 %% of noise: inconclusive");
}

static void
metrics(void)
{
	/* R 4.2 p.adjust(c(.01, .04, .03, .005, .5), "holm") */
	static const double p[] = { .01, .04, NAN, .03, .005, .5 };
	static const double want[] = { .04, .09, NAN, .09, .025, .5 };
	double got[6];
	struct compare_obs b[MOST], w[MOST];
	struct comparison c[2];

	holm(got, p, 6);
	for (int i = 0; i < 6; i++)
		is_near(got[i], want[i], 1e-15, "Holm");
	pairs(b, w, darwin, 15, 1000);
	c[0] = c[1] = compare_test(b, 15, w, 15, COMPARE_MARGIN);
	compare_verdicts(c, 2);
	is_near(c[0].p_holm, 2 * c[0].p, 1e-12, "two metrics double p");
	ok(c[0].verdict == COMPARE_INCONCLUSIVE,
	    "what one metric shows, two do not");
}

int
main(void)
{
	too_few();
	paired();
	side_by_side();
	occurrences();
	few();
	unpaired();
	loads();
	verdicts();
	metrics();
	return tap_done();
}
