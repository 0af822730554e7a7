#include "decide.h"

#include <math.h>
#include <stdlib.h>

#include "leaks.h"
#include "stats/further.h"
#include "versus.h"
#include "view.h"
#include "xalloc.h"

/* ---- the metrics that are tested -----------------------------------------*/

static void
put(struct view *v, const struct raw_decided *row)
{
	raw_write(v->out, RECORD_DECIDED, v->r->id, v->r->t_last, row, 0);
}

/* Write how it stands with m, from two rounds on.  Is nothing left to
 * decide? */
static bool
settle_metric(struct view *v, const struct versus *at, enum metric m)
{
	struct sides s = versus_observe(v, at, D_ALL, NULL, m);
	struct rounds r = rounds_judge(s.visits, s.n_visits,
	    versus_tests(v, at, m));
	struct raw_decided row = { .pair = at->base->pair,
	    .scenario = at->base->scenario, .metric = metric_name(m),
	    .base = at->base->variant, .new = at->new->variant,
	    .verdict = compare_verdict_name(r.verdict),
	    .rounds = (int64_t)(r.decided_after > 0 ? r.decided_after : r.n),
	    .ratio = r.ratio,
	    .ratio_lo = r.ci.lo, .ratio_hi = r.ci.hi, .e = r.e,
	    .e_needed = r.e_needed, .further_rounds = further_rounds(&r),
	    .round_s = r.decided_after > 0 ? (double)NAN : r.round_s };
	bool is_measured = s.n_visits > 0;

	sides_fini(&s);
	if (r.n > 1)
		put(v, &row);
	return !is_measured || r.decided_after > 0;
}

/* Two variants; *arg becomes false where something is left to decide. */
static void
settle_two(struct view *v, const struct variant *base,
    const struct variant *new, void *arg)
{
	bool *is_settled = arg, is_there = false;
	struct versus *at;
	size_t n = versus_of(v, base, new, &at);

	for (size_t i = 0; i < n; i++) {
		if (!at[i].is_deciding)
			continue;
		is_there = true;
		for (enum metric m = 0; m < M_OF_REQUEST; m++)
			if (v->r->is_tested[m])
				*is_settled &= settle_metric(v, &at[i], m);
	}
	*is_settled &= is_there;
	free(at);
}

/* ---- the scenarios that are over -----------------------------------------*/

struct scenario_rounds {
	const struct group *of;
	size_t least;
	bool is_deciding;
};

/* The rounds that both did of the scenario, whatever came of them. */
static void
count_rounds(struct view *v, const struct variant *base,
    const struct variant *new, void *arg)
{
	struct scenario_rounds *sr = arg;
	struct versus *at;
	size_t n = versus_of(v, base, new, &at), most = 0;

	for (size_t i = 0; i < n; i++) {
		struct sides s;
		struct rounds r;

		if (at[i].base->scenario != sr->of->scenario)
			continue;
		s = versus_observe(v, &at[i], D_ALL, NULL, M_E2E);
		r = rounds_judge(s.visits, s.n_visits, 0);
		sides_fini(&s);
		most = r.n > most ? r.n : most;
		sr->is_deciding |= at[i].is_deciding;
	}
	free(at);
	sr->least = most < sr->least ? most : sr->least;
}

static bool
has_domains(struct view *v, const struct group *g)
{
	struct level *levels;
	size_t n = levels_of(v->t, &v->g, g, D_DOMAIN, &levels);

	free(levels);
	return n > 0;
}

static void
close_scenario(struct view *v, const struct group *g)
{
	struct scenario_rounds sr = { g, SIZE_MAX, false };
	struct raw_decided row;
	size_t needed;

	versus_each(v, g->pair, count_rounds, &sr);
	needed = sr.is_deciding ? 2 : has_domains(v, g) ?
	    DECIDE_ROUNDS_DOMAINS : DECIDE_ROUNDS;
	if (sr.least < needed)
		return;
	raw_init(RECORD_DECIDED, &row);
	row.pair = g->pair;
	row.scenario = g->scenario;
	row.rounds = (int64_t)sr.least;
	put(v, &row);
}

static void
decide_pair(struct view *v, const char *pair)
{
	const struct group *g = v->g.groups, *last = NULL;
	bool is_settled = true;

	versus_each(v, pair, settle_two, &is_settled);
	for (; is_settled && g < v->g.groups + v->g.n_groups; g++) {
		if (g->pair != pair || g->scenario == NULL ||
		    (last != NULL && last->scenario == g->scenario))
			continue;
		last = g;
		close_scenario(v, g);
	}
}

/* ---- leaks that would have been seen -------------------------------------*/

/* The counters of one process, as far as they were asked. */
struct quiet {
	const struct visit *visit;
	size_t part;
	struct raw_decided row;
	bool is_settled, is_open;	/* by the deciding one; another grows */
};

/* All counters of it were asked: write that it is over, if it is. */
static void
put_quiet(struct view *v, struct quiet *q)
{
	if (q->is_settled && !q->is_open)
		put(v, &q->row);
	q->is_settled = q->is_open = false;
}

/*
 * One variant, one counter: what the deciding one does not see goes on, too.
 * Whether the last request has had all its idle time nobody knows before the
 * unload: without it the same comes out later.
 */
static void
settle_leak(struct view *v, const struct leaks_case *at, void *arg)
{
	struct quiet *q = arg;
	struct leak_input in = at->in;
	struct leak_result r;

	if (at->visit != q->visit || at->part != q->part ||
	    at->g->scenario != q->row.scenario)
		put_quiet(v, q);
	q->visit = at->visit;
	q->part = at->part;
	raw_init(RECORD_DECIDED, &q->row);
	q->row.pair = at->g->pair;
	q->row.scenario = at->g->scenario;
	q->row.base = at->g->variant;
	q->row.verdict = leak_verdict_name(LEAK_STABLE);
	if (at->visit->t_unload == -1)
		in.n--;
	r = leak_test(&in);
	if (at->is_deciding)
		q->is_settled = leak_is_settled(&r);
	else
		q->is_open |= r.verdict == LEAK_LEAK ||
		    r.verdict == LEAK_GROWING;
}

static void
decide_run(struct tables *t, struct run *r, struct buf *out)
{
	struct view v = { .t = t, .r = r, .out = out };
	struct quiet q = { .visit = NULL };

	link_run(r);
	groups_of(&v.g, t, r);
	for (size_t i = 1; i < v.g.n_variants; i++)	/* the second of each */
		if (v.g.variants[i].pair == v.g.variants[i - 1].pair &&
		    (i < 2 || v.g.variants[i].pair != v.g.variants[i - 2].pair))
			decide_pair(&v, v.g.variants[i].pair);
	leaks_each(&v, settle_leak, &q);
	put_quiet(&v, &q);
	groups_fini(&v.g);
}

void
decide_write(struct tables *t, struct buf *out)
{
	link_sort_runs(t);
	for (size_t i = 0; i < t->n_runs; i++)
		if (!t->runs[i]->is_refused)
			decide_run(t, t->runs[i], out);
}
