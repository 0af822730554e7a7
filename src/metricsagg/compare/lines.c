#include "lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runs.h"
#include "stats/relabel.h"
#include "stats/summary.h"
#include "xalloc.h"

static void
add_line(struct lines *l, struct line line)
{
	l->at = xgrow(l->at, l->n, &l->cap, sizeof(*l->at));
	l->at[l->n++] = line;
}

/* The k-th occurrence of a prompt stays the k-th: starts are places. */
static size_t
observe(const struct side *s, const struct side_row *key, enum metric m,
    struct compare_obs *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!runs_same_key(&s->rows[i], key))
			continue;
		out[n].value = s->rows[i].v[m];
		out[n].prompt = s->rows[i].prompt_key == NULL ? 0 :
		    names_hash(s->rows[i].prompt_key,
		    strlen(s->rows[i].prompt_key));
		out[n].load = s->rows[i].load;
		out[n].start_s = (double)n;
		n++;
	}
	return n;
}

static struct comparison
compare_requests(const struct asked *a, const struct side_row *key,
    enum metric m)
{
	struct compare_obs *x, *y;
	struct comparison c;
	size_t nx, ny;

	x = xreallocarray(NULL, a->base->n + 1, sizeof(*x));
	y = xreallocarray(NULL, a->new->n + 1, sizeof(*y));
	nx = observe(a->base, key, m, x);
	ny = observe(a->new, key, m, y);
	c = compare_test(x, nx, y, ny, a->margin);
	free(x);
	free(y);
	return c;
}

enum compare_verdict
lines_describe(const struct comparison *c)
{
	if (isnan(c->ratio_ci.lo))
		return COMPARE_INSUFFICIENT;
	if (c->ratio_ci.lo >= 1 - c->margin && c->ratio_ci.hi <= 1 + c->margin)
		return COMPARE_EQUIVALENT;
	return c->ratio_ci.lo <= 1 && c->ratio_ci.hi >= 1 ?
	    COMPARE_INCONCLUSIVE : COMPARE_DIFFERENT;
}

struct comparison
lines_figures(const struct asked *a, const double *x)
{
	struct comparison c = { .p = NAN, .p_holm = NAN, .margin = a->margin };
	struct relabel_change r = relabel_change(x, a->base->n_runs,
	    a->new->n_runs);

	c.n_base = r.n_base;
	c.n_new = r.n_new;
	c.base = exp(r.base);
	c.new = exp(r.new);
	c.ratio = exp(r.change);
	c.ratio_ci = (struct interval){ exp(r.ci.lo), exp(r.ci.hi) };
	c.verdict = lines_describe(&c);
	return c;
}

static struct comparison
compare_runs(const struct asked *a, const struct side_row *key, enum metric m)
{
	double *x = xcalloc(a->base->n_runs + a->new->n_runs, sizeof(*x));
	struct comparison c;

	runs_figures(x, a->base, a->new, key, NULL, m);
	c = lines_figures(a, x);
	free(x);
	return c;
}

/* What base has and new has not: nobody can tell whether it is worse. */
static void
add_missing(struct lines *l, const struct side_row *key, enum metric m,
    struct comparison c)
{
	add_line(l, (struct line){ .key = key, .m = m, .c = c,
	    .is_missing = true, .is_judged = true,
	    .verdict = FAILIF_UNSURE });
}

static void
compare_metric(struct lines *l, const struct asked *a,
    const struct side_row *key, enum metric m)
{
	struct comparison c = l->by_runs ? compare_runs(a, key, m) :
	    compare_requests(a, key, m);

	if ((c.n_base > 0 && c.n_new == 0) || (l->by_runs &&
	    c.n_base == l->runs_base && c.n_new < l->runs_new))
		add_missing(l, key, m, c);
	if (c.n_base > 0 && c.n_new > 0)
		add_line(l, (struct line){ .key = key, .m = m, .c = c });
}

/* Requests of this key, and how many of them failed. */
static size_t
count_failed(const struct side *s, const struct side_row *key, size_t *failed)
{
	size_t n = 0;

	*failed = 0;
	for (size_t i = 0; i < s->n; i++)
		if (runs_same_key(&s->rows[i], key) && !s->rows[i].is_load) {
			n++;
			*failed += !s->rows[i].is_good;
		}
	return n;
}

/* Did more fail in the runs of new, whichever runs were called so? */
static bool
more_failed(const struct asked *a, const struct side_row *key)
{
	size_t base = a->base->n_runs, new = a->new->n_runs;
	double *share = xcalloc(base + new, sizeof(*share)), p;
	const struct relabel_line line = { .bad = share };

	runs_failed(share, a->base, a->new, key);
	relabel_test(&p, &line, 1, base, new);
	free(share);
	return p <= RELABEL_ALPHA;
}

/* A line about failures, where there are any; more of them is a regression. */
static void
compare_failures(struct lines *l, const struct asked *a,
    const struct side_row *key)
{
	struct line at = { .key = key, .m = M_COUNT, .is_judged = true };
	struct interval x, y;

	at.c.n_base = count_failed(a->base, key, &at.failed_base);
	at.c.n_new = count_failed(a->new, key, &at.failed_new);
	if (at.failed_base + at.failed_new == 0 || at.c.n_new == 0)
		return;
	x = summary_wilson(at.failed_base, at.c.n_base);
	y = summary_wilson(at.failed_new, at.c.n_new);
	at.verdict = y.lo > x.hi && (!l->by_runs || more_failed(a, key)) ?
	    FAILIF_FAIL : y.hi <= x.lo ||
	    at.failed_new * at.c.n_base <= at.failed_base * at.c.n_new ?
	    FAILIF_PASS : FAILIF_UNSURE;
	at.c.ratio = at.c.p = NAN;
	add_line(l, at);
}

static size_t
count_rows(const struct side *s, const struct side_row *key)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += runs_same_key(&s->rows[i], key);
	return n;
}

static void
compare_key(struct lines *l, const struct asked *a, const struct side_row *key)
{
	if (count_rows(a->new, key) == 0) {
		add_missing(l, key, M_COUNT, (struct comparison){
		    .n_base = count_rows(a->base, key) });
		return;
	}
	for (size_t i = 0; metric_compared[i].words != NULL; i++)
		compare_metric(l, a, key, metric_compared[i].m);
	compare_failures(l, a, key);
}

void
lines_of_keys(struct lines *l, const struct asked *a)
{
	const struct side_row **keys = NULL;
	size_t k, n = 0, cap = 0;

	for (size_t i = 0; i < a->base->n; i++) {
		for (k = 0; k < n; k++)
			if (runs_same_key(keys[k], &a->base->rows[i]))
				break;
		if (k < n)
			continue;
		keys = xgrow(keys, n, &cap, sizeof(*keys));
		keys[n++] = &a->base->rows[i];
		compare_key(l, a, &a->base->rows[i]);
	}
	free(keys);
}
