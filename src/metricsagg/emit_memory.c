/* memory, timeline, phase: the server's memory by what it was doing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "order.h"
#include "quantile.h"
#include "xalloc.h"

enum { TIMELINE_ROWS = 1500 };

/* The phase each sample fell into, -1 for none, and the visit. */
struct label {
	int phase;
	size_t visit;
};

static struct label *
label_samples(const struct view *v)
{
	struct label *l = xreallocarray(NULL, v->r->n_mems + 1, sizeof(*l));
	const struct phase_span *s;
	size_t i, hint = 0;

	for (i = 0; i < v->r->n_mems; i++) {
		s = phases_at(&v->p, v->r->mems[i].t_ns, &hint);
		l[i].phase = s == NULL ? -1 : (int)s->phase;
		l[i].visit = s == NULL ? 0 : s->visit;
	}
	return l;
}

/*
 * Does a sample belong to phase ph of visit ix?  The time after an unload is
 * also the baseline of the next visit; whole is all from load to unload.
 */
static bool
is_of(const struct label *l, size_t ix, int ph)
{
	if (ph == PH_BASELINE)
		return (l->phase == PH_BASELINE && l->visit == ix) ||
		    (l->phase == PH_AFTER_UNLOAD && l->visit + 1 == ix);
	if (l->visit != ix)
		return false;
	if (ph == PH_WHOLE)
		return l->phase >= PH_LOAD && l->phase != PH_AFTER_UNLOAD;
	return l->phase == ph;
}

/* The values of one counter in one phase of one visit into x, sorted. */
static size_t
take_values(const struct view *v, const struct label *l, size_t ix, int ph,
    enum counter c, double *x)
{
	size_t i, n = 0;

	for (i = 0; i < v->r->n_mems; i++)
		if (is_of(&l[i], ix, ph) && !isnan(v->r->mems[i].v[c]))
			x[n++] = v->r->mems[i].v[c];
	order_sort(x, n);
	return n;
}

struct amount {
	double *all, *one, *growth;	/* scratch */
	size_t n, n_growth;
};

/*
 * Median before the load of visit ix; where nothing was sampled then (the run
 * began with the load), that of the first visit that has one.
 */
static double
baseline(const struct view *v, const struct label *l, size_t ix,
    enum counter c, struct amount *a)
{
	size_t i, n = take_values(v, l, ix, PH_BASELINE, c, a->one);

	for (i = 0; n == 0 && i < v->r->n_visits; i++)
		n = take_values(v, l, i, PH_BASELINE, c, a->one);
	return n > 0 ? quantile_median(a->one, n) : NAN;
}

/* Collect phase ph of every visit of the variant. */
static void
collect(const struct view *v, const struct label *l, const struct variant *va,
    int ph, enum counter c, struct amount *a)
{
	double base;
	size_t i, n;

	a->n = a->n_growth = 0;
	for (i = 0; i < v->r->n_visits; i++) {
		if (v->r->visits[i].pair != va->pair ||
		    v->r->visits[i].variant != va->variant)
			continue;
		base = baseline(v, l, i, c, a);
		n = take_values(v, l, i, ph, c, a->one);
		memcpy(a->all + a->n, a->one, n * sizeof(double));
		a->n += n;
		if (n > 0 && !isnan(base))
			a->growth[a->n_growth++] =
			    quantile_median(a->one, n) - base;
	}
	order_sort(a->all, a->n);
	order_sort(a->growth, a->n_growth);
}

static double
model_size(const struct run *r, const struct variant *va)
{
	size_t i;

	for (i = 0; i < r->n_visits; i++)
		if (r->visits[i].pair == va->pair &&
		    r->visits[i].variant == va->variant &&
		    r->visits[i].load != NULL &&
		    r->visits[i].load->info.size_bytes > 0)
			return (double)r->visits[i].load->info.size_bytes;
	return NAN;
}

