#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/tools.h"
#include "diag.h"
#include "nearest.h"
#include "plan_maker.h"
#include "tokens.h"
#include "xalloc.h"

/* The members that all steps of a visit share; strings are borrowed. */
static void
begin_visit(struct maker *m)
{
	struct step *s = &m->base;

	*s = m->variant->step;
	if (m->sel->server_url != NULL && !m->variant->has_own_url) {
		s->server.url = m->sel->server_url;
		s->server.command = NULL;
	}
	s->pair = m->pair->name;
	s->kind = m->pair->kind;
	s->reference = m->pair->reference;
	s->block = m->visit + 1 + (m->part == PART_REST ? m->blocks : 0);
	s->budget_ns = m->budget_ns;
	s->stays_loaded = !m->c->reload;
}

/* ---- visits ----------------------------------------------------------- */

static bool
is_selected(const char *const *names, const char *name)
{
	return names == NULL || nearest_is_among(name, names);
}

static bool
scenario_is_selected(const struct maker *m, const struct scenario *sc)
{
	if (m->part != PART_ALL &&
	    (m->part == PART_HEADLINE) != (sc == m->headline))
		return false;
	return m->sel->scenarios == NULL ? sc->is_listed :
	    is_selected(m->sel->scenarios, sc->name);
}

/* The visit, from 0, that a scenario done in one piece belongs to: they take
 * turns, so that no visit has them all. */
static int64_t
whole_visit(const struct maker *m, const struct scenario *sc)
{
	const struct scenario *p = m->c->scenarios.list;
	int64_t n = 0;

	for (; p != sc; p++)
		n += p->blocks == BLOCKS_WHOLE;
	return n % m->blocks;
}

/*
 * The share of a visit in the repetitions (or reload cycles) of sc: returns
 * how many, and the first of them, from 0, in *first.
 */
static int64_t
share_of(const struct maker *m, const struct scenario *sc, int64_t visit,
    int64_t *first)
{
	int64_t units = sc->reload > 0 ? sc->reload : sc->repeat;
	int64_t each, rest;

	if (units == 0)		/* once, or by time */
		units = sc->duration_ns >= 0 && requests_levels(sc) > 0 &&
		    sc->blocks == BLOCKS_SPLIT ? m->blocks : 1;
	*first = 0;
	switch (sc->blocks) {
	case BLOCKS_WHOLE:
		return whole_visit(m, sc) == visit ? units : 0;
	case BLOCKS_EACH:
		*first = visit * units;
		return m->c->reload || visit == 0 ? units : 0;
	case BLOCKS_SPLIT:
		break;
	}
	each = units / m->blocks;
	rest = units % m->blocks;
	*first = visit * each + (visit < rest ? visit : rest);
	return each + (visit < rest);
}

static void
emit_scenario(struct maker *m, const struct scenario *sc)
{
	int64_t first, share = share_of(m, sc, m->visit, &first);

	if (share == 0)
		return;
	m->base.scenario = sc->name;
	requests_emit(m, sc, first, share);
	m->base.scenario = NULL;
}

/* Does any selected scenario take part in this visit? */
static bool
has_work(const struct maker *m, int64_t visit)
{
	const struct scenarios *s = &m->c->scenarios;
	int64_t first;

	for (size_t i = 0; i < s->n; i++)
		if (scenario_is_selected(m, &s->list[i]) &&
		    share_of(m, &s->list[i], visit, &first) > 0)
			return true;
	return false;
}

/* Load it, unless it stayed loaded since its first visit. */
static void
emit_load(struct maker *m)
{
	size_t i;

	for (i = 0; i < m->n_stay && (m->stay[i].pair != m->pair->name ||
	    m->stay[i].variant != m->base.variant); i++)
		continue;
	if (i < m->n_stay) {
		m->stay[i].block = m->base.block;
		return;
	}
	maker_emit_load(m, OP_LOAD);
	if (m->c->reload)
		return;
	m->stay = xgrow(m->stay, m->n_stay, &m->cap_stay, sizeof(*m->stay));
	m->stay[m->n_stay++] = m->base;
}

