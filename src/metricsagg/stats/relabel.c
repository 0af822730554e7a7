#include "relabel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dist.h"
#include "order.h"
#include "rng.h"
#include "xalloc.h"

#define WAYS_MOST 5000

/* n over k, or a little more than WAYS_MOST where it is more. */
static size_t
ways_of(size_t n, size_t k)
{
	double ways = 1;

	for (size_t i = 1; i <= k && ways <= WAYS_MOST; i++)
		ways = ways * (double)(n - k + i) / (double)i;
	return ways <= WAYS_MOST ? (size_t)(ways + 0.5) : WAYS_MOST + 1;
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

	return (double)ways_of(n_base + n_new, least) >= 1 / RELABEL_ALPHA;
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

static double
badness(const double *x, const bool *mark, size_t n, double limit)
{
	struct group b = group_of(x, mark, n, false);
	struct group w = group_of(x, mark, n, true);
	double d = w.mean - b.mean, floor_of = fmax(limit, 0.02) / 2;

	if (b.n < 2 || w.n < 2 || !(d > limit))
		return 0;
	return d / sqrt(error_of(b, w) + floor_of * floor_of);
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

struct work {
	double *x;		/* the n runs of line 0, of line 1, ... */
	double *bad;		/* of each line, as it happened */
	size_t *as_bad;		/* ways, of each line */
	bool *mark;
};

/* Count this way for each line that did no worse. */
static void
count_way(struct work *w, const struct relabel_line *line, size_t n,
    size_t runs)
{
	double worst = 0;

	for (size_t i = 0; i < n; i++)
		worst = fmax(worst, badness(w->x + i * runs, w->mark, runs,
		    line[i].limit));
	for (size_t i = 0; i < n; i++)
		w->as_bad[i] += worst >= w->bad[i] * (1 - 1e-12);
}

static void
work_init(struct work *w, const struct relabel_line *line, size_t n,
    size_t n_base, size_t n_new)
{
	size_t runs = n_base + n_new;

	w->x = xcalloc(n * runs + 1, sizeof(*w->x));
	w->bad = xcalloc(n + 1, sizeof(*w->bad));
	w->as_bad = xcalloc(n + 1, sizeof(*w->as_bad));
	w->mark = xcalloc(runs + 1, sizeof(*w->mark));
	for (size_t i = 0; i < runs; i++)
		w->mark[i] = i >= n_base;
	for (size_t i = 0; i < n; i++) {
		memcpy(w->x + i * runs, line[i].bad, runs * sizeof(*w->x));
		level(w->x + i * runs, w->mark, runs, line[i].limit);
		w->bad[i] = badness(w->x + i * runs, w->mark, runs,
		    line[i].limit);
	}
}

void
relabel_test(double *p, const struct relabel_line *line, size_t n,
    size_t n_base, size_t n_new)
{
	size_t runs = n_base + n_new, ways, seen = 0;
	uint64_t rng = rng_seed(runs, "relabel");
	struct work w;

	work_init(&w, line, n, n_base, n_new);
	ways = ways_of(runs, n_base < n_new ? n_base : n_new);
	if (ways <= WAYS_MOST) {	/* it begins as it happened */
		do {
			count_way(&w, line, n, runs);
			seen++;
		} while (next_way(w.mark, runs));
	} else {
		for (; seen < WAYS_MOST; seen++) {
			count_way(&w, line, n, runs);
			draw_way(w.mark, runs, n_new, &rng);
		}
	}
	for (size_t i = 0; i < n; i++)
		p[i] = w.bad[i] > 0 ? (double)w.as_bad[i] / (double)seen : 1;
	for (size_t i = 0; i < n; i++)
		if (line[i].of > 0 && p[i] <= RELABEL_ALPHA &&
		    p[line[i].of - 1] <= RELABEL_HINT)
			p[line[i].of - 1] = fmin(p[line[i].of - 1], p[i]);
	free(w.x);
	free(w.bad);
	free(w.as_bad);
	free(w.mark);
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
