/* compare: variant against variant. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "stats/compare_test.h"
#include "xalloc.h"

static const enum metric compared[] = { M_TTFT, M_PREFILL_TPS, M_DECODE_TPS,
    M_MEDIAN_ICL, M_E2E, M_EFFECTIVE_TPS, M_STALL, M_ICL_SPREAD,
    M_ENERGY, M_ENERGY_TOKENS };
enum { N_COMPARED = sizeof(compared) / sizeof(compared[0]) };

/* One comparison, with what names it. */
struct versus {
	const struct group *base, *new;
	enum dimension d;
	const char *level;
	enum metric m;
};

struct versus_list {
	struct versus *at;
	struct comparison *c;		/* same index */
	size_t n, cap, cap_c;
};

static void
add(struct versus_list *l, const struct versus *at, const struct comparison *c)
{
	l->at = xgrow(l->at, l->n, &l->cap, sizeof(*l->at));
	l->c = xgrow(l->c, l->n, &l->cap_c, sizeof(*l->c));
	l->at[l->n] = *at;
	l->c[l->n++] = *c;
}

static size_t
observe(struct view *v, const struct group *g, const struct versus *at,
    struct compare_obs **out)
{
	const struct request_row *q;
	size_t i, n = 0;

	*out = xreallocarray(NULL, g->n + 1, sizeof(**out));
	for (i = 0; i < g->n; i++) {
		q = g->q[i];
		if (q->warmup || (at->d != D_ALL &&
		    level_of(v->t, q, at->d).text != at->level))
			continue;
		(*out)[n].value = group_counts(q) ? q->d.v[at->m] : NAN;
		(*out)[n].prompt = q->prompt_key == NULL ? 0 :
		    names_hash(q->prompt_key, strlen(q->prompt_key));
		(*out)[n].start_s = (double)q->t_sent / 1e9;
		(*out)[n++].load = q->visit == NULL ? 0 : q->visit->ordinal;
	}
	return n;
}

static void
compare_requests(struct view *v, struct versus_list *l, struct versus at)
{
	const struct compare_options opt = { COMPARE_MARGIN, true };
	struct compare_obs *base, *new;
	struct comparison c;
	size_t n_base, n_new, i;

	for (i = 0; i < N_COMPARED; i++) {
		at.m = compared[i];
		n_base = observe(v, at.base, &at, &base);
		n_new = observe(v, at.new, &at, &new);
		c = compare_test(base, n_base, new, n_new, &opt);
		if (c.n_base > 0 && c.n_new > 0)
			add(l, &at, &c);
		free(base);
		free(new);
	}
}

static size_t
observe_loads(const struct run *r, const struct variant *va,
    struct compare_obs **out)
{
	const struct visit *at;
	size_t i, n = 0;

	*out = xreallocarray(NULL, r->n_visits + 1, sizeof(**out));
	for (i = 0; i < r->n_visits; i++) {
		at = &r->visits[i];
		if (at->pair != va->pair || at->variant != va->variant ||
		    isnan(link_load_s(at)))
			continue;
		(*out)[n++] = (struct compare_obs){ link_load_s(at), 0,
		    (double)at->t_begin / 1e9, at->ordinal };
	}
	return n;
}

static void
compare_loads(struct view *v, struct versus_list *l,
    const struct variant *base, const struct variant *new, struct group g[2])
{
	const struct compare_options opt = { COMPARE_MARGIN, true };
	struct versus at = { &g[0], &g[1], D_ALL, NULL, M_LOAD };
	struct compare_obs *x, *y;
	struct comparison c;
	size_t nx = observe_loads(v->r, base, &x);
	size_t ny = observe_loads(v->r, new, &y);

	g[0] = (struct group){ .pair = base->pair, .kind = base->kind,
	    .variant = base->variant };
	g[1] = (struct group){ .pair = new->pair, .kind = new->kind,
	    .variant = new->variant };
	c = compare_test(x, nx, y, ny, &opt);
	if (c.n_base > 0 && c.n_new > 0)
		add(l, &at, &c);
	free(x);
	free(y);
}

