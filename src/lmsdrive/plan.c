#include "plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"
#include "xalloc.h"

enum {
	COLD_WORDS = 24,	/* in front of a text, so that it is new */
	BYTES_PER_TOKEN = 4,	/* of a question behind a document, about */
	REQUESTS_MAX = 1000000
};

static char generated_name[] = "generated";
static char generated_text[] =
    "Tell a long story that uses as many of the words above as you can.";

/* A prompt at one length: what a scenario repeats. */
struct item {
	const struct prompt_entry *prompt;	/* NULL: generated */
	int64_t target_tokens;			/* -1: no document */
	int64_t sent;				/* in this visit */
};

/* A load level of a batch step. */
struct level {
	int64_t concurrency;	/* 0: open loop */
	double rate, rate_end;
};

struct maker {
	const struct config *c;
	const struct plan_select *sel;
	plan_step_fn *fn;
	void *arg;
	uint64_t seed;
	int64_t blocks;
	int64_t n_steps;
	struct step base;		/* what all steps of the visit share */
	const struct config_pair *pair;
	const struct config_variant *variant;
	const struct scenario *sc;
	struct item *items;
	size_t n_items;
};

/* What tells one request of a scenario from the next. */
struct shot {
	struct item *item;
	int64_t rep;		/* from 0; -1: warm-up */
	int64_t turn, turns;
	uint64_t seed;
	bool is_warm;
};

/* ---- steps ------------------------------------------------------------ */

static void
emit(struct maker *m, struct step *s)
{
	s->step = ++m->n_steps;
	m->fn(m->arg, s);
}

static void
emit_idle(struct maker *m, int64_t idle_ns, bool cooldown)
{
	struct step s = m->base;

	if (idle_ns == 0)
		return;
	s.op = OP_IDLE;
	s.idle_ns = idle_ns;
	s.idle_cooldown = cooldown;
	emit(m, &s);
}

static void
emit_load(struct maker *m, enum step_op op)
{
	struct step s = m->base;

	s.op = op;
	if (op == OP_LOAD)
		s.load_options = m->variant->load_options;
	emit(m, &s);
}

/* The members that all steps of a visit share; strings are borrowed. */
static void
begin_visit(struct maker *m, int64_t block)
{
	const struct config *c = m->c;
	struct step *s = &m->base;

	step_init(s);
	free(s->server.token_env);
	s->server = m->variant->server;
	if (m->sel->server_url != NULL && !m->variant->has_own_url) {
		s->server.url = m->sel->server_url;
		s->server.command = NULL;
	}
	s->pair = m->pair->name;
	s->kind = m->pair->kind;
	s->variant = m->variant->label;
	s->model = m->variant->model;
	s->format = m->variant->format;
	s->block = block;
	s->config = c->path;
	s->config_sha256 = c->sha256;
	s->memory_interval_ns = c->memory_interval_ns;
	s->timeouts = c->timeouts;
	s->context_length = m->variant->context_length;
	s->parallel = m->variant->parallel;
}

/* ---- prompts ---------------------------------------------------------- */

/*
 * The first seed of a stream of texts, 40 bits; count up from there.  It does
 * not depend on pair and variant, so that their requests can be paired.
 */
static uint64_t
stream_seed(const struct maker *m, const struct item *it, const char *what)
{
	char name[256];

	snprintf(name, sizeof(name), "%s|%s|%" PRId64 "|%s", m->sc->name,
	    it->prompt != NULL ? it->prompt->name : generated_name,
	    it->target_tokens, what);
	return rng_seed(m->seed, name) >> 24;
}

static int64_t
words_of(const struct maker *m, const struct item *it, const char *text,
    int64_t turn)
{
	double question = (double)strlen(text) / BYTES_PER_TOKEN;
	int64_t words;

	if (it->target_tokens >= 0) {
		words = (int64_t)llround(((double)it->target_tokens -
		    question) / m->pair->tokens_per_word);
		return words > 0 ? words : 1;
	}
	if (turn > 1)
		return 0;
	return m->sc->cold_words >= 0 ? m->sc->cold_words : COLD_WORDS;
}

