#include "relabel.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"
#include "order.h"
#include "rng.h"
#include "xalloc.h"

#define WAYS_MOST 5000
/* The difference counts for so many times the best visit, at most: with more it
 * finds more, and more often takes the gain of another variant for a loss. */
#define BESIDE_MOST 1.5
#define WAYS_OF_CASE 100		/* enough for a p near .05 */

/* n over k, or a little more than most where it is more. */
static size_t
ways_of(size_t n, size_t k, size_t most)
{
	double ways = 1;

	assert(k <= n);
	for (size_t i = 1; i <= k && ways <= (double)most; i++)
		ways = ways * (double)(n - k + i) / (double)i;
	return ways <= (double)most ? (size_t)(ways + 0.5) : most + 1;
}

bool
relabel_can_decide(size_t n_base, size_t n_new)
{
	size_t least = n_base < n_new ? n_base : n_new;

	return (double)ways_of(n_base + n_new, least, WAYS_MOST) >=
	    1 / RELABEL_ALPHA;
}

/* One side of a line: those marked (all, without marks), or the others. */
struct group {
	double n, mean, ss, least, most;
};

static struct group
group_of(const double *x, const bool *mark, size_t n, bool want)
{
	struct group g = { 0, 0, 0, INFINITY, -INFINITY };
	double before;

	for (size_t i = 0; i < n; i++) {
		if ((mark != NULL && mark[i] != want) || !isfinite(x[i]))
			continue;
		before = x[i] - g.mean;
		g.mean += before / ++g.n;
		g.ss += before * (x[i] - g.mean);
		g.least = fmin(g.least, x[i]);
		g.most = fmax(g.most, x[i]);
	}
	return g;
}

/* Squared standard error of the difference of the means. */
static double
error_of(struct group a, struct group b)
{
	return (a.ss + b.ss) / (a.n + b.n - 2) * (1 / a.n + 1 / b.n);
}

/* What a difference is measured in. */
static double
scale_of(struct group a, struct group b, double limit)
{
	double least = fmax(limit, 0.02) / 2;

	return sqrt(error_of(a, b) + least * least);
}

static double
badness(const double *x, const bool *mark, size_t n, double limit)
{
	struct group b = group_of(x, mark, n, false);
	struct group w = group_of(x, mark, n, true);
	double d = w.mean - b.mean;

	return b.n < 2 || w.n < 2 || !(d > limit) ? 0 :
	    d / scale_of(b, w, limit);
}

/* The figures of a line in all runs, one after the other. */
enum { FIGURES = 3 };

static void
take_figures(double *x, const struct relabel_line *line, size_t runs)
{
	const double *of[FIGURES] = { line->bad, line->best, line->beside };

	for (size_t k = 0; k < FIGURES; k++)
		for (size_t r = 0; r < runs; r++)
			x[k * runs + r] = of[k] != NULL ? of[k][r] : NAN;
}

static double
score(const double *x, const bool *mark, size_t n, double limit)
{
	double best = badness(x + n, mark, n, limit);

	return fmax(badness(x, mark, n, limit), best +
	    fmin(badness(x + 2 * n, mark, n, limit), BESIDE_MOST * best));
}

/* Move new to base where all of it is clearly better. */
static void
level(double *x, const bool *mark, size_t n, double limit)
{
	struct group b = group_of(x, mark, n, false);
	struct group w = group_of(x, mark, n, true);

	if (!(w.most < b.least - limit))
		return;
	for (size_t i = 0; i < n; i++)
		if (mark[i])
			x[i] += b.mean - w.mean;
}

/* The next way to mark as many: as the digits of a number, the next larger. */
static bool
next_way(bool *mark, size_t n)
{
	size_t i = n - 1, ones = 0;

	while (i > 0 && !(mark[i] && !mark[i - 1]))
		ones += mark[i--];
	if (i == 0)
		return false;
	mark[i - 1] = true;
	for (size_t k = i; k < n; k++)
		mark[k] = k >= n - ones;
	return true;
}

