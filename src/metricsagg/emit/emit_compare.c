/* compare: variant against variant, from rounds of visits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "emit/holding.h"
#include "stats/order.h"
#include "stats/rounds.h"
#include "xalloc.h"

static const enum metric compared[] = { M_TTFT, M_PREFILL_TPS, M_DECODE_TPS,
    M_MEDIAN_ICL, M_E2E, M_EFFECTIVE_TPS, M_STALL, M_ICL_SPREAD,
    M_ENERGY, M_ENERGY_TOKENS };
enum { N_COMPARED = sizeof(compared) / sizeof(compared[0]) };

/* Tested together; everything else describes.  Memory is a question alone. */
enum { N_HEADLINE = 2 };

static bool
is_headline(enum metric m)
{
	return m == M_TTFT || m == M_DECODE_TPS;
}

/* The values of both sides, and the visits they came in. */
struct sides {
	double *values[2];
	size_t n_values[2];
	struct rounds_visit *visits;
	size_t n_visits;
};

static struct sides
sides_new(size_t most)
{
	struct sides s = { 0 };

	for (size_t i = 0; i < 2; i++)
		s.values[i] = xreallocarray(NULL, most + 1,
		    sizeof(*s.values[i]));
	s.visits = xreallocarray(NULL, most + 1, sizeof(*s.visits));
	return s;
}

static void
sides_fini(struct sides *s)
{
	free(s->values[0]);
	free(s->values[1]);
	free(s->visits);
}

static int64_t
block_of(const struct request_row *q)
{
	return q->at != NULL ? q->at->block : -1;
}

static double
visit_took_s(const struct visit *at)
{
	return at == NULL ? NAN : (double)(at->t_next - at->t_begin) / 1e9;
}

/* Add a visit that began with request q and has these n values. */
static void
add_visit(struct sides *s, const struct request_row *q, double *values,
    size_t n, double at_s, bool is_new)
{
	struct rounds_visit *v = &s->visits[s->n_visits++];

	order_sort(values, n);
	*v = (struct rounds_visit){ log(quantile_median(values, n)), at_s,
	    visit_took_s(q->visit), block_of(q), is_new };
}

/*
 * The requests of group g at a level, visit by visit; those of one block in a
 * variant that stays loaded are a visit, too.
 */
static void
observe(struct view *v, const struct group *g, enum dimension d,
    const char *level, enum metric m, bool is_new, struct sides *s)
{
	double *x = s->values[is_new], at_s = 0;
	const struct request_row *q, *first = NULL;
	size_t n = 0, from = 0;

	for (size_t i = 0; i < g->n; i++) {
		q = g->q[i];
		if (!group_counts(q) || isnan(q->d.v[m]) || (d != D_ALL &&
		    level_of(v->t, q, d).text != level))
			continue;
		if (first != NULL && (first->visit != q->visit ||
		    block_of(first) != block_of(q))) {
			add_visit(s, first, x + from, n - from,
			    at_s / (double)(n - from), is_new);
			from = n;
			at_s = 0;
		}
		if (from == n)
			first = q;
		x[n++] = q->d.v[m];
		at_s += (double)q->t_sent / 1e9;
	}
	if (n > from)
		add_visit(s, first, x + from, n - from,
		    at_s / (double)(n - from), is_new);
	order_sort(x, n);
	s->n_values[is_new] = n;
}

/* Which variant is better, if they differ. */
static const char *
better(const struct row_compare *row, bool more_is_better)
{
	if (row->verdict == NULL || strcmp(row->verdict,
	    compare_verdict_name(COMPARE_DIFFERENT)) != 0)
		return NULL;
	return (row->ratio > 1) == more_is_better ? row->new : row->base;
}

/*
 * Write the record that row began, of what was observed; tests as for
 * rounds_judge().  Nothing where a side has no values.
 */
static void
put_compare(struct view *v, struct row_compare *row, const struct sides *s,
    unsigned tests, bool more_is_better)
{
	struct rounds r = rounds_judge(s->visits, s->n_visits, tests);

	if (s->n_values[0] == 0 || s->n_values[1] == 0)
		return;
	row->headline = tests > 0;
	row->n_base = (double)s->n_values[0];
	row->n_new = (double)s->n_values[1];
	row->p50_base = quantile_median(s->values[0], s->n_values[0]);
	row->p50_new = quantile_median(s->values[1], s->n_values[1]);
	row->difference = row->p50_new - row->p50_base;
	row->rounds = (double)r.n;
	row->round_s = r.round_s;
	row->ratio = r.ratio;
	row->ratio_lo = r.ci.lo;
	row->ratio_hi = r.ci.hi;
	row->e = r.e;
	row->e_needed = r.e_needed;
	if (r.decided_after > 0)
		row->decided_after = (double)r.decided_after;
	row->order_imbalance = r.imbalance;
	row->verdict = compare_verdict_name(r.verdict);
	row->better = better(row, more_is_better);
	row->further_rounds = r.further;
	emit_row(v, ROW_COMPARE, row, 0);
}