static void
fill_prompt(struct maker *m, struct step *s, const struct shot *shot)
{
	const struct prompt_entry *e = shot->item->prompt;
	struct step_prompt *p = &s->prompt;
	int64_t turn = shot->turn > 0 ? shot->turn : 1;

	p->name = e != NULL ? e->name : generated_name;
	p->domain = e != NULL ? e->domain : NULL;
	p->text = e != NULL ? e->turns[(size_t)(turn - 1) % e->n_turns] :
	    generated_text;
	p->system = e != NULL && e->system != NULL ? e->system : m->c->system;
	p->target_tokens = shot->item->target_tokens;
	p->words = words_of(m, shot->item, p->text, turn);
	p->seed = shot->seed;
	p->is_warm = shot->is_warm;
	if (p->words == 0 && turn == 1) {	/* the same text every time */
		p->seed = stream_seed(m, shot->item, "");
		p->is_warm = shot->item->sent > 0;
	}
	shot->item->sent++;
}

static void
emit_request(struct maker *m, const struct shot *shot)
{
	struct step s = m->base;

	s.op = OP_REQUEST;
	s.rep = shot->rep + 1;
	s.warmup = shot->rep < 0;
	s.sampling = scenario_sampling(m->sc, &m->c->sampling);
	s.gap_ns = m->sc->gap_ns;
	s.limit_ns = m->sc->duration_ns;
	s.turn = shot->turns > 0 ? shot->turn : -1;
	s.turns = shot->turns > 0 ? shot->turns : -1;
	s.raw_completion = m->sc->raw_completion;
	s.cold_connection = m->sc->cold_connection;
	fill_prompt(m, &s, shot);
	emit(m, &s);
}

/* ---- requests one after the other ------------------------------------- */

static void
shuffle(size_t *order, size_t n, uint64_t seed)
{
	size_t i, k, tmp;

	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n; i > 1; i--) {
		k = (size_t)rng_below(&seed, i);
		tmp = order[i - 1];
		order[i - 1] = order[k];
		order[k] = tmp;
	}
}

/* The item of repetition rep when one is sent at a time. */
static struct item *
drawn_item(const struct maker *m, int64_t rep)
{
	size_t n = m->n_items, place = (size_t)rep % n, *order, k;
	char name[128];

	if (m->sc->draw == DRAW_CYCLE)
		return &m->items[place];
	order = xcalloc(n, sizeof(*order));
	snprintf(name, sizeof(name), "%s|round|%" PRId64, m->sc->name,
	    rep / (int64_t)n);
	shuffle(order, n, rng_seed(m->seed, name));
	k = order[place];
	free(order);
	return &m->items[k];
}

/* Turns of a conversation that begins with the item, 0: none. */
static int64_t
turns_of(const struct maker *m, const struct item *it)
{
	if (m->sc->turns > 0)
		return m->sc->turns;
	return it->prompt != NULL && it->prompt->n_turns > 1 ?
	    (int64_t)it->prompt->n_turns : 0;
}

/* One item of one repetition: a request, a cold and a warm one, or turns. */
static void
emit_item(struct maker *m, struct item *it, int64_t rep)
{
	struct shot shot = { .item = it, .rep = rep };

	shot.turns = turns_of(m, it);
	shot.seed = stream_seed(m, it, "");
	if (m->sc->cache == CACHE_WARM)
		shot.is_warm = true;
	else
		shot.seed += (uint64_t)rep;
	if (shot.turns == 0) {
		emit_request(m, &shot);
		shot.is_warm = true;
		if (m->sc->cache == CACHE_PAIR)
			emit_request(m, &shot);
		return;
	}
	for (shot.turn = 1; shot.turn <= shot.turns; shot.turn++) {
		shot.is_warm = shot.turn > 1;
		emit_request(m, &shot);
	}
}

static void
emit_rep(struct maker *m, int64_t rep)
{
	size_t i;

	if (m->sc->draw != DRAW_ALL && m->n_items > 0) {
		emit_item(m, drawn_item(m, rep), rep);
		return;
	}
	for (i = 0; i < m->n_items; i++)
		emit_item(m, &m->items[i], rep);
}

/* Requests that are not counted; texts of their own, or those to repeat. */
static void
emit_warmup(struct maker *m, int64_t visit)
{
	bool is_priming = m->sc->cache == CACHE_WARM;
	int64_t i, n = m->sc->warmup;
	struct shot shot = { .rep = -1 };

	if (m->sc->warmup_each || is_priming)
		n = (int64_t)m->n_items;
	for (i = 0; i < n && m->n_items > 0; i++) {
		shot.item = &m->items[(size_t)i % m->n_items];
		shot.seed = is_priming ? stream_seed(m, shot.item, "") :
		    stream_seed(m, shot.item, "warmup") +
		    (uint64_t)(visit * n + i);
		emit_request(m, &shot);
	}
}

