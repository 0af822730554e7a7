#include "requests.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/tools.h"
#include "quiz.h"
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

/* A load level of a batch step. */
struct level {
	int64_t concurrency;	/* 0: open loop */
	double rate, rate_end;
};

/* What tells one request of a scenario from the next. */
struct shot {
	struct item *item;
	int64_t rep;		/* from 0; -1: warm-up */
	int64_t turn, turns;
	uint64_t seed;
	bool is_warm;
};

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
	    it->check != NULL ? it->check : it->probe != NULL ? it->probe :
	    it->prompt != NULL ?
	    it->prompt->name : generated_name, it->target_tokens, what);
	return rng_seed(m->seed, name) >> 24;
}

static int64_t
words_of(const struct maker *m, const struct item *it, const char *text,
    int64_t turn)
{
	double question = (double)strlen(text) / (double)BYTES_PER_TOKEN;
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

/* Which of its texts: of the turn, or the next for each repetition. */
static size_t
text_of(const struct maker *m, const struct prompt_entry *e,
    const struct shot *shot)
{
	if (e->names == NULL)
		return (size_t)(shot->turn > 0 ? shot->turn - 1 : 0) %
		    e->n_turns;
	return shot->rep < 0 || m->sc->cache == CACHE_WARM ? 0 :
	    (size_t)shot->rep % e->n_turns;
}

/* A question of which the answer is known, or a prefix; the same to every
 * variant. */
static void
fill_check(const struct maker *m, struct step_prompt *p,
    const struct shot *shot)
{
	const struct item *it = shot->item;

	p->check = it->check;
	p->probe = it->probe;
	p->name = it->check != NULL ? it->check : it->probe;
	p->system = m->c->system;
	p->target_tokens = it->target_tokens;
	if (it->target_tokens >= 0)
		p->words = words_of(m, it, generated_text, 1);
	p->seed = shot->seed;
	p->is_warm = shot->is_warm;
}

/* A turn of an agent; the same to every variant. */
static void
fill_agent(const struct maker *m, struct step_prompt *p,
    const struct shot *shot)
{
	static char name[] = "agent";

	p->name = name;
	p->system = m->c->system;
	p->target_tokens = shot->item->target_tokens;
	p->words = words_of(m, shot->item, "", 1);
	p->seed = shot->seed;
	p->is_warm = shot->is_warm;
}

char *
requests_agent(const struct scenario_agent *a, uint64_t seed)
{
	struct buf b = BUF_INIT;
	cJSON *own = a->own_tools == NULL ? NULL : json_parse(a->own_tools,
	    strlen(a->own_tools));
	struct json j;

	json_begin(&j, &b);
	json_str(&j, "tool_choice", a->tool_choice == CHOICE_REQUIRED ?
	    "required" : "auto");
	if (a->result_words >= 0)
		json_int(&j, "result_words", a->result_words);
	if (own != NULL) {
		json_copy(&j, "tools", json_get(own, "tools"), FIELD_DEPTH);
	} else {
		json_array(&j, "tools");
		tools_write(&j, a->n_tools, seed);
		json_close(&j);
	}
	json_close(&j);
	cJSON_Delete(own);
	return buf_steal(&b);
}

static void
fill_prompt(struct maker *m, struct step *s, const struct shot *shot)
{
	const struct prompt_entry *e = shot->item->prompt;
	struct step_prompt *p = &s->prompt;
	int64_t turn = shot->turn > 0 ? shot->turn : 1, sent = shot->item->sent;
	size_t i = e != NULL ? text_of(m, e, shot) : 0;

	if (shot->item->is_agent) {
		fill_agent(m, p, shot);
		return;
	}
	if (shot->item->check != NULL || shot->item->probe != NULL) {
		fill_check(m, p, shot);
		return;
	}
	p->name = e == NULL ? generated_name : e->names != NULL ?
	    e->names[i] : e->name;
	p->domain = e != NULL ? e->domain : NULL;
	p->text = e != NULL ? e->turns[i] : generated_text;
	p->system = e != NULL && e->system != NULL ? e->system : m->c->system;
	p->target_tokens = shot->item->target_tokens;
	p->words = words_of(m, shot->item, p->text, turn);
	p->seed = shot->seed;
	p->is_warm = shot->is_warm;
	if (p->words == 0 && turn == 1) {	/* the same text every time */
		p->seed = stream_seed(m, shot->item, "");
		p->is_warm = sent >= (e != NULL && e->names != NULL ?
		    (int64_t)e->n_turns : 1);
	}
	shot->item->sent++;
}

/* What all requests of the scenario share. */
static struct step
request_step(const struct maker *m, int64_t rep)
{
	struct step s = m->base;

	s.op = OP_REQUEST;
	s.rep = rep + 1;
	s.sampling = scenario_sampling(m->sc, &m->c->step.sampling);
	s.gap_ns = m->sc->gap_ns;
#define TAKE(m_, kind, key, kind_there, lo, hi) s.m_ = m->sc->m_;
	MANNER(TAKE)
#undef TAKE
	s.raw_completion |= m->sc->n_probes > 0;
	return s;
}

static void
emit_request(struct maker *m, const struct shot *shot)
{
	struct step s = request_step(m, shot->rep);

	s.warmup = shot->rep < 0;
	s.limit_ns = m->sc->duration_ns;
	s.turn = shot->turns > 0 ? shot->turn : -1;
	s.turns = shot->turns > 0 ? shot->turns : -1;
	fill_prompt(m, &s, shot);
	if (shot->item->is_agent)
		s.prompt.agent = requests_agent(&m->sc->agent, shot->seed);
	maker_emit(m, &s);
	free(s.prompt.agent);
}

/* ---- requests one after the other ------------------------------------- */

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
	maker_shuffle(m, order, n, name);
	k = order[place];
	free(order);
	return &m->items[k];
}