/* ---- requests ------------------------------------------------------------*/

/* The same scenario in both variants. */
struct versus {
	const struct group *base, *new;
	bool is_deciding;
};

static void
compare_requests(struct view *v, const struct versus *at, enum dimension d,
    const char *level)
{
	struct row_compare row;
	struct sides s;

	for (size_t i = 0; i < N_COMPARED; i++) {
		enum metric m = compared[i];

		s = sides_new(at->base->n + at->new->n);
		observe(v, at->base, d, level, m, false, &s);
		observe(v, at->new, d, level, m, true, &s);
		emit_init(ROW_COMPARE, &row, at->base);
		row.metric = metric_name(m);
		row.unit = metric_unit(m);
		row.by = dimension_name(d);
		row.level = level;
		row.base = at->base->variant;
		row.new = at->new->variant;
		put_compare(v, &row, &s, at->is_deciding && d == D_ALL &&
		    is_headline(m) ? N_HEADLINE : 0, m == M_PREFILL_TPS ||
		    m == M_DECODE_TPS || m == M_EFFECTIVE_TPS);
		sides_fini(&s);
	}
}

static void
compare_levels(struct view *v, const struct versus *at)
{
	struct level *levels;

	for (enum dimension d = 0; d < D_COUNT; d++) {
		size_t n = levels_of(v->t, &v->g, at->base, d, &levels);

		for (size_t i = 0; i < n; i++)
			compare_requests(v, at, d, levels[i].text);
		if (n > 0)
			free(levels);
	}
}

/* ---- the scenario that decides -------------------------------------------*/

/* How much group g has to decide from: visits, then requests. */
struct weight {
	bool is_simple;
	size_t visits, requests;
};

static struct weight
weigh(struct view *v, const struct versus *at)
{
	struct sides s = sides_new(at->base->n + at->new->n);
	struct weight w = { strcmp(at->base->scenario, "simple_gen") == 0, 0,
	    0 };
	size_t of_base;

	observe(v, at->base, D_ALL, NULL, M_TTFT, false, &s);
	of_base = s.n_visits;
	observe(v, at->new, D_ALL, NULL, M_TTFT, true, &s);
	w.visits = of_base < s.n_visits - of_base ? of_base :
	    s.n_visits - of_base;
	w.requests = s.n_values[0] + s.n_values[1];
	sides_fini(&s);
	return w;
}

static bool
is_heavier(struct weight a, struct weight b)
{
	if (a.is_simple != b.is_simple)
		return a.is_simple;
	if (a.visits != b.visits)
		return a.visits > b.visits;
	return a.requests > b.requests;
}

/* Choose what decides among cold scenarios: see weigh(). */
static void
choose(struct view *v, struct versus *at, size_t n)
{
	struct weight most = { false, 0, 0 }, w;
	struct versus *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (at[i].base->scenario == NULL ||
		    names_cmp(at[i].base->cache, "warm") == 0)
			continue;
		w = weigh(v, &at[i]);
		if (w.visits > 0 && (best == NULL || is_heavier(w, most))) {
			best = &at[i];
			most = w;
		}
	}
	if (best != NULL)
		best->is_deciding = true;
}

/* ---- loads and memory ----------------------------------------------------*/

static void
begin_variants(struct row_compare *row, const struct variant *base,
    const struct variant *new)
{
	emit_init_variant(ROW_COMPARE, row, base);
	row->base = base->variant;
	row->new = new->variant;
}

/* Add one value of a visit, measured at that time. */
static void
add_value(struct sides *s, const struct visit *at, double value, int64_t t,
    bool is_new)
{
	s->values[is_new][s->n_values[is_new]++] = value;
	s->visits[s->n_visits++] = (struct rounds_visit){ log(value),
	    (double)t / 1e9, visit_took_s(at), at->block, is_new };
}

static bool
is_of(const struct visit *at, const struct variant *va)
{
	return at->pair == va->pair && at->variant == va->variant;
}

static void
compare_loads(struct view *v, const struct variant *base,
    const struct variant *new)
{
	struct sides s = sides_new(v->r->n_visits);
	struct row_compare row;

	for (size_t i = 0; i < v->r->n_visits; i++) {
		const struct visit *at = &v->r->visits[i];

		if ((is_of(at, base) || is_of(at, new)) &&
		    !isnan(link_load_s(at)))
			add_value(&s, at, link_load_s(at), at->t_begin,
			    is_of(at, new));
	}
	for (size_t i = 0; i < 2; i++)
		order_sort(s.values[i], s.n_values[i]);
	begin_variants(&row, base, new);
	row.metric = metric_name(M_LOAD);
	row.unit = metric_unit(M_LOAD);
	put_compare(v, &row, &s, 0, false);
	sides_fini(&s);
}

