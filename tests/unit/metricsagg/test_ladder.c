#include <math.h>

#include "stats/ladder.h"
#include "tap.h"

enum { RUNGS = 5, EACH = 4, N = RUNGS * EACH };

static const double tokens[RUNGS] = { 125, 250, 500, 1000, 2000 };

/* EACH of every rung at a + b n + c n^2, the k-th off by (k - 1.5) spread, as
 * a share; the points come in no order. */
static void
climb(struct ladder_point p[N], double a, double b, double c, double spread)
{
	for (int i = 0; i < N; i++) {
		double x = tokens[i * 7 % RUNGS];

		p[i * 3 % N] = (struct ladder_point){ x, x, (a + x * (b + x *
		    c)) * (1 + spread * (i % EACH - 1.5)) };
	}
}

static struct ladder
planted(double a, double b, double c, unsigned terms)
{
	struct ladder_point p[N];

	climb(p, a, b, c, 0);
	return ladder_of(p, N, EACH, terms, 0.1, "planted");
}

static void
test_exact(void)
{
	struct ladder l = planted(0.02, 1e-4, 2.5e-8, 3);

	ok(l.verdict == LADDER_PREDICTED && l.rungs == RUNGS, "predicted");
	is_near(l.coef[0], 0.02, 1e-9, "a");
	is_near(l.coef[1], 1e-4, 1e-11, "b");
	is_near(l.coef[2], 2.5e-8, 1e-14, "c");
	is_near(l.held_y, 0.32, 1e-12, "the longest rung, as measured");
	is_near(l.error, 0, 1e-6, "and by the others");
	is_near(ladder_at(&l, 4000), 0.82, 1e-6, "the next size");
	l = planted(4e10, 3e5, 0, 2);
	is_near(l.coef[0], 4e10, 10, "bytes are as good as seconds: w");
	is_near(l.coef[1], 3e5, 0.01, "k");
	ok(ladder_rises(&l), "they rise");
	l = planted(4e10, 0, 0, 2);
	ok(!ladder_rises(&l), "they do not");
	is_near(ladder_at(&l, 4000), 4e10, 1, "flat");
	l = planted(0.5, -1e-4, 0, 3);
	ok(l.coef[1] == 0 && l.coef[2] == 0, "nothing is below 0");
}

static void
test_refused(void)
{
	struct ladder_point p[N];
	struct ladder l;

	climb(p, 0.02, 1e-4, 0, 0);
	for (int i = 0; i < N; i++)
		if (p[i].x > 1500)
			p[i].y *= 1.2;
	l = ladder_of(p, N, EACH, 3, 0.1, "cliff");
	ok(l.verdict == LADDER_ERROR_TOO_LARGE, "a rung that is elsewhere");
	is_near(l.error, 1 / 1.2 - 1, 1e-6, "so far");
	climb(p, 0.02, 1e-4, 0, 0);
	for (int i = 0; i < N; i++)
		if (p[i].x > 300)
			p[i].rung = i;
	l = ladder_of(p, N, EACH, 3, 0.1, "once");
	ok(l.verdict == LADDER_TOO_FEW_RUNGS && l.rungs == 2 &&
	    isnan(ladder_at(&l, 4000)) && isnan(ladder_ci(&l, 4000).lo),
	    "a rung is of two requests and more");
	climb(p, 0.02, 1e-4, 0, 0);
	for (int i = 0; i < N; i++)
		if (p[i].x > 300)
			p[i] = (struct ladder_point){ p[i].rung, 300 + i % 3,
			    0.05 };
	l = ladder_of(p, N, EACH, 3, 0.1, "cut");
	ok(l.verdict == LADDER_TOO_FEW_RUNGS && l.rungs == 3,
	    "rungs that were cut to one length are one");
	l = ladder_of(p, 0, 0, 3, 0.1, "none");
	ok(l.verdict == LADDER_TOO_FEW_RUNGS && isnan(l.to) &&
	    isnan(l.error), "no requests");
}

static void
test_interval(void)
{
	struct ladder_point p[N];
	struct ladder l, same;
	struct interval ci, near;

	climb(p, 0.02, 1e-4, 2.5e-8, 0.02);
	l = ladder_of(p, N, EACH, 3, 0.1, "noisy");
	ci = ladder_ci(&l, 4000);
	near = ladder_ci(&l, 2000);
	ok(ci.lo < 0.82 && 0.82 < ci.hi && ci.hi / ci.lo < 1.5,
	    "it covers, and is no wider than it must");
	ok(near.hi / near.lo < ci.hi / ci.lo, "farther off it is wider");
	p[3].y *= 40;
	l = ladder_of(p, N, EACH, 3, 0.1, "noisy");
	is_near(ladder_at(&l, 4000), 0.82, 0.05, "a stall moves nothing");
	same = ladder_of(p, N, EACH, 3, 0.1, "noisy");
	ok(ladder_ci(&l, 4000).hi == ladder_ci(&same, 4000).hi,
	    "again the same");
}