static void
put_memory(struct view *v, const struct variant *va, int ph, enum counter c,
    const struct amount *a)
{
	struct json j;

	emit_begin(v, &j, "memory");
	json_str(&j, "pair", va->pair);
	json_str(&j, "kind", va->kind);
	json_str(&j, "variant", va->variant);
	json_str(&j, "phase", phase_name(ph));
	json_str(&j, "counter", counter_name(c));
	json_int(&j, "n", (int64_t)a->n);
	json_num(&j, "p50_bytes", quantile_median(a->all, a->n));
	json_num(&j, "max_bytes", a->all[a->n - 1]);
	json_num(&j, "growth_bytes", a->n_growth == 0 || ph == PH_BASELINE ?
	    NAN : quantile_median(a->growth, a->n_growth));
	json_num(&j, "over_size_ratio",
	    a->all[a->n - 1] / model_size(v->r, va));
	json_end_line(&j);
}

void
emit_memory(struct view *v)
{
	struct label *l = label_samples(v);
	size_t cap = v->r->n_mems * 2 + 1, i;
	struct amount a;
	int ph, c;

	a.all = xreallocarray(NULL, cap, sizeof(double));
	a.one = xreallocarray(NULL, cap, sizeof(double));
	a.growth = xreallocarray(NULL, v->r->n_visits + 1, sizeof(double));
	for (i = 0; i < v->g.n_variants; i++)
		for (ph = 0; ph <= PH_WHOLE; ph++)
			for (c = 0; c < C_COUNT && ph != PH_UNLOAD; c++) {
				collect(v, l, &v->g.variants[i], ph, c, &a);
				if (a.n > 0)
					put_memory(v, &v->g.variants[i], ph,
					    c, &a);
			}
	free(a.all);
	free(a.one);
	free(a.growth);
	free(l);
}

/* Rows first to last - 1 as one row: the peak of every counter. */
static void
put_row(struct view *v, const struct label *l, size_t first, size_t last)
{
	const struct mem_row *m = v->r->mems;
	const struct visit *at = l[first].phase == -1 ? NULL :
	    &v->r->visits[l[first].visit];
	char key[32];
	struct json j;
	double peak;
	size_t i;
	int c;

	emit_begin(v, &j, "timeline");
	json_num(&j, "t_s", (double)m[first].t_ns / 1e9);
	json_str(&j, "pair", at == NULL ? NULL : at->pair);
	json_str(&j, "variant", at == NULL ? NULL : at->variant);
	json_str(&j, "phase", at == NULL ? NULL : phase_name(l[first].phase));
	for (c = 0; c < C_COUNT; c++) {
		peak = NAN;
		for (i = first; i < last; i++)
			if (!(m[i].v[c] <= peak) && !isnan(m[i].v[c]))
				peak = m[i].v[c];
		snprintf(key, sizeof(key), "%s_bytes", counter_name(c));
		json_num(&j, key, peak);
	}
	json_end_line(&j);
}

static void
put_spans(struct view *v)
{
	const struct phase_span *s;
	const struct visit *at;
	struct json j;
	size_t i;

	for (i = 0; i < v->p.n; i++) {
		s = &v->p.spans[i];
		at = &v->r->visits[s->visit];
		emit_begin(v, &j, "phase");
		json_str(&j, "pair", at->pair);
		json_str(&j, "variant", at->variant);
		json_count(&j, "block", at->block);
		json_str(&j, "phase", phase_name(s->phase));
		json_num(&j, "from_s", (double)s->from / 1e9);
		json_num(&j, "to_s", (double)s->to / 1e9);
		json_end_line(&j);
	}
}

void
emit_timeline(struct view *v)
{
	struct label *l = label_samples(v);
	size_t n = v->r->n_mems, step = n / TIMELINE_ROWS + 1, first, last;

	for (first = 0; first < n; first = last) {
		for (last = first + 1; last < n && last - first < step; last++)
			if (l[last].phase != l[first].phase ||
			    l[last].visit != l[first].visit)
				break;
		put_row(v, l, first, last);
	}
	put_spans(v);
	free(l);
}