/* One item of one repetition: a request, a cold and a warm one, or turns. */
static void
emit_item(struct maker *m, struct item *it, int64_t rep)
{
	struct shot shot = { .item = it, .rep = rep };

	shot.turns = scenario_turns(m->sc, it->prompt);
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
	if (m->sc->draw != DRAW_ALL && m->n_items > 0) {
		emit_item(m, drawn_item(m, rep), rep);
		return;
	}
	for (size_t i = 0; i < m->n_items; i++)
		emit_item(m, &m->items[i], rep);
}

/* Requests that are not counted; texts of their own, or those to repeat. */
static void
emit_warmup(struct maker *m)
{
	bool is_priming = m->sc->cache == CACHE_WARM;
	int64_t n = m->sc->warmup;
	struct shot shot = { .rep = -1 };

	if (m->sc->warmup_each || is_priming)
		n = (int64_t)m->n_items;
	for (int64_t i = 0; i < n && m->n_items > 0; i++) {
		shot.item = &m->items[(size_t)i % m->n_items];
		shot.seed = is_priming ? stream_seed(m, shot.item, "") :
		    stream_seed(m, shot.item, "warmup") +
		    (uint64_t)(m->visit * n + i);
		emit_request(m, &shot);
	}
}

/* One cycle of a reload scenario: requests, then out and in again. */
static void
emit_cycle(struct maker *m, int64_t cycle)
{
	int64_t repeat = m->sc->repeat > 0 ? m->sc->repeat : 1;

	for (int64_t i = 0; i < repeat; i++)
		emit_rep(m, cycle * repeat + i);
	m->base.rep = cycle + 1;
	maker_emit_load(m, OP_UNLOAD);
	maker_emit_idle(m, m->c->idle_ns, false);
	maker_emit_load(m, OP_LOAD);
	m->base.rep = 0;
}

/* ---- requests side by side -------------------------------------------- */

size_t
requests_levels(const struct scenario *sc)
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
	return n < (double)REQUESTS_MAX ? (int64_t)n : REQUESTS_MAX;
}

