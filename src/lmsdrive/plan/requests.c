/* The requests of one scenario in one visit of a variant. */
#include "plan_maker.h"

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
	    it->is_agent ? generated_name : it->prompt.name,
	    it->prompt.target_tokens, what);
	return rng_seed(m->seed, name) >> 24;
}

/* Generated words in front of that text. */
static int64_t
words_of(const struct maker *m, const struct step *s, const char *text)
{
	double question = (double)strlen(text) / (double)BYTES_PER_TOKEN;
	int64_t words;

	if (s->prompt.target_tokens >= 0) {
		words = (int64_t)llround(((double)s->prompt.target_tokens -
		    question) / m->pair->tokens_per_word);
		return words > 0 ? words : 1;
	}
	if (s->turn > 1)
		return 0;
	return m->sc->cold_words >= 0 ? m->sc->cold_words : COLD_WORDS;
}

/* Which of its texts: of the turn, or the next for each repetition. */
static size_t
text_of(const struct maker *m, const struct prompt_entry *e,
    const struct step *s)
{
	if (e->names == NULL)
		return (size_t)(s->turn > 0 ? s->turn - 1 : 0) % e->n_turns;
	return s->rep == 0 || m->sc->cache == CACHE_WARM ? 0 :
	    (size_t)(s->rep - 1) % e->n_turns;
}

/* The text of s, whose seed, turn and rep are set. */
static void
fill_text(const struct maker *m, struct item *it, struct step *s)
{
	const struct prompt_entry *e = it->entry;
	struct step_prompt *p = &s->prompt;
	int64_t n_texts = 1;
	size_t i;

	if (it->is_agent || p->check != NULL || p->probe != NULL) {
		/* What it says is made from the seed, by prompt.c. */
		p->words = p->target_tokens < 0 ? 0 : words_of(m, s,
		    it->is_agent ? "" : generated_text);
		return;
	}
	if (e != NULL) {
		i = text_of(m, e, s);
		p->text = e->turns[i];
		if (e->names != NULL) {
			p->name = e->names[i];
			n_texts = (int64_t)e->n_turns;
		}
	}
	p->words = words_of(m, s, p->text);
	if (p->words == 0 && s->turn <= 1) {	/* the same text every time */
		p->seed = stream_seed(m, it, "");
		p->is_warm = it->sent >= n_texts;
	}
	it->sent++;
}

/* What the item's requests share, in repetition rep from 0; -1: warm-up. */
static struct step
request_step(const struct maker *m, const struct item *it, int64_t rep)
{
	struct step s = m->base;

	s.op = OP_REQUEST;
	s.rep = rep + 1;
	s.warmup = rep < 0;
	s.prompt = it->prompt;
	s.sampling = scenario_sampling(m->sc, &m->c->step.sampling);
	s.gap_ns = m->sc->gap_ns;
#define TAKE(m_, kind, key, kind_there, lo, hi) s.m_ = m->sc->m_;
	MANNER(TAKE)
#undef TAKE
	s.raw_completion |= m->sc->n_probes > 0;
	return s;
}

