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

double
relabel_figure(double *visit, size_t n)
{
	uint64_t walsh = (uint64_t)n * (n + 1) / 2;

	if (n == 0)
		return NAN;
	order_sort(visit, n);
	return 0.5 * (order_walsh(visit, n, (walsh + 1) / 2) +
	    order_walsh(visit, n, walsh / 2 + 1));
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
		worst = fmax(worst, badness(x + i * runs, w->mark, runs,
		    line[i].limit));
	return worst;
}

/* What a line finds, that which it is about finds. */
static void
join(double *p, const struct relabel_line *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (line[i].of > 0 && !line[i].is_difference)
			p[line[i].of - 1] = fmin(p[line[i].of - 1], p[i]);
	for (size_t i = 0; i < n; i++)
		if (line[i].is_difference && p[i] <= RELABEL_ALPHA &&
		    p[line[i].of - 1] <= RELABEL_HINT)
			p[line[i].of - 1] = fmin(p[line[i].of - 1], p[i]);
}

void
relabel_test(double *p, const struct relabel_line *line, size_t n,
    size_t n_base, size_t n_new)
{
	size_t runs = n_base + n_new;
	double *x = xcalloc(n * runs + 1, sizeof(*x)), worst;
	double *bad = xcalloc(n + 1, sizeof(*bad));
	struct ways w;

	ways_begin(&w, n_base, n_new, WAYS_MOST);
	for (size_t i = 0; i < n; i++) {
		memcpy(x + i * runs, line[i].bad, runs * sizeof(*x));
		level(x + i * runs, w.mark, runs, line[i].limit);
		bad[i] = badness(x + i * runs, w.mark, runs, line[i].limit);
		p[i] = 0;
	}
	do {
		worst = worst_of(&w, x, line, n);
		for (size_t i = 0; i < n; i++)
			p[i] += worst >= bad[i] * (1 - 1e-12);
	} while (ways_next(&w));
	for (size_t i = 0; i < n; i++)
		p[i] = bad[i] > 0 ? p[i] / (double)w.seen : 1;
	join(p, line, n);
	free(w.mark);
	free(x);
	free(bad);
}

/* ---- what could be found ------------------------------------------------- */

/* What is left of the runs of a line without their sides' means, as far apart
 * as runs are. */
static void
rest_of(double *rest, const double *bad, size_t n_base, size_t n_new)
{
	struct group side[2] = { group_of(bad, NULL, n_base, true),
	    group_of(bad + n_base, NULL, n_new, true) };
	double n = side[0].n + side[1].n;

	for (size_t r = 0; r < n_base + n_new; r++)
		rest[r] = (bad[r] - side[r >= n_base].mean) *
		    sqrt(n / fmax(n - 2, 1));
}

/* By how much a line had to be worse to come out so badly. */
static double
need_of(const double *x, const struct ways *w, double limit, double so_badly)
{
	struct group b = group_of(x, NULL, w->n_base, true);
	struct group n = group_of(x + w->n_base, NULL, w->n_new, true);

	return b.n < 2 || n.n < 2 ? INFINITY : fmax(limit, so_badly *
	    scale_of(b, n, limit)) - (n.mean - b.mean);
}

/* The badness that one way in 1 / share reaches, of those in worst that did not
 * happen. */
static double
so_badly(const double *worst, size_t ways, double share)
{
	return worst[ways - 1 - (size_t)(share * (double)ways + 1e-9)];
}

/* What each line needs in the runs x, into need; line i at i * stride. */
static void
needs_of_case(double *need, size_t stride, const double *x,
    const struct relabel_line *line, size_t n, size_t n_base, size_t n_new)
{
	double worst[WAYS_OF_CASE], found, hint, *at;
	size_t runs = n_base + n_new, of;
	struct ways w;

	ways_begin(&w, n_base, n_new, WAYS_OF_CASE);
	while (ways_next(&w))
		worst[w.seen - 2] = worst_of(&w, x, line, n);
	order_sort(worst, w.seen - 1);
	found = so_badly(worst, w.seen, RELABEL_ALPHA);
	hint = so_badly(worst, w.seen, RELABEL_HINT);
	for (size_t i = 0; i < n; i++) {
		at = &need[i * stride];
		*at = need_of(x + i * runs, &w, line[i].limit, found);
		of = line[i].of > 0 ? line[i].of - 1 : i;
		if (line[i].is_difference)
			*at = fmax(*at, need_of(x + of * runs, &w,
			    line[of].limit, hint));
		need[of * stride] = fmin(need[of * stride], *at);
	}
	free(w.mark);
}

void
relabel_needs(double *need, const struct relabel_line *line, size_t n,
    const size_t had[2], const size_t with[2])
{
	size_t before = had[0] + had[1], runs = with[0] + with[1], from;
	double *rest = xcalloc(n * before + 1, sizeof(*rest));
	double *x = xcalloc(n * runs + 1, sizeof(*x));
	uint64_t rng = rng_seed(runs, "needs");

	for (size_t i = 0; i < n; i++)
		rest_of(rest + i * before, line[i].bad, had[0], had[1]);
	for (size_t c = 0; c < RELABEL_CASES; c++) {
		for (size_t r = 0; r < runs; r++) {
			from = rng_below(&rng, before);
			for (size_t i = 0; i < n; i++)
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
