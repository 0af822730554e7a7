#include "runs.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "stats/order.h"
#include "stats/quantile.h"
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

/* The visits of all runs. */
struct visits {
	double *ln;		/* their medians, run by run */
	size_t *n;		/* of each run */
};

static void
add_visits(struct visits *at, const struct value *v, size_t n)
{
	double *x = xreallocarray(NULL, n + 1, sizeof(*x));
	size_t end, visits = 0;

	for (size_t i = 0; i < n; i = end) {
		for (end = i; end < n && v[end].run == v[i].run &&
		    v[end].load == v[i].load; end++)
			x[end - i] = v[end].ln;
		order_sort(x, end - i);
		at->ln[visits++] = quantile_median(x, end - i);
		at->n[v[i].run]++;
	}
	free(x);
}

static struct visits
visits_of(const struct side *base, const struct side *new,
    const struct side_row *key, enum metric m)
{
	struct value *v = xreallocarray(NULL, base->n + new->n + 1,
	    sizeof(*v));
	size_t n = take(v, 0, base, 0, key, m);
	struct visits at;

	n = take(v, n, new, base->n_runs, key, m);
	n = keep_common(v, n, base->n_runs + new->n_runs);
	qsort(v, n, sizeof(*v), by_visit);
	at.ln = xreallocarray(NULL, n + 1, sizeof(*at.ln));
	at.n = xcalloc(base->n_runs + new->n_runs + 1, sizeof(*at.n));
	add_visits(&at, v, n);
	free(v);
	return at;
}

void
runs_figures(double *figure, const struct side *base, const struct side *new,
    const struct side_row *key, const struct side_row *less, enum metric m)
{
	struct visits a = visits_of(base, new, key, m);
	struct visits b = visits_of(base, new, less != NULL ? less : key, m);
	double *at = a.ln, *beside = b.ln;
	size_t n;

	for (size_t r = 0; r < base->n_runs + new->n_runs; r++) {
		n = a.n[r] < b.n[r] ? a.n[r] : b.n[r];
		for (size_t i = 0; i < n && less != NULL; i++)
			at[i] -= beside[i];
		beside += b.n[r];
		figure[r] = order_centre(at, n);
		at += a.n[r];
	}
	free(a.ln);
	free(a.n);
	free(b.ln);
	free(b.n);
}

void
runs_best(double *figure, const struct side *base, const struct side *new,
    const struct side_row *key, enum metric m, double sign)
{
	struct visits a = visits_of(base, new, key, m);
	size_t runs = base->n_runs + new->n_runs, least = SIZE_MAX;
	const double *at = a.ln;

	for (size_t r = 0; r < runs; r++)
		if (a.n[r] > 0 && a.n[r] < least)
			least = a.n[r];
	for (size_t r = 0; r < runs; at += a.n[r++]) {
		figure[r] = a.n[r] > 0 ? at[0] : NAN;
		for (size_t i = 1; i < a.n[r] && i < least; i++)
			if (sign * at[i] < sign * figure[r])
				figure[r] = at[i];
	}
	free(a.ln);
	free(a.n);
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