/* One cycle of a reload scenario: requests, then out and in again. */
static void
emit_cycle(struct maker *m, int64_t cycle)
{
	int64_t i, repeat = m->sc->repeat > 0 ? m->sc->repeat : 1;

	for (i = 0; i < repeat; i++)
		emit_rep(m, cycle * repeat + i);
	m->base.rep = cycle + 1;
	emit_load(m, OP_UNLOAD);
	emit_idle(m, m->c->idle_ns, false);
	emit_load(m, OP_LOAD);
	m->base.rep = 0;
}

/* ---- requests side by side -------------------------------------------- */

static size_t
n_levels(const struct scenario *sc)
{
	if (sc->n_concurrency > 0)
		return sc->n_concurrency;
	return sc->n_rates > 0 || isnan(sc->ramp_from) ? sc->n_rates : 1;
}

static struct level
level_at(const struct scenario *sc, size_t i)
{
	struct level l = { 0, NAN, NAN };

	if (sc->n_concurrency > 0) {
		l.concurrency = sc->concurrency[i];
	} else if (sc->n_rates > 0) {
		l.rate = sc->rates[i];
	} else {
		l.rate = sc->ramp_from;
		l.rate_end = sc->ramp_to;
	}
	return l;
}

/* At least one request for each worker; without repeat, what the time takes. */
static int64_t
batch_requests(const struct scenario *sc, const struct level *l,
    int64_t share)
{
	double rate = isnan(l->rate_end) || l->rate > l->rate_end ? l->rate :
	    l->rate_end, n;

	if (sc->repeat > 0 || sc->duration_ns < 0)
		return share > l->concurrency ? share : l->concurrency;
	if (l->concurrency > 0)
		return REQUESTS_MAX;
	n = ceil(rate * (double)sc->duration_ns * 1e-9 * 1.5) + 16;
	return n < REQUESTS_MAX ? (int64_t)n : REQUESTS_MAX;
}

static void
emit_batch(struct maker *m, struct item *it, const struct level *l,
    int64_t first, int64_t share)
{
	struct shot shot = { .item = it, .rep = first };
	struct step s = m->base;
	char what[64];

	snprintf(what, sizeof(what), "c%" PRId64 " r%g-%g", l->concurrency,
	    l->rate, l->rate_end);
	shot.seed = stream_seed(m, it, what) + (uint64_t)first *
	    (uint64_t)(m->sc->repeat > 0 ? 1 : REQUESTS_MAX);
	s.op = OP_REQUEST;
	s.rep = first + 1;
	s.sampling = scenario_sampling(m->sc, &m->c->sampling);
	s.gap_ns = m->sc->gap_ns;
	s.duration_ns = m->sc->duration_ns;
	s.requests = batch_requests(m->sc, l, share);
	if (l->concurrency > 0) {
		s.concurrency = l->concurrency;
	} else {
		s.arrival = m->sc->arrival;
		s.rate_per_s = l->rate;
		s.rate_end_per_s = l->rate_end;
		s.arrival_seed = stream_seed(m, it, "arrival") +
		    (uint64_t)first;
	}
	s.raw_completion = m->sc->raw_completion;
	s.cold_connection = m->sc->cold_connection;
	fill_prompt(m, &s, &shot);
	emit(m, &s);
}

static void
emit_batches(struct maker *m, int64_t first, int64_t share)
{
	size_t i, k, n = n_levels(m->sc);
	struct level l;

	for (i = 0; i < n; i++) {
		l = level_at(m->sc, i);
		for (k = 0; k < m->n_items; k++)
			emit_batch(m, &m->items[k], &l, first, share);
	}
}

/* ---- visits ----------------------------------------------------------- */