static void
emit_unload(struct maker *m)
{
	maker_emit_load(m, OP_UNLOAD);
	maker_emit_idle(m, m->c->idle_ns, m->c->idle_cooldown);
}

/* Unload what stayed loaded, now that nothing more is asked of it. */
static void
emit_unloads(struct maker *m)
{
	for (size_t i = 0; i < m->n_stay; i++) {
		m->base = m->stay[i];
		emit_unload(m);
	}
	m->n_stay = 0;
}

static void
emit_visit(struct maker *m)
{
	const struct scenarios *s = &m->c->scenarios;

	begin_visit(m);
	if (m->n_steps == 0)
		maker_emit_idle(m, m->c->idle_ns, m->c->idle_cooldown);
	emit_load(m);
	for (size_t i = 0; i < s->n; i++)
		if (scenario_is_selected(m, &s->list[i]))
			emit_scenario(m, &s->list[i]);
	if (m->c->reload)
		emit_unload(m);
	else if (m->c->idle_cooldown)
		maker_emit_idle(m, m->c->idle_ns, true);
}

/* The order of the n variants in a round. */
static void
round_order(const struct maker *m, size_t *order, size_t n, int64_t round)
{
	char name[128];

	if (m->c->pattern == ORDER_RANDOM) {
		snprintf(name, sizeof(name), "%s|order|%" PRId64,
		    m->pair->name, round);
		maker_shuffle(m, order, n, name);
		return;
	}
	for (size_t i = 0; i < n; i++)
		order[i] = m->c->pattern == ORDER_ABBA && round % 2 == 1 ?
		    n - 1 - i : i;
}

/* Visit, from 0, of variant k, if there is anything to do. */
static void
emit_one(struct maker *m, size_t k, int64_t visit)
{
	m->visit = visit;
	m->variant = &m->pair->variants[k];
	if (has_work(m, visit) &&
	    is_selected(m->sel->variants, m->variant->step.variant))
		emit_visit(m);
}

static void
emit_round(struct maker *m, int64_t round)
{
	size_t n = m->pair->n_variants, *order = xcalloc(n, sizeof(*order));

	round_order(m, order, n, round);
	for (size_t i = 0; i < n; i++)
		emit_one(m, order[i], round);
	free(order);
}

static void
emit_pair(struct maker *m)
{
	for (int64_t v = 0; v < m->blocks && m->c->pattern != ORDER_SEQUENTIAL;
	    v++)
		emit_round(m, v);
	for (size_t k = 0; k < m->pair->n_variants &&
	    m->c->pattern == ORDER_SEQUENTIAL; k++)
		for (int64_t v = 0; v < m->blocks; v++)
			emit_one(m, k, v);
}

/* What decides: simple_gen, else the first done in several visits. */
static const struct scenario *
headline_of(const struct maker *m)
{
	const struct scenarios *s = &m->c->scenarios;
	const struct scenario *first = NULL;

	for (size_t i = 0; i < s->n; i++) {
		if (!scenario_is_selected(m, &s->list[i]))
			continue;
		if (strcmp(s->list[i].name, "simple_gen") == 0)
			return &s->list[i];
		if (first == NULL && s->list[i].blocks == BLOCKS_SPLIT &&
		    s->list[i].repeat > 1)
			first = &s->list[i];
	}
	return first;
}

/* Round by round, all pairs in turn. */
static void
emit_part(struct maker *m, int part)
{
	m->part = part;
	for (int64_t v = 0; v < m->blocks; v++)
		for (size_t i = 0; i < m->c->n_pairs; i++) {
			m->pair = &m->c->pairs[i];
			if (is_selected(m->sel->pairs, m->pair->name))
				emit_round(m, v);
		}
}