static void
draw_way(bool *mark, size_t n, size_t ones, uint64_t *rng)
{
	for (size_t i = 0; i < n; i++) {
		mark[i] = rng_below(rng, n - i) < ones;
		ones -= mark[i];
	}
}

/* The ways to call as many runs new, from the one that happened: all of them,
 * or that one and others that are drawn. */
struct ways {
	bool *mark;
	size_t n_base, n_new, seen, most;
	bool all;
	uint64_t rng;
};

static void
ways_begin(struct ways *w, size_t n_base, size_t n_new, size_t most)
{
	size_t runs = n_base + n_new;

	*w = (struct ways){ xcalloc(runs + 1, sizeof(*w->mark)), n_base, n_new,
	    1, most, ways_of(runs, n_base < n_new ? n_base : n_new, most) <=
	    most, rng_seed(runs, "relabel") };
	for (size_t i = n_base; i < runs; i++)
		w->mark[i] = true;
}

/* Returns false behind the last one, when seen tells how many there were. */
static bool
ways_next(struct ways *w)
{
	if (w->all ? !next_way(w->mark, w->n_base + w->n_new) :
	    w->seen == w->most)
		return false;
	if (!w->all)
		draw_way(w->mark, w->n_base + w->n_new, w->n_new, &w->rng);
	w->seen++;
	return true;
}

/* How badly the worst line comes out in this way. */
static double
worst_of(const struct ways *w, const double *x,
    const struct relabel_line *line, size_t n)
{
	size_t runs = w->n_base + w->n_new;
	double worst = 0;

	for (size_t i = 0; i < n; i++)
		worst = fmax(worst, score(x + i * FIGURES * runs, w->mark,
		    runs, line[i].limit));
	return worst;
}

void
relabel_test(double *p, const struct relabel_line *line, size_t n,
    size_t n_base, size_t n_new)
{
	size_t runs = n_base + n_new;
	double *x = xcalloc(n * FIGURES * runs + 1, sizeof(*x)), worst, *at = x;
	double *bad = xcalloc(n + 1, sizeof(*bad));
	struct ways w;

	ways_begin(&w, n_base, n_new, WAYS_MOST);
	for (size_t i = 0; i < n; i++, at += FIGURES * runs) {
		take_figures(at, &line[i], runs);
		for (size_t k = 0; k < FIGURES; k++)
			level(at + k * runs, w.mark, runs, line[i].limit);
		bad[i] = score(at, w.mark, runs, line[i].limit);
		p[i] = 0;
	}
	do {
		worst = worst_of(&w, x, line, n);
		for (size_t i = 0; i < n; i++)
			p[i] += worst >= bad[i] * (1 - 1e-12);
	} while (ways_next(&w));
	for (size_t i = 0; i < n; i++)
		p[i] = bad[i] > 0 ? p[i] / (double)w.seen : 1;
	free(w.mark);
	free(x);
	free(bad);
}

/* ---- what could be found ------------------------------------------------- */

/* Leave of the runs of a figure what is not their sides' means, as far apart as
 * runs are. */
static void
keep_rest(double *x, size_t n_base, size_t n_new)
{
	struct group side[2] = { group_of(x, NULL, n_base, true),
	    group_of(x + n_base, NULL, n_new, true) };
	double n = side[0].n + side[1].n;

	for (size_t r = 0; r < n_base + n_new; r++)
		x[r] = (x[r] - side[r >= n_base].mean) *
		    sqrt(n / fmax(n - 2, 1));
}

/* How far new is from base in a figure, and what it is measured in. */
struct step {
	double d, scale;
};

static struct step
step_of(const double *x, const struct ways *w, double limit)
{
	struct group b = group_of(x, NULL, w->n_base, true);
	struct group n = group_of(x + w->n_base, NULL, w->n_new, true);

	return b.n < 2 || n.n < 2 ? (struct step){ -INFINITY, 1 } :
	    (struct step){ n.mean - b.mean, scale_of(b, n, limit) };
}