static void
emit_batch(struct maker *m, struct item *it, const struct level *l,
    int64_t first, int64_t share)
{
	struct shot shot = { .item = it, .rep = first };
	struct step s = request_step(m, first);
	char what[64];

	snprintf(what, sizeof(what), "c%" PRId64 " r%g-%g", l->concurrency,
	    l->rate, l->rate_end);
	shot.seed = stream_seed(m, it, what) +
	    (uint64_t)(m->visit * REQUESTS_MAX);
	s.duration_ns = m->sc->duration_ns;
	s.requests = batch_requests(m->sc, l, share);
	if (l->concurrency > 0) {
		s.concurrency = l->concurrency;
	} else {
		s.arrival = m->sc->arrival;
		s.rate_per_s = l->rate;
		s.rate_end_per_s = l->rate_end;
		s.arrival_seed = stream_seed(m, it, "arrival") +
		    (uint64_t)m->visit;
	}
	fill_prompt(m, &s, &shot);
	maker_emit(m, &s);
}

static void
emit_batches(struct maker *m, int64_t first, int64_t share)
{
	size_t n = requests_levels(m->sc);
	struct level l;

	for (size_t i = 0; i < n; i++) {
		l = level_at(m->sc, i);
		for (size_t k = 0; k < m->n_items; k++)
			emit_batch(m, &m->items[k], &l, first, share);
	}
}

/* ---- a scenario ------------------------------------------------------- */

enum { LONG_TOKENS = 1000 };	/* of the text that hides an answer */

/* The i-th kind of question of the scenario. */
static struct item
check_item(const struct maker *m, size_t i)
{
	struct item it = { .check = m->sc->checks[i], .target_tokens = -1 };
	struct quiz q;

	if (quiz_parse(&q, it.check) == 0 && quiz_is_long(&q))
		it.target_tokens = m->sc->n_prompt_tokens == 0 ? LONG_TOKENS :
		    maker_prompt_tokens(m->c, m->pair, m->sc, 0);
	return it;
}

static void
make_probes(struct maker *m)
{
	m->n_items = m->sc->n_probes;
	m->items = xcalloc(m->n_items, sizeof(*m->items));
	for (size_t i = 0; i < m->n_items; i++)
		m->items[i] = (struct item){ .probe = m->sc->probes[i],
		    .target_tokens = m->sc->n_prompt_tokens == 0 ? -1 :
		    maker_prompt_tokens(m->c, m->pair, m->sc, 0) };
}

static void
make_checks(struct maker *m)
{
	m->n_items = m->sc->n_checks;
	m->items = xcalloc(m->n_items, sizeof(*m->items));
	for (size_t i = 0; i < m->n_items; i++)
		m->items[i] = check_item(m, i);
}

static void
make_agent(struct maker *m)
{
	m->n_items = 1;
	m->items = xcalloc(m->n_items, sizeof(*m->items));
	*m->items = (struct item){ .is_agent = true,
	    .target_tokens = m->sc->agent.system_tokens };
}

static void
make_items(struct maker *m)
{
	const struct scenario *sc = m->sc;
	size_t n_lengths = sc->n_prompt_tokens > 0 ? sc->n_prompt_tokens : 1;
	size_t n_prompts = sc->n_prompts > 0 ? sc->n_prompts : 1;

	m->n_items = sc->n_prompts + sc->n_prompt_tokens > 0 ?
	    n_lengths * n_prompts : 0;
	m->items = xcalloc(m->n_items + 1, sizeof(*m->items));
	for (size_t i = 0; i < m->n_items; i++) {
		m->items[i].prompt = sc->n_prompts > 0 ? prompts_find(
		    &m->c->prompts, sc->prompts[i % n_prompts]) : NULL;
		m->items[i].target_tokens = sc->n_prompt_tokens > 0 ?
		    maker_prompt_tokens(m->c, m->pair, sc, i / n_prompts) :
		    -1;
	}
}

void
requests_emit(struct maker *m, const struct scenario *sc, int64_t first,
    int64_t share)
{
	m->sc = sc;
	if (sc->agent.is_set)
		make_agent(m);
	else if (sc->n_checks > 0)
		make_checks(m);
	else if (sc->n_probes > 0)
		make_probes(m);
	else
		make_items(m);
	maker_emit_idle(m, sc->idle_ns, false);
	emit_warmup(m);
	if (requests_levels(sc) > 0)
		emit_batches(m, first, share);
	for (int64_t i = first; requests_levels(sc) == 0 && i < first + share;
	    i++)
		if (sc->reload > 0)
			emit_cycle(m, i);
		else
			emit_rep(m, i);
	free(m->items);
}