/* The highest sample of a counter in a visit that answered; NAN: none. */
static double
peak_of(const struct visit *at, enum counter c)
{
	int64_t end = at->t_unload >= 0 ? at->t_unload : at->t_next;
	double most = NAN;

	if (!group_answered(at))
		return NAN;
	for (size_t i = tables_mem_at(at->mem, at->t_begin);
	    i < at->mem->n && at->mem->v[i].t_ns < end; i++)
		most = fmax(most, at->mem->v[i].v[c]);
	return most;
}

/* What a counter leaves out where weights are mapped from the file. */
static double
file_bytes(const struct variant *va, enum counter c)
{
	return c != C_RSS && va->info != NULL && va->info->size_bytes > 0 &&
	    names_cmp(va->info->format, "gguf") == 0 ?
	    (double)va->info->size_bytes : 0;
}

/* The peaks of the visits of both, with these bytes added; have both any? */
static bool
observe_peaks(const struct view *v, const struct variant *side[2],
    enum counter c, const double added[2], struct sides *s)
{
	for (size_t i = 0; i < v->r->n_visits; i++) {
		const struct visit *at = &v->r->visits[i];
		double peak = peak_of(at, c);

		for (size_t k = 0; k < 2; k++)
			if (is_of(at, side[k]) && peak > 0)
				add_value(s, at, peak + added[k],
				    at->t_begin, k == 1);
	}
	for (size_t k = 0; k < 2; k++)
		order_sort(s->values[k], s->n_values[k]);
	return s->n_values[0] > 0 && s->n_values[1] > 0;
}

static void
put_peaks(struct view *v, const struct variant *side[2], enum counter c,
    const double added[2], const char *level)
{
	struct sides s = sides_new(v->r->n_visits);
	struct row_compare row;

	if (observe_peaks(v, side, c, added, &s)) {
		begin_variants(&row, side[0], side[1]);
		row.metric = "peak_bytes";
		row.unit = "B";
		row.by = "counter";
		row.level = level;
		put_compare(v, &row, &s, 1, false);
	}
	sides_fini(&s);
}

/*
 * The first of these counters that both have decides; footprint and anon leave
 * out weights that are mapped from a GGUF, so they are compared with the file
 * added, too.
 */
static void
compare_memory(struct view *v, const struct variant *base,
    const struct variant *new)
{
	static const enum counter order[] = { C_FOOTPRINT, C_RSS, C_ANON };
	static const char *const with_file[] = { "footprint+file", NULL,
	    "anon+file" };
	const struct variant *side[] = { base, new };

	/* Whose memory it is, nobody knows; audit_memory() says so. */
	if (v->r->is_summed || holding_is_elsewhere(v->r, base) ||
	    holding_is_elsewhere(v->r, new))
		return;
	for (size_t i = 0; i < 3; i++) {
		double none[2] = { 0, 0 }, added[] = {
		    file_bytes(base, order[i]), file_bytes(new, order[i]) };
		struct sides s = sides_new(v->r->n_visits);
		bool both = observe_peaks(v, side, order[i], none, &s);

		sides_fini(&s);
		if (!both)
			continue;
		put_peaks(v, side, order[i], none, counter_name(order[i]));
		if (added[0] > 0 || added[1] > 0)
			put_peaks(v, side, order[i], added, with_file[i]);
		return;
	}
}

/* ---- all of it -----------------------------------------------------------*/

static bool
is_versus(const struct group *b, const struct group *n,
    const struct variant *base, const struct variant *new)
{
	return b->pair == base->pair && n->pair == new->pair &&
	    b->variant == base->variant && n->variant == new->variant &&
	    b->scenario == n->scenario && b->cache == n->cache;
}

/* Everything that both variants did: as a whole, then level by level. */
static void
compare_variants(struct view *v, const struct variant *base,
    const struct variant *new)
{
	struct versus *at = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < v->g.n_groups; i++)
		for (size_t k = 0; k < v->g.n_groups; k++) {
			if (!is_versus(&v->g.groups[i], &v->g.groups[k], base,
			    new))
				continue;
			at = xgrow(at, n, &cap, sizeof(*at));
			at[n++] = (struct versus){ &v->g.groups[i],
			    &v->g.groups[k], false };
		}
	choose(v, at, n);
	compare_loads(v, base, new);
	compare_memory(v, base, new);
	for (size_t i = 0; i < n; i++)
		compare_requests(v, &at[i], D_ALL, NULL);
	for (size_t i = 0; i < n; i++)
		compare_levels(v, &at[i]);
	free(at);
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