/* One request: what to lacks is its text. */
static void
emit_request(struct maker *m, struct item *it, const struct step *to)
{
	struct step s = *to;

	s.limit_ns = m->sc->duration_ns;
	fill_text(m, it, &s);
	if (it->is_agent)
		s.prompt.agent = tools_agent(&m->sc->agent, s.prompt.seed);
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
	struct step s = request_step(m, it, rep);
	int64_t turns = scenario_turns(m->sc, it->entry);

	s.prompt.is_warm = m->sc->cache == CACHE_WARM;
	s.prompt.seed = stream_seed(m, it, "") +
	    (s.prompt.is_warm ? 0 : (uint64_t)rep);
	if (turns == 0) {
		emit_request(m, it, &s);
		s.prompt.is_warm = true;
		if (m->sc->cache == CACHE_PAIR)
			emit_request(m, it, &s);
		return;
	}
	s.turns = turns;
	for (s.turn = 1; s.turn <= turns; s.turn++) {
		s.prompt.is_warm = s.turn > 1;
		emit_request(m, it, &s);
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
	int64_t n = m->sc->warmup_each || is_priming ? (int64_t)m->n_items :
	    m->sc->warmup;
	struct item *it;
	struct step s;

	for (int64_t i = 0; i < n && m->n_items > 0; i++) {
		it = &m->items[(size_t)i % m->n_items];
		s = request_step(m, it, -1);
		s.prompt.seed = is_priming ? stream_seed(m, it, "") :
		    stream_seed(m, it, "warmup") +
		    (uint64_t)(m->visit * n + i);
		emit_request(m, it, &s);
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

static void
set_level(struct step *s, const struct scenario *sc, size_t i)
{
	if (sc->n_concurrency > 0) {
		s->concurrency = sc->concurrency[i];
		return;
	}
	s->arrival = sc->arrival;
	s->rate_per_s = sc->n_rates > 0 ? sc->rates[i] : sc->ramp_from;
	s->rate_end_per_s = sc->n_rates > 0 ? (double)NAN : sc->ramp_to;
}

/* At least one request for each worker; without repeat, what the time takes. */
static int64_t
batch_requests(const struct scenario *sc, const struct step *s, int64_t share)
{
	int64_t workers = s->arrival == ARRIVAL_CLOSED ? s->concurrency : 0;
	double n;

	if (sc->repeat > 0 || sc->duration_ns < 0)
		return share > workers ? share : workers;
	if (workers > 0)
		return REQUESTS_MAX;
	n = ceil(fmax(s->rate_per_s, s->rate_end_per_s) *
	    (double)sc->duration_ns * 1e-9 * 1.5) + 16;
	return n < (double)REQUESTS_MAX ? (int64_t)n : REQUESTS_MAX;
}

static void
emit_batch(struct maker *m, struct item *it, size_t level, int64_t first,
    int64_t share)
{
	struct step s = request_step(m, it, first);
	char what[64];

	set_level(&s, m->sc, level);
	snprintf(what, sizeof(what), "c%" PRId64 " r%g-%g",
	    s.arrival == ARRIVAL_CLOSED ? s.concurrency : 0, s.rate_per_s,
	    s.rate_end_per_s);
	s.prompt.seed = stream_seed(m, it, what) +
	    (uint64_t)(m->visit * REQUESTS_MAX);
	s.duration_ns = m->sc->duration_ns;
	s.requests = batch_requests(m->sc, &s, share);
	if (s.arrival != ARRIVAL_CLOSED)
		s.arrival_seed = stream_seed(m, it, "arrival") +
		    (uint64_t)m->visit;
	fill_text(m, it, &s);
	maker_emit(m, &s);
}

/* ---- a scenario ------------------------------------------------------- */

enum { LONG_TOKENS = 1000 };	/* of the text that hides an answer */

/* The i-th kind of its questions or prefixes, or that it is an agent's. */
static void
set_kind(const struct maker *m, struct item *it, size_t i)
{
	static char agent_name[] = "agent";
	const struct scenario *sc = m->sc;
	struct step_prompt *p = &it->prompt;
	struct quiz q;

	it->is_agent = sc->agent.is_set;
	if (it->is_agent) {
		p->name = agent_name;
		p->target_tokens = sc->agent.system_tokens;
		return;
	}
	if (sc->n_checks > 0)
		p->name = p->check = sc->checks[i];
	else
		p->name = p->probe = sc->probes[i];
	if (p->check != NULL && (quiz_parse(&q, p->check) == -1 ||
	    !quiz_is_long(&q)))
		return;
	if (sc->n_prompt_tokens > 0)
		p->target_tokens = maker_prompt_tokens(m->c, m->pair, sc, 0);
	else if (p->check != NULL)
		p->target_tokens = LONG_TOKENS;
}

/* The i-th prompt, at its length. */
static void
set_prompt(const struct maker *m, struct item *it, size_t i)
{
	const struct scenario *sc = m->sc;
	size_t n_prompts = sc->n_prompts > 0 ? sc->n_prompts : 1;
	struct step_prompt *p = &it->prompt;

	p->name = generated_name;
	p->text = generated_text;
	if (sc->n_prompts > 0) {
		it->entry = prompts_find(&m->c->prompts,
		    sc->prompts[i % n_prompts]);
		p->name = it->entry->name;
		p->domain = it->entry->domain;
		if (it->entry->system != NULL)
			p->system = it->entry->system;
	}
	if (sc->n_prompt_tokens > 0)
		p->target_tokens = maker_prompt_tokens(m->c, m->pair, sc,
		    i / n_prompts);
}

static void
make_items(struct maker *m)
{
	const struct scenario *sc = m->sc;
	size_t n = sc->agent.is_set ? 1 : sc->n_checks + sc->n_probes;

	m->n_items = n > 0 ? n : sc->n_prompts == 0 ? sc->n_prompt_tokens :
	    sc->n_prompts * (sc->n_prompt_tokens > 0 ? sc->n_prompt_tokens : 1);
	m->items = xcalloc(m->n_items, sizeof(*m->items));
	for (size_t i = 0; i < m->n_items; i++) {
		m->items[i].prompt = m->base.prompt;
		m->items[i].prompt.system = m->c->system;
		if (n > 0)
			set_kind(m, &m->items[i], i);
		else
			set_prompt(m, &m->items[i], i);
	}
}

void
requests_emit(struct maker *m, const struct scenario *sc, int64_t first,
    int64_t share)
{
	size_t n_levels = requests_levels(sc);

	m->sc = sc;
	make_items(m);
	maker_emit_idle(m, sc->idle_ns, false);
	emit_warmup(m);
	for (size_t i = 0; i < n_levels; i++)
		for (size_t k = 0; k < m->n_items; k++)
			emit_batch(m, &m->items[k], i, first, share);
	for (int64_t i = first; n_levels == 0 && i < first + share; i++)
		if (sc->reload > 0)
			emit_cycle(m, i);
		else
			emit_rep(m, i);
	free(m->items);
}