/* What the last turn of an agent takes of the context, its tools included. */
static int64_t
agent_context(const struct scenario *sc)
{
	struct step s = { .turn = sc->turns, .prompt = {
	    .target_tokens = sc->agent.system_tokens,
	    .agent = tools_agent(&sc->agent, 0) } };
	double tokens = tokens_context(&s);

	free(s.prompt.agent);
	return (int64_t)tokens;
}

/* The longest prompt and answer of sc must fit into what v loads. */
static int
check_fit(const struct config *c, const struct config_pair *p,
    const struct step *v, const struct scenario *sc)
{
	int64_t answer = maker_answer_tokens(c, sc), longest = 0, rung;
	int64_t turns = scenario_longest(sc, &c->prompts), need;

	for (size_t i = 0; i < sc->n_prompt_tokens; i++) {
		rung = maker_prompt_tokens(c, p, sc, i);
		if (rung < 0 && v->context_length < 0)
			return diag_warnx("%s: scenario %s: prompt_tokens max "
			    "needs load: {context_length: ...} in every "
			    "variant; %s/%s has none", c->step.config, sc->name,
			    p->name, v->variant);
		if (sc->prompt_tokens[i] == 0 && v->context_length < 0)
			diag_warnx("%s: scenario %s: %s/%s names no "
			    "context_length: %d is taken for it, and "
			    "prompt_tokens max are %" PRId64, c->step.config, sc->name,
			    p->name, v->variant, MAKER_CONTEXT, rung);
		longest = rung > longest ? rung : longest;
	}
	need = turns * (longest + answer);
	if (sc->agent.is_set) {
		longest = agent_context(sc);
		need = longest + answer;
		turns = 1;
	}
	if (v->context_length < 0 || longest == 0 || need <= v->context_length)
		return 0;
	return diag_warnx("%s: scenario %s: %" PRId64 " tokens of prompt and %"
	    PRId64 " of answer%s do not fit into the context_length %" PRId64
	    " of %s/%s; raise that, or lower %s", c->step.config, sc->name, longest,
	    answer, turns > 1 ? " in every turn" : "", v->context_length,
	    p->name, v->variant, sc->agent.is_set ? "system_tokens, tools, "
	    "result_words or turns" : "prompt_tokens");
}

static int
check_fits(const struct maker *m, const struct config_pair *p,
    const struct step *v)
{
	const struct scenarios *s = &m->c->scenarios;
	int rc = 0;

	for (size_t i = 0; i < s->n; i++)
		if (scenario_is_selected(m, &s->list[i]))
			rc |= check_fit(m->c, p, v, &s->list[i]);
	return rc;
}

int
plan_check(const struct config *c, const struct plan_select *sel)
{
	struct maker m = { .c = c, .sel = sel };
	const struct config_pair *p;
	const struct step *v;
	int rc = 0;

	for (p = c->pairs; p < c->pairs + c->n_pairs; p++)
		for (size_t k = 0; k < p->n_variants; k++) {
			v = &p->variants[k].step;
			if (is_selected(sel->pairs, p->name) &&
			    is_selected(sel->variants, v->variant))
				rc |= check_fits(&m, p, v);
		}
	return rc;
}

int64_t
plan_make(const struct config *c, const struct plan_select *sel,
    plan_step_fn *fn, void *arg)
{
	struct maker m = { .c = c, .sel = sel, .fn = fn, .arg = arg };

	m.seed = (uint64_t)(sel->seed >= 0 ? sel->seed : c->seed);
	m.blocks = sel->blocks > 0 ? sel->blocks : c->blocks;
	m.budget_ns = sel->budget_ns >= 0 ? sel->budget_ns : c->step.budget_ns;
	if (m.budget_ns >= 0) {
		m.headline = headline_of(&m);
		emit_part(&m, PART_HEADLINE);
		emit_part(&m, PART_REST);
		emit_unloads(&m);
	}
	for (size_t i = 0; i < c->n_pairs && m.budget_ns < 0; i++) {
		m.pair = &c->pairs[i];
		if (is_selected(sel->pairs, m.pair->name))
			emit_pair(&m);
		emit_unloads(&m);
	}
	free(m.stay);
	return m.n_steps;
}