static void
test_crossing(void)
{
	/* 0.02 + n / 10^4 + n^2 / 4e7, and 0.12 + n / 10^4: at 2000 tokens */
	struct ladder bent = planted(0.02, 1e-4, 2.5e-8, 3),
	    line = planted(0.12, 1e-4, 0, 3), above = planted(3, 1e-4, 0, 3);
	struct ladder_crossing c = ladder_cross(&bent, &line, 125, 4000);
	struct ladder_point p[N];

	ok(c.verdict == CROSSING_ONE && c.a_first, "they cross once");
	is_near(c.x, 2000, 1, "there");
	ok(c.ci.lo < 2000 && 2000 < c.ci.hi && c.ci.hi - c.ci.lo < 100,
	    "known so well");
	c = ladder_cross(&line, &bent, 125, 1500);
	ok(c.verdict == CROSSING_NONE && !c.a_first && isnan(c.x),
	    "not in this range");
	c = ladder_cross(&bent, &above, 125, 4000);
	ok(c.verdict == CROSSING_NONE && c.a_first, "nowhere");
	climb(p, 0.021, 1e-4, 2.5e-8, 0.05);
	line = ladder_of(p, N, EACH, 3, 0.1, "near");
	ok(ladder_cross(&bent, &line, 125, 4000).verdict ==
	    CROSSING_CANNOT_TELL, "too near to tell");
	climb(p, 0.02, 1e-4, 2.5e-8, 0.05);
	line = ladder_of(p, N, 1, 3, 0.1, "one");
	above = ladder_of(p, N, 1, 3, 0.1, "other");
	ok(ladder_cross(&line, &above, 125, 4000).verdict ==
	    CROSSING_CANNOT_TELL, "alike: nobody knows which is lower");
	climb(p, 3, 1e-4, 0, 0);
	above = ladder_of(p, N, 1, 3, 0.1, "above");
	ok(ladder_cross(&line, &above, 4000, 125).verdict ==
	    CROSSING_CANNOT_TELL, "no size is on both");
}

/* Beyond the longest rung the curves stray as the one held out was off. */
static void
test_crossing_beyond(void)
{
	struct ladder_point p[N];
	struct ladder a, b = planted(0.3, 4e-5, 0, 2);
	struct ladder_crossing c;
	size_t below = 0;

	climb(p, 0.12, 1e-4, 0, 0);
	for (int i = 0; i < N; i++)
		if (p[i].x > 1500)
			p[i].y *= 1.05;
	a = ladder_of(p, N, EACH, 3, 0.1, "off");
	for (size_t k = 0; k < LADDER_DRAWS; k++)
		below += fabs(log1p(a.stray[k])) < 1.5 * log(1.05);
	ok(fabs((double)below / LADDER_DRAWS - 0.95) < 0.03,
	    "95 of 100 of them by less than 1.5 times the error");
	/* 0.12 + n / 10^4 and 0.3 + 4 n / 10^5 meet at 3000.  b is 0.46 at
	 * 4000; off by s there, it meets a where 6e-5 n is 0.18 + 2.3e-4 s
	 * (n - 2000); s is -0.095 and 0.095 at 2.5 and 97.5 %. */
	a = planted(0.12, 1e-4, 0, 2);
	for (size_t k = 0; k < LADDER_DRAWS; k++)
		b.stray[k] = 0.2 * (double)k / (LADDER_DRAWS - 1) - 0.1;
	c = ladder_cross(&a, &b, 125, 4000);
	is_near(c.x, 3000, 1, "where they cross");
	is_near(c.ci.lo, 2733, 8, "from there");
	is_near(c.ci.hi, 3573, 8, "to there");
	b = planted(0.3, 0, 0, 2);
	for (size_t k = 0; k < LADDER_DRAWS; k++)
		b.stray[k] = k % 2 == 0 ? 0.5 : -0.5;
	c = ladder_cross(&a, &b, 125, 4000);
	is_near(c.x, 1800, 1, "what was measured");
	ok(c.ci.hi - c.ci.lo < 20, "does not stray");
}

int
main(void)
{
	test_exact();
	test_refused();
	test_interval();
	test_crossing();
	test_crossing_beyond();
	return tap_done();
}
