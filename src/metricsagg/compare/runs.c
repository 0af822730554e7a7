#include "runs.h"

#include <math.h>
#include <stdlib.h>

#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/relabel.h"
#include "xalloc.h"

/* One row that was measured. */
struct value {
	const char *prompt;
	size_t run;		/* of base, then of new */
	uint32_t load;
	double ln;
	bool is_everywhere;	/* all runs have its prompt */
};

bool
runs_same_key(const struct side_row *a, const struct side_row *b)
{
	return a->pair == b->pair && a->variant == b->variant &&
	    a->scenario == b->scenario && a->cache == b->cache;
}

static int
by_prompt(const void *va, const void *vb)
{
	const struct value *a = va, *b = vb;

	if (a->prompt != b->prompt)
		return a->prompt < b->prompt ? -1 : 1;
	return (a->run > b->run) - (a->run < b->run);
}

static int
by_visit(const void *va, const void *vb)
{
	const struct value *a = va, *b = vb;

	if (a->run != b->run)
		return a->run < b->run ? -1 : 1;
	return (a->load > b->load) - (a->load < b->load);
}

static size_t
take(struct value *v, size_t n, const struct side *s, size_t first,
    const struct side_row *key, enum metric m)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct side_row *r = &s->rows[i];

		if (runs_same_key(r, key) && r->v[m] > 0)
			v[n++] = (struct value){ r->prompt_key, first + r->run,
			    r->load, log(r->v[m]), false };
	}
	return n;
}

/* Keep the values whose prompt is in every run that has any, if there are. */
static size_t
keep_common(struct value *v, size_t n, size_t n_runs)
{
	bool *has = xcalloc(n_runs + 1, sizeof(*has));
	size_t all = 0, kept = 0, end, runs;

	for (size_t i = 0; i < n; i++) {
		all += !has[v[i].run];
		has[v[i].run] = true;
	}
	free(has);
	qsort(v, n, sizeof(*v), by_prompt);
	for (size_t i = 0; i < n; i = end) {
		for (end = i, runs = 0; end < n &&
		    v[end].prompt == v[i].prompt; end++)
			runs += end == i || v[end].run != v[end - 1].run;
		for (size_t k = i; k < end; k++)
			v[k].is_everywhere = runs == all;
		kept += runs == all ? end - i : 0;
	}
	if (kept == 0)
		return n;
	for (size_t i = kept = 0; i < n; i++)
		if (v[i].is_everywhere)
			v[kept++] = v[i];
	return kept;
}

/* The medians of the visits of the n values of one run, in their order.
 * Returns how many there are; visit has room for n. */
static size_t
visits_of(double *visit, const struct value *v, size_t n)
{
	double *x = xreallocarray(NULL, n + 1, sizeof(*x));
	size_t visits = 0, end;

	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && v[end].load == v[i].load; end++)
			x[end - i] = v[end].ln;
		order_sort(x, end - i);
		visit[visits++] = quantile_median(x, end - i);
	}
	free(x);
	return visits;
}

/* The values of key in all runs, by run and visit, in *out.  Returns how
 * many. */
static size_t
values_of(struct value **out, const struct side *base, const struct side *new,
    const struct side_row *key, enum metric m)
{
	struct value *v = xreallocarray(NULL, base->n + new->n + 1,
	    sizeof(*v));
	size_t n;

	n = take(v, 0, base, 0, key, m);
	n = take(v, n, new, base->n_runs, key, m);
	n = keep_common(v, n, base->n_runs + new->n_runs);
	qsort(v, n, sizeof(*v), by_visit);
	*out = v;
	return n;
}

/* How many of the n values are of run r; *v is moved behind them. */
static size_t
of_run(const struct value **v, const struct value *end, size_t r)
{
	size_t n = 0;

	for (; *v < end && (*v)->run == r; (*v)++)
		n++;
	return n;
}

void
runs_figures(double *figure, const struct side *base, const struct side *new,
    const struct side_row *key, const struct side_row *less, enum metric m)
{
	struct value *v[2];
	size_t runs = base->n_runs + new->n_runs, n[2] = { 0, 0 }, n_visits[2];
	const struct value *at[2], *first;
	double *visit[2];

	n[0] = values_of(&v[0], base, new, key, m);
	n[1] = values_of(&v[1], base, new, less != NULL ? less : key, m);
	for (size_t k = 0; k < 2; k++) {
		at[k] = v[k];
		visit[k] = xreallocarray(NULL, n[k] + 1, sizeof(double));
	}
	for (size_t r = 0; r < runs; r++) {
		for (size_t k = 0; k < 2; k++) {
			first = at[k];
			n_visits[k] = visits_of(visit[k], first, of_run(&at[k],
			    v[k] + n[k], r));
		}
		if (n_visits[1] < n_visits[0])
			n_visits[0] = n_visits[1];
		for (size_t i = 0; i < n_visits[0] && less != NULL; i++)
			visit[0][i] -= visit[1][i];
		figure[r] = relabel_figure(visit[0], n_visits[0]);
	}
	for (size_t k = 0; k < 2; k++) {
		free(v[k]);
		free(visit[k]);
	}
}

static void
failed_of(double *share, const struct side *s, const struct side_row *key)
{
	size_t *n = xcalloc(s->n_runs + 1, sizeof(*n));

	for (size_t r = 0; r < s->n_runs; r++)
		share[r] = 0;
	for (size_t i = 0; i < s->n; i++)
		if (runs_same_key(&s->rows[i], key) && !s->rows[i].is_load) {
			n[s->rows[i].run]++;
			share[s->rows[i].run] += !s->rows[i].is_good;
		}
	for (size_t r = 0; r < s->n_runs; r++)
		share[r] = n[r] > 0 ? share[r] / (double)n[r] : NAN;
	free(n);
}

void
runs_failed(double *share, const struct side *base, const struct side *new,
    const struct side_row *key)
{
	failed_of(share, base, key);
	failed_of(share + base->n_runs, new, key);
}