static bool
is_selected(const char *const *names, const char *name)
{
	if (names == NULL)
		return true;
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static bool
scenario_is_selected(const struct maker *m, const struct scenario *sc)
{
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
		units = sc->duration_ns >= 0 && n_levels(sc) > 0 &&
		    sc->blocks == BLOCKS_SPLIT ? m->blocks : 1;
	*first = 0;
	switch (sc->blocks) {
	case BLOCKS_WHOLE:
		return whole_visit(m, sc) == visit ? units : 0;
	case BLOCKS_EACH:
		*first = visit * units;
		return units;
	case BLOCKS_SPLIT:
		break;
	}
	each = units / m->blocks;
	rest = units % m->blocks;
	*first = visit * each + (visit < rest ? visit : rest);
	return each + (visit < rest);
}

static void
make_items(struct maker *m)
{
	const struct scenario *sc = m->sc;
	size_t n_lengths = sc->n_prompt_tokens > 0 ? sc->n_prompt_tokens : 1;
	size_t n_prompts = sc->n_prompts > 0 ? sc->n_prompts : 1, i;

	m->n_items = sc->n_prompts + sc->n_prompt_tokens > 0 ?
	    n_lengths * n_prompts : 0;
	m->items = xcalloc(m->n_items + 1, sizeof(*m->items));
	for (i = 0; i < m->n_items; i++) {
		m->items[i].prompt = sc->n_prompts > 0 ? prompts_find(
		    &m->c->prompts, sc->prompts[i % n_prompts]) : NULL;
		m->items[i].target_tokens = sc->n_prompt_tokens > 0 ?
		    sc->prompt_tokens[i / n_prompts] : -1;
	}
}

static void
emit_scenario(struct maker *m, const struct scenario *sc, int64_t visit)
{
	int64_t first, share = share_of(m, sc, visit, &first), i;

	if (share == 0)
		return;
	m->sc = sc;
	m->base.scenario = sc->name;
	make_items(m);
	emit_idle(m, sc->idle_ns, false);
	emit_warmup(m, visit);
	if (n_levels(sc) > 0)
		emit_batches(m, first, share);
	for (i = first; n_levels(sc) == 0 && i < first + share; i++)
		if (sc->reload > 0)
			emit_cycle(m, i);
		else
			emit_rep(m, i);
	free(m->items);
	m->base.scenario = NULL;
}

/* Does any selected scenario take part in this visit? */
static bool
has_work(const struct maker *m, int64_t visit)
{
	const struct scenarios *s = &m->c->scenarios;
	int64_t first;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (scenario_is_selected(m, &s->list[i]) &&
		    share_of(m, &s->list[i], visit, &first) > 0)
			return true;
	return false;
}

static void
emit_visit(struct maker *m, int64_t visit, int64_t block)
{
	const struct scenarios *s = &m->c->scenarios;
	size_t i;

	begin_visit(m, block);
	if (m->n_steps == 0)
		emit_idle(m, m->c->idle_ns, m->c->idle_cooldown);
	emit_load(m, OP_LOAD);
	for (i = 0; i < s->n; i++)
		if (scenario_is_selected(m, &s->list[i]))
			emit_scenario(m, &s->list[i], visit);
	emit_load(m, OP_UNLOAD);
	emit_idle(m, m->c->idle_ns, m->c->idle_cooldown);
}

/* The order of the n variants in a round. */
static void
round_order(const struct maker *m, size_t *order, size_t n, int64_t round)
{
	char name[128];
	size_t i;

	if (m->c->pattern == ORDER_RANDOM) {
		snprintf(name, sizeof(name), "%s|order|%" PRId64,
		    m->pair->name, round);
		shuffle(order, n, rng_seed(m->seed, name));
		return;
	}
	for (i = 0; i < n; i++)
		order[i] = m->c->pattern == ORDER_ABBA && round % 2 == 1 ?
		    n - 1 - i : i;
}

static void
emit_pair(struct maker *m)
{
	size_t n = m->pair->n_variants, i, k, *order;
	int64_t total = m->blocks * (int64_t)n, v, visit, block = 0;

	order = xcalloc(n, sizeof(*order));
	for (v = 0; v < total; v++) {
		visit = v / (int64_t)n;
		i = (size_t)v % n;
		if (m->c->pattern == ORDER_SEQUENTIAL) {
			visit = v % m->blocks;
			k = (size_t)(v / m->blocks);
		} else {
			if (i == 0)
				round_order(m, order, n, visit);
			k = order[i];
		}
		if (!has_work(m, visit))
			continue;
		block++;
		m->variant = &m->pair->variants[k];
		if (is_selected(m->sel->variants, m->variant->label))
			emit_visit(m, visit, block);
	}
	free(order);
}

int64_t
plan_make(const struct config *c, const struct plan_select *sel,
    plan_step_fn *fn, void *arg)
{
	struct maker m = { .c = c, .sel = sel, .fn = fn, .arg = arg };
	size_t i;

	m.seed = (uint64_t)(sel->seed >= 0 ? sel->seed : c->seed);
	m.blocks = sel->blocks > 0 ? sel->blocks : c->blocks;
	for (i = 0; i < c->n_pairs; i++) {
		m.pair = &c->pairs[i];
		if (is_selected(sel->pairs, m.pair->name))
			emit_pair(&m);
	}
	return m.n_steps;
}