/* Which variant is better, if they differ. */
static const char *
better(const struct versus *at, const struct comparison *c)
{
	bool more_is_better = at->m == M_PREFILL_TPS ||
	    at->m == M_DECODE_TPS || at->m == M_EFFECTIVE_TPS;

	if (c->verdict != COMPARE_DIFFERENT)
		return NULL;
	return (c->ratio > 1) == more_is_better ? at->new->variant :
	    at->base->variant;
}

static void
put_compare(struct view *v, const struct versus *at,
    const struct comparison *c)
{
	struct row_compare row;

	emit_init(ROW_COMPARE, &row, at->base);
	row.metric = metric_name(at->m);
	row.unit = metric_unit(at->m);
	row.by = dimension_name(at->d);
	row.level = at->level;
	row.base = at->base->variant;
	row.new = at->new->variant;
	row.paired = c->paired;
	row.analysis = compare_analysis_name(c->analysis);
	row.test = compare_method_name(c->method);
	row.n = (double)c->n;
	row.n_base = (double)c->n_base;
	row.n_new = (double)c->n_new;
	row.p50_base = c->p50_base;
	row.p50_new = c->p50_new;
	row.difference = c->difference;
	row.ratio = c->ratio;
	row.ratio_lo = c->ratio_ci.lo;
	row.ratio_hi = c->ratio_ci.hi;
	row.p = c->p;
	row.p_holm = c->p_holm;
	row.p_floor = c->p_floor;
	row.order_imbalance = c->order_imbalance;
	row.verdict = compare_verdict_name(c->verdict);
	row.better = better(at, c);
	if (c->further_pairs > 0)
		row.further_pairs = (double)c->further_pairs;
	emit_row(v, ROW_COMPARE, &row, 0);
}

/* The metrics of one scenario and level are adjusted together: each scenario
 * is a question of its own. */
static bool
is_same_family(const struct versus *a, const struct versus *b)
{
	return a->base == b->base && a->new == b->new && a->d == b->d &&
	    a->level == b->level;
}

static void
put_list(struct view *v, struct versus_list *l)
{
	size_t i, k;

	for (i = 0; i < l->n; i = k) {
		for (k = i + 1; k < l->n && is_same_family(&l->at[i],
		    &l->at[k]); k++)
			continue;
		compare_verdicts(l->c + i, k - i);
	}
	for (i = 0; i < l->n; i++)
		put_compare(v, &l->at[i], &l->c[i]);
	free(l->at);
	free(l->c);
}

/* Everything that both variants did: as a whole, then level by level. */
static void
compare_variants(struct view *v, const struct variant *base,
    const struct variant *new)
{
	struct versus_list all = { 0 }, by = { 0 };
	struct group loads[2];
	struct versus at;
	struct level *levels;
	size_t i, k, n, e;
	enum dimension d;

	compare_loads(v, &all, base, new, loads);
	for (i = 0; i < v->g.n_groups; i++)
		for (k = 0; k < v->g.n_groups; k++) {
			at = (struct versus){ &v->g.groups[i], &v->g.groups[k],
			    D_ALL, NULL, M_TTFT };
			if (at.base->pair != base->pair ||
			    at.new->pair != new->pair ||
			    at.base->variant != base->variant ||
			    at.new->variant != new->variant ||
			    at.base->scenario != at.new->scenario ||
			    at.base->cache != at.new->cache)
				continue;
			compare_requests(v, &all, at);
			for (d = 0; d < D_COUNT; d++) {
				n = levels_of(v->t, &v->g, at.base, d, &levels);
				for (e = 0; e < n; e++) {
					at.d = d;
					at.level = levels[e].text;
					compare_requests(v, &by, at);
				}
				if (n > 0)
					free(levels);
			}
		}
	put_list(v, &all);
	put_list(v, &by);
}

void
emit_compares(struct view *v)
{
	size_t i, k;

	for (i = 0; i < v->g.n_variants; i++)
		for (k = i + 1; k < v->g.n_variants; k++)
			if (v->g.variants[i].pair == v->g.variants[k].pair)
				compare_variants(v, &v->g.variants[i],
				    &v->g.variants[k]);
}
