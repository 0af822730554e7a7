/* The run as the unit: how often the names alone would look as bad. */
#include <math.h>

#include "stats/relabel.h"
#include "tap.h"

static double
p_of(const double *bad, size_t n_base, size_t n_new, double limit)
{
	const struct relabel_line line = { .bad = bad, .limit = limit };
	double p;

	relabel_test(&p, &line, 1, n_base, n_new);
	return p;
}

static void
test_one(void)
{
	static const double worse[] = { 0, .01, .02, .10, .11, .12 };
	static const double mixed[] = { 0, .01, .11, .10, .02, .12 };
	static const double small[] = { 0, .01, .02, .04, .05, .06 };
	static const double holes[] = { 0, NAN, .02, .01, .10, NAN, .11, .12 };
	double many[16];

	is_near(p_of(worse, 3, 3, .05), 1.0 / 20, 1e-15,
	    "all of new are worse: 1 way in 20");
	is_near(p_of(mixed, 3, 3, .05), 1, 1e-15, "not beyond the limit: 1");
	ok(p_of(mixed, 3, 3, .01) > RELABEL_ALPHA, "other ways are worse");
	is_near(p_of(small, 3, 3, .05), 1, 1e-15, "within the limit: 1");
	is_near(p_of(small, 3, 3, 0), 1.0 / 20, 1e-15, "without a limit: 1/20");
	is_near(p_of(holes, 4, 4, .05), 2.0 / 70, 1e-15,
	    "runs without a figure are exchanged, too");
	for (int i = 0; i < 16; i++)
		many[i] = (i >= 8) + i * 1e-3;
	ok(p_of(many, 8, 8, .05) <= 0.001, "8 a side: drawn ways, p is small");
	is_near(p_of(many, 8, 8, .05), p_of(many, 8, 8, .05), 0,
	    "the same ones each time");
}

static void
test_lines(void)
{
	static const double a[] = { 0, .01, .02, .10, .11, .12 };
	static const double b[] = { .50, .51, .49, 0, .01, .02 };
	static const double c[] = { 0, .5, 0, .5, 0, .5 };
	const struct relabel_line both[] = { { .bad = a, .limit = .05 },
	    { .bad = b, .limit = .05 } };
	const struct relabel_line noisy[] = { { .bad = a, .limit = .05 },
	    { .bad = c, .limit = .05 } };
	double p[2];

	relabel_test(p, both, 2, 3, 3);
	is_near(p[0], 1.0 / 20, 1e-15, "what became better hides nothing");
	is_near(p[1], 1, 1e-15, "and is no regression");
	relabel_test(p, noisy, 2, 3, 3);
	ok(p[1] > RELABEL_ALPHA, "a line of two speeds is no regression");
}

/* A machine of two speeds: what both variants have in common is taken off. */
static void
test_differences(void)
{
	static const double a[] = { 0, .10, .01, .10, .11, .20 };
	static const double b[] = { 0, .10, .01, 0, .01, .10 };
	static const double more[] = { 0, 0, 0, .10, .10, .10 };
	static const double less[] = { 0, 0, 0, -.10, -.10, -.10 };
	static const double still[] = { 0, .15, .01, 0, .14, .02 };
	struct relabel_line line[] = { { a, a, NULL, .05 },
	    { b, b, NULL, .05 } };
	double p[2];

	relabel_test(p, line, 2, 3, 3);
	ok(p[0] > RELABEL_ALPHA, "of itself it is not sure");
	line[0].beside = more;
	line[1].beside = less;
	relabel_test(p, line, 2, 3, 3);
	is_near(p[0], 1.0 / 20, 1e-15, "by how much more than the other it is");
	is_near(p[1], 1, 1e-15, "  and the other is no regression");
	line[0].bad = line[0].best = still;
	relabel_test(p, line, 2, 3, 3);
	is_near(p[0], 1, 1e-15, "what does not point there by itself is none");
}

/* What the best visit finds is found. */
static void
test_second_figure(void)
{
	static const double centre[] = { 0, .13, .13, .10, .10, .23 };
	static const double best[] = { 0, .01, .02, .10, .11, .12 };
	struct relabel_line line = { .bad = centre, .limit = .05 };
	double p;

	relabel_test(&p, &line, 1, 3, 3);
	ok(p > RELABEL_ALPHA, "a centre that wanders is not sure");
	line.best = best;
	relabel_test(&p, &line, 1, 3, 3);
	is_near(p, 1.0 / 20, 1e-15, "its best is");
}

static void
test_needs(void)
{
	static const double still[] = { 0, 0, 0, .2, .2, .2 };
	static const double wild[] = { 0, .1, .2, 0, .1, .2 };
	const size_t three[2] = { 3, 3 }, ten[2] = { 10, 10 };
	struct relabel_line line = { .bad = still, .limit = .05 };
	double few[RELABEL_CASES], many[RELABEL_CASES];
	size_t most = RELABEL_CASES - 1;

	relabel_needs(few, &line, 1, three, three);
	is_near(few[0], .05, 1e-15, "what does not scatter shows at the limit");
	is_near(few[most], .05, 1e-15, "  always");
	line.bad = wild;
	relabel_needs(few, &line, 1, three, three);
	relabel_needs(many, &line, 1, three, ten);
	ok(few[most / 2] > .2 && few[most / 2] < .3,
	    "what scatters by .1 shows late");
	ok(many[most / 2] < .7 * few[most / 2], "with more runs sooner");
	line.best = wild;
	relabel_needs(few, &line, 1, three, three);
	line.beside = still;
	relabel_needs(many, &line, 1, three, three);
	ok(many[most / 2] < .7 * few[most / 2],
	    "and sooner by what another variant did in them");
}

static void
test_can_decide(void)
{
	static const double a[] = { 0, .01, .02, .10, .11, .13 };
	struct relabel_change r = relabel_change(a, 3, 3);

	ok(relabel_can_decide(3, 3) && relabel_can_decide(2, 5) &&
	    relabel_can_decide(19, 1) && relabel_can_decide(60, 60),
	    "20 ways and more");
	ok(!relabel_can_decide(1, 1) && !relabel_can_decide(2, 4) &&
	    !relabel_can_decide(18, 1) && !relabel_can_decide(0, 3),
	    "fewer");
	is_near(r.change, .34 / 3 - .01, 1e-12, "difference of the means");
	/* t(.975, 4) = 2.776445, pooled variance (2e-4 + 14e-4 / 3) / 4 */
	is_near(r.ci.hi - r.change, 2.776445 * sqrt((2e-4 + 14e-4 / 3) / 4 *
	    2 / 3), 1e-7, "Student's interval");
}

int
main(void)
{
	test_one();
	test_lines();
	test_differences();
	test_second_figure();
	test_needs();
	test_can_decide();
	return tap_done();
}