/* By how much a figure had to be worse to come out so badly. */
static double
need_of_step(struct step s, double limit, double badly)
{
	return fmax(limit, badly * s.scale) - s.d;
}

/* The same of a line: the change at which its score is so bad. */
static double
need_of(const double *x, const struct ways *w, double limit, double badly)
{
	size_t runs = w->n_base + w->n_new;
	struct step centre = step_of(x, w, limit);
	struct step best = step_of(x + runs, w, limit);
	struct step beside = step_of(x + 2 * runs, w, limit);
	double both = (badly - best.d / best.scale - beside.d / beside.scale) /
	    (1 / best.scale + 1 / beside.scale);

	both = fmin(fmax(both, limit - beside.d),
	    need_of_step(best, limit, badly));
	both = fmax(both, need_of_step(best, limit,
	    badly / (1 + BESIDE_MOST)));
	return fmin(both, need_of_step(centre, limit, badly));
}

/* What each line needs in the runs x, into need; line i at i * stride. */
static void
needs_of_case(double *need, size_t stride, const double *x,
    const struct relabel_line *line, size_t n, size_t n_base, size_t n_new)
{
	double worst[WAYS_OF_CASE], badly;
	size_t runs = n_base + n_new;
	struct ways w;

	ways_begin(&w, n_base, n_new, WAYS_OF_CASE);
	while (ways_next(&w))
		worst[w.seen - 2] = worst_of(&w, x, line, n);
	order_sort(worst, w.seen - 1);
	/* what one way in 20 reaches, of those that did not happen */
	badly = worst[w.seen - 1 - (size_t)(RELABEL_ALPHA * (double)w.seen +
	    1e-9)];
	for (size_t i = 0; i < n; i++)
		need[i * stride] = need_of(x + i * FIGURES * runs, &w,
		    line[i].limit, badly);
	free(w.mark);
}

void
relabel_needs(double *need, const struct relabel_line *line, size_t n,
    const size_t had[2], const size_t with[2])
{
	size_t before = had[0] + had[1], runs = with[0] + with[1], from;
	size_t figures = n * FIGURES;
	double *rest = xcalloc(figures * before + 1, sizeof(*rest));
	double *x = xcalloc(figures * runs + 1, sizeof(*x));
	uint64_t rng = rng_seed(runs, "needs");

	for (size_t i = 0; i < n; i++)
		take_figures(rest + i * FIGURES * before, &line[i], before);
	for (size_t i = 0; i < figures; i++)
		keep_rest(rest + i * before, had[0], had[1]);
	for (size_t c = 0; c < RELABEL_CASES; c++) {
		for (size_t r = 0; r < runs; r++) {
			from = rng_below(&rng, before);
			for (size_t i = 0; i < figures; i++)
				x[i * runs + r] = rest[i * before + from];
		}
		needs_of_case(need + c, RELABEL_CASES, x, line, n, with[0],
		    with[1]);
	}
	for (size_t i = 0; i < n; i++)
		order_sort(need + i * RELABEL_CASES, RELABEL_CASES);
	free(rest);
	free(x);
}

struct relabel_change
relabel_change(const double *bad, size_t n_base, size_t n_new)
{
	struct group b = group_of(bad, NULL, n_base, true);
	struct group w = group_of(bad + n_base, NULL, n_new, true);
	struct relabel_change c = { .n_base = (size_t)b.n,
	    .n_new = (size_t)w.n, .base = b.n > 0 ? b.mean : NAN,
	    .new = w.n > 0 ? w.mean : NAN, .change = NAN, .ci = { NAN, NAN } };
	double half;

	if (b.n < 1 || w.n < 1)
		return c;
	c.change = w.mean - b.mean;
	if (b.n < 2 || w.n < 2)
		return c;
	half = dist_t_quantile(0.975, b.n + w.n - 2) * sqrt(error_of(b, w));
	c.ci = (struct interval){ c.change - half, c.change + half };
	return c;
}
