/* compare: variant against variant, from rounds of visits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "judge/holding.h"
#include "judge/versus.h"
#include "stats/further.h"
#include "stats/order.h"

static const enum metric compared[] = { M_TTFT, M_PREFILL_TPS, M_DECODE_TPS,
    M_BYTES_PER_S, M_MEDIAN_ICL, M_E2E, M_EFFECTIVE_TPS, M_STALL, M_ICL_SPREAD,
    M_ENERGY, M_ENERGY_TOKENS };
enum { N_COMPARED = sizeof(compared) / sizeof(compared[0]) };

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
	for (size_t i = 0; i < 2; i++)
		order_sort(s->values[i], s->n_values[i]);
	row->headline = tests > 0;
	row->n_base = (double)s->n_values[0];
	row->n_new = (double)s->n_values[1];
	row->p50_base = quantile_median(s->values[0], s->n_values[0]);
	row->p50_new = quantile_median(s->values[1], s->n_values[1]);
	row->difference = row->p50_new - row->p50_base;
	row->rounds = (double)r.n;
	if (s->loads[0] > 0 && s->loads[1] > 0)
		row->loads = (double)(s->loads[0] < s->loads[1] ?
		    s->loads[0] : s->loads[1]);
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
	row->further_rounds = further_rounds(&r);
	emit_row(v, ROW_COMPARE, row, 0);
}

/* ---- requests ------------------------------------------------------------*/

static void
compare_requests(struct view *v, const struct versus *at, enum dimension d,
    const char *level)
{
	struct row_compare row;
	struct sides s;

	for (size_t i = 0; i < N_COMPARED; i++) {
		enum metric m = compared[i];

		s = versus_observe(v, at, d, level, m);
		emit_init(ROW_COMPARE, &row, at->base);
		row.metric = metric_name(m);
		row.unit = metric_unit(m);
		row.by = dimension_name(d);
		row.level = level;
		row.base = at->base->variant;
		row.new = at->new->variant;
		put_compare(v, &row, &s, d == D_ALL ?
		    versus_tests(v, at, m) : 0, m == M_PREFILL_TPS ||
		    m == M_DECODE_TPS || m == M_EFFECTIVE_TPS ||
		    m == M_BYTES_PER_S);
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
		free(levels);
	}
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

static void
compare_loads(struct view *v, const struct variant *base,
    const struct variant *new)
{
	struct sides s = sides_new(v->r->n_visits);
	struct row_compare row;

	for (size_t i = 0; i < v->r->n_visits; i++) {
		const struct visit *at = &v->r->visits[i];

		if ((variant_visited(base, at) || variant_visited(new, at)) &&
		    !isnan(visit_load_s(at)))
			sides_add(&s, at, visit_load_s(at), at->t_begin,
			    variant_visited(new, at));
	}
	begin_variants(&row, base, new);
	row.metric = metric_name(M_LOAD);
	row.unit = metric_unit(M_LOAD);
	put_compare(v, &row, &s, 0, false);
	sides_fini(&s);
}

/* The peaks of the visits of both, with these bytes added; have both any? */
static bool
put_peaks(struct view *v, const struct variant *side[2], enum counter c,
    const double added[2], const char *level)
{
	struct sides s = sides_new(v->r->n_visits);
	struct row_compare row;
	bool both;

	for (size_t i = 0; i < v->r->n_visits; i++) {
		const struct visit *at = &v->r->visits[i];
		double peak = holding_peak(at, c);

		for (size_t k = 0; k < 2; k++)
			if (variant_visited(side[k], at) && peak > 0)
				sides_add(&s, at, peak + added[k],
				    at->t_begin + (visit_end(at) -
				    at->t_begin) / 2, k == 1);
	}
	both = s.n_values[0] > 0 && s.n_values[1] > 0;
	begin_variants(&row, side[0], side[1]);
	row.metric = "peak_bytes";
	row.unit = "B";
	row.by = "counter";
	row.level = level;
	put_compare(v, &row, &s, 1, false);
	sides_fini(&s);
	return both;
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
	static const double none[2] = { 0, 0 };

	/* Whose memory it is, nobody knows; audit_memory() says so. */
	if (!holding_is_told(v->r, base) || !holding_is_told(v->r, new))
		return;
	for (size_t i = 0; i < 3; i++) {
		double added[] = { variant_file_bytes(base, order[i]),
		    variant_file_bytes(new, order[i]) };

		if (!put_peaks(v, side, order[i], none,
		    counter_name(order[i])))
			continue;
		if (added[0] > 0 || added[1] > 0)
			put_peaks(v, side, order[i], added, with_file[i]);
		return;
	}
}

/* ---- all of it -----------------------------------------------------------*/

/* Everything that both variants did: as a whole, then level by level. */
static void
compare_variants(struct view *v, const struct variant *base,
    const struct variant *new, void *arg)
{
	struct versus *at;
	size_t n = versus_of(v, base, new, &at);

	(void)arg;
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
	versus_each(v, NULL, compare_variants, NULL);
}
