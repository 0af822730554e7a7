#include "stats/fgls.h"
#include "tap.h"

#define MOST 32

static struct fgls
fit(const double *y, const double *const *col, size_t k, size_t m)
{
	double scratch[(FGLS_COLUMNS + 2) * MOST];

	return fgls_test(y, col, k, m, scratch);
}

static void
is(struct fgls f, double slope, double se, double p, double ar,
    const char *name)
{
	is_near(f.slope, slope, 1e-10 * fabs(slope), name);
	is_near(f.se, se, 1e-10 * se, "  se");
	is_near(f.p, p, 1e-9 * p, "  p");
	is_near(f.ar, ar, 1e-10, "  ar");
}

/* An independent implementation on NumPy's lstsq and SciPy's t. */
static void
reference(void)
{
	static const double y[] = { 1, 2.5, 2.2, 4.1, 4.9, 6.5, 6.1, 8.3, 9.2,
	    9.8, 11.5, 11.9 };
	static const double warm[] = { 0, 1.5, 2.1, 1.9, 3.2, 4.8, 5.5, 5.1,
	    6.9, 8.2, 8.8, 9.1, 10.5, 12.2, 12.9, 12.1 };
	static const double swings[] = { 0, .5, -.4, .6, -.3, .8, .1, 1.2, .2,
	    1.1, .9, 1.6 };
	static const double few[] = { 0, 2, 1, 3, 5, 4 };
	static const double other[] = { 0, 1, 3, 2, 5, 4 };
	static const double step[] = { 0, 0, 1, 1, 1, 1 };
	double x[16], ln[16];
	const double *col[3] = { x, ln };

	for (int i = 0; i < 16; i++) {
		x[i] = i;
		ln[i] = log(i + 3.0);
	}
	is(fit(y, col, 1, 12), 1.01188811189, 0.0407944721488,
	    1.29617510082e-10, 0, "line");
	is(fit(warm, col, 2, 16), 0.909907494088, 0.154819058224,
	    2.71792684208e-05, 0.118538513377, "line and logarithm");
	is(fit(swings, col, 1, 12), 0.117132867133, 0.0401093302673,
	    0.00764578925146, 0, "negative correlation counts as none");
	col[1] = other;
	col[2] = step;
	is(fit(few, col, 3, 6), 1.04545454545, 0.818181818182, 0.164795678536,
	    1, "unit root: first differences");
	ok(fit(few, col, 3, 6).df == 2, "degrees of freedom");
}

static void
corners(void)
{
	static const double flat[] = { 5, 5, 5, 5, 5, 5 };
	static const double rise[] = { 0, 1, 2, 3, 4, 5 };
	static const double fall[] = { 5, 4, 3, 2, 1, 0 };
	static const double jump[] = { 0, 0, 0, 7, 7, 7 };
	static const double step[] = { 0, 0, 0, 1, 1, 1 };
	const double *col[3] = { rise, step, NULL };
	struct fgls f = fit(flat, col, 1, 6);

	ok(f.p == 1 && f.slope == 0, "constant y has no trend");
	f = fit(rise, col, 1, 6);
	ok(f.p == 0 && fabs(f.slope - 1) < 1e-12, "a perfect line");
	ok(fit(fall, col, 1, 6).p == 1, "a falling line");
	ok(fit(jump, col, 2, 6).p == 1, "a step explains a step");
	ok(fit(rise, col, 2, 6).p == 0, "a step does not explain a line");
	col[1] = rise;
	f = fit(jump, col, 2, 6);
	ok(f.p == 1 && isnan(f.slope), "a column twice");
	f = fit(jump, col, 1, 2);
	ok(f.p == 1 && isnan(f.slope), "too few points");
	col[0] = flat;
	ok(fit(rise, col, 1, 6).p == 1, "a constant column");
}

/* Units of y and of the clock change slope and se, never p. */
static void
scale(void)
{
	static const double y[] = { 1, 2.5, 2.2, 4.1, 4.9, 6.5, 6.1, 8.3, 9.2,
	    9.8, 11.5, 11.9 };
	double x[12], far[12], big[12];
	const double *col[] = { x };
	struct fgls a, b;

	for (int i = 0; i < 12; i++) {
		x[i] = i;
		far[i] = 1e6 + 4096.0 * i;
		big[i] = 1e9 + 1048576.0 * y[i];
	}
	a = fit(y, col, 1, 12);
	col[0] = far;
	b = fit(big, col, 1, 12);
	is_near(b.p, a.p, 1e-8 * a.p, "scale and origin leave p");
	is_near(b.slope, a.slope * 256, 1e-8 * b.slope, "scale moves slope");
}

int
main(void)
{
	reference();
	corners();
	scale();
	return tap_done();
}
