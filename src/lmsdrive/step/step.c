#include "step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "clock.h"
#include "diag.h"
#include "json.h"
#include "prefix.h"
#include "quiz.h"
#include "xalloc.h"

enum {
	WORDS_MAX = 10000000,	/* a prompt of 60 MB */
	TURNS_MAX = 100000
};

const char *const step_op_words[] = {
	"load", "unload", "idle", "request", NULL
};
const char *const api_words[] = {
	"auto", "lmstudio", "lmstudio-v0", "openai", "llama-router",
	"ollama", "messages", "responses", NULL
};
static const char *const arrival_words[] = {
	"closed", "constant", "poisson", NULL
};

enum { LOAD = 1 << OP_LOAD, UNLOAD = 1 << OP_UNLOAD, IDLE = 1 << OP_IDLE,
	REQUEST = 1 << OP_REQUEST, ANY = 0 };

#define MEMBER(name, k, ops, least) .key = #name, .kind = FIELD_##k, \
	.when = (ops), .lo = (least)
#define TOP(key, k, ops, lo) \
	{ MEMBER(key, k, ops, lo), .offset = offsetof(struct step, key) }
#define SUB(in, key, k, ops, lo) { MEMBER(key, k, ops, lo), \
	.group = #in, .offset = offsetof(struct step, in.key) }
#define TOP_WORD(key, of, ops, lo) { MEMBER(key, WORD, ops, lo), \
	.offset = offsetof(struct step, key), .words = of }
#define SUB_WORD(in, key, of, ops, lo) { MEMBER(key, WORD, ops, lo), \
	.group = #in, .offset = offsetof(struct step, in.key), .words = of }

/* In the order they are written; which steps carry them; the least value. */
static const struct field fields[] = {
	TOP(step, COUNT, ANY, 0),
	TOP_WORD(op, step_op_words, ANY, 1),
	TOP(pair, NAME, ANY, 0),
	TOP(kind, TEXT, ANY, 0),
	TOP(variant, NAME, ANY, 0),
	TOP(model, NAME, ANY, 0),
	TOP(format, TEXT, ANY, 0),
	TOP(reference, TEXT, ANY, 0),
	TOP(scenario, TEXT, ANY, 0),
	TOP(block, COUNT, ANY, 0),
	TOP(rep, COUNT, ANY, 0),
	TOP(warmup, BOOL, REQUEST, 0),
	TOP(idle_ns, COUNT, IDLE, 0),
	TOP(idle_cooldown, BOOL, IDLE, 0),
	SUB(prompt, name, TEXT, REQUEST, 0),
	SUB(prompt, domain, TEXT, REQUEST, 0),
	SUB(prompt, words, COUNT, REQUEST, 0),
	SUB(prompt, target_tokens, COUNT, REQUEST, 1),
	SUB(prompt, seed, COUNT, REQUEST, 0),
	SUB(prompt, is_warm, BOOL, REQUEST, 0),
	SUB(prompt, system, TEXT, REQUEST, 0),
	SUB(prompt, text, TEXT, REQUEST, 0),
	SUB(prompt, check, TEXT, REQUEST, 0),
	SUB(prompt, probe, TEXT, REQUEST, 0),
	SUB(prompt, agent, JSON, REQUEST, 0),
#define SAMPLING_FIELD(code, m, kind, lo, hi, neutral) \
	SUB(sampling, m, kind, REQUEST, lo),
	SAMPLING(SAMPLING_FIELD)
	SUB(sampling, fixed_length, BOOL, REQUEST, 0),
	SUB(sampling, reasoning, TEXT, REQUEST, 0),
	TOP(requests, COUNT, REQUEST, 1),
	TOP_WORD(arrival, arrival_words, REQUEST, 0),
	TOP(concurrency, COUNT, REQUEST, 1),
	TOP(rate_per_s, REAL, REQUEST, 0),
	TOP(rate_end_per_s, REAL, REQUEST, 0),
	TOP(arrival_seed, COUNT, REQUEST, 0),
	TOP(duration_ns, COUNT, REQUEST, 0),
	TOP(gap_ns, COUNT, REQUEST, 0),
	TOP(limit_ns, COUNT, REQUEST, 0),
	TOP(turn, COUNT, REQUEST, 1),
	TOP(turns, COUNT, REQUEST, 1),
#define MANNER_FIELD(m, kind, key, kind_there, lo, hi) \
	TOP(m, kind, REQUEST, lo),
	MANNER(MANNER_FIELD)
	SUB(tolerance, prompt_tokens_ratio, REAL, REQUEST, 0),
	SUB(speculation, draft_model, TEXT, REQUEST, 0),
	SUB(speculation, draft_tokens, COUNT, REQUEST, 0),
	TOP(load_options, JSON, LOAD | REQUEST, 0),
	TOP(load_command, TEXTS, LOAD | REQUEST, 0),
	TOP(unload_command, TEXTS, LOAD | UNLOAD | REQUEST, 0),
	TOP(context_length, COUNT, ANY, 1),
	TOP(parallel, COUNT, ANY, 1),
	TOP(cache_budget_bytes, COUNT, LOAD, 0),
	SUB(server, url, NAME, ANY, 0),
	SUB_WORD(server, api, api_words, ANY, 0),
	SUB(server, token_env, TEXT, ANY, 0),
	SUB(server, command, TEXTS, ANY, 0),
	SUB(server, process, TEXT, ANY, 0),
	SUB(server, process_command, TEXTS, ANY, 0),
	SUB(server, insecure_loopback, BOOL, ANY, 0),
	SUB(server, keep_loaded, BOOL, ANY, 0),
	SUB(timeouts, connect_ns, COUNT, ANY, 1),
	SUB(timeouts, first_token_ns, COUNT, ANY, 1),
	SUB(timeouts, between_tokens_ns, COUNT, ANY, 1),
	SUB(timeouts, load_ns, COUNT, ANY, 1),
	SUB(timeouts, unload_ns, COUNT, ANY, 1),
	TOP(memory_interval_ns, COUNT, ANY, 1),
	TOP(budget_ns, COUNT, ANY, 0),
	TOP(stays_loaded, BOOL, ANY, 0),
	TOP(headline, TEXTS, ANY, 0),
	TOP(config, TEXT, ANY, 0),
	TOP(config_sha256, TEXT, ANY, 0),
};

const struct schema step_schema = { "plan", sizeof(struct step), fields,
	sizeof(fields) / sizeof(fields[0]) };

bool
api_is_path(enum api api)
{
	return api == API_MESSAGES || api == API_RESPONSES;
}

/* ---- sampling --------------------------------------------------------- */

static const struct {
	const char *key;
	size_t at;
	bool is_count;
	double neutral;
} numbers[] = {
#define SAMPLING_IS_REAL false
#define SAMPLING_IS_COUNT true
#define SAMPLING_ROW(code, m, kind, lo, hi, neutral) \
	{ #m, offsetof(struct step_sampling, m), SAMPLING_IS_##kind, neutral },
	SAMPLING(SAMPLING_ROW)
};

const char *
sampling_key(enum sampling k)
{
	return numbers[k].key;
}

double
sampling_value(const struct step_sampling *s, enum sampling k)
{
	const char *at = (const char *)s + numbers[k].at;
	int64_t n;
	double v;

	if (!numbers[k].is_count) {
		memcpy(&v, at, sizeof(v));
		return v;
	}
	memcpy(&n, at, sizeof(n));
	return n < 0 ? (double)NAN : (double)n;
}

bool
sampling_is_moot(const struct step_sampling *s, enum sampling k)
{
	bool is_of_draw = k == SAMPLING_TOP_P || k == SAMPLING_TOP_K ||
	    k == SAMPLING_MIN_P || k == SAMPLING_SEED;

	return isnan(sampling_value(s, k)) ||
	    (is_of_draw && s->temperature == 0);
}

bool
sampling_is_neutral(const struct step_sampling *s, enum sampling k)
{
	return sampling_is_moot(s, k) ||
	    sampling_value(s, k) == numbers[k].neutral;
}

void
sampling_init(struct step_sampling *s)
{
#define SAMPLING_NO_REAL NAN
#define SAMPLING_NO_COUNT -1
#define SAMPLING_UNSET(code, m, kind, lo, hi, neutral) \
	.m = SAMPLING_NO_##kind,
	*s = (struct step_sampling){ SAMPLING(SAMPLING_UNSET) };
}

/* ---- life ------------------------------------------------------------- */

void
step_init(struct step *s)
{
	memset(s, 0, sizeof(*s));
	s->op = OP_REQUEST;
	s->context_length = s->parallel = s->cache_budget_bytes = -1;
	s->memory_interval_ns = 100 * NS_PER_MS;
	s->server.token_env = xstrdup("LM_API_TOKEN");
	s->timeouts.connect_ns = 5 * NS_PER_S;
	s->timeouts.first_token_ns = 300 * NS_PER_S;
	s->timeouts.between_tokens_ns = 60 * NS_PER_S;
	s->timeouts.load_ns = 600 * NS_PER_S;
	s->timeouts.unload_ns = 60 * NS_PER_S;
	sampling_init(&s->sampling);
	s->sampling.max_tokens = 256;
	s->speculation.draft_tokens = -1;
	s->prompt.target_tokens = -1;
	s->tolerance.prompt_tokens_ratio = NAN;
	s->requests = s->concurrency = 1;
	s->rate_per_s = s->rate_end_per_s = NAN;
	s->duration_ns = s->limit_ns = s->budget_ns = -1;
	s->turn = s->turns = -1;
}

void
step_fini(struct step *s)
{
	field_fini(&step_schema, s);
}

void
step_write(struct buf *out, const struct step *s)
{
	struct json j;

	json_begin(&j, out);
	json_str(&j, "type", step_schema.type);
	json_int(&j, "v", 1);
	field_write(&step_schema, s, 1u << s->op, &j);
	json_end_line(&j);
}

bool
step_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
step_is_probe(const struct step *s)
{
	return s->prompt.probe != NULL && s->sampling.max_tokens == 1;
}

bool
step_is_same_case(const struct step *a, const struct step *b)
{
	return a != NULL && a->block == b->block &&
	    step_same(a->pair, b->pair) && step_same(a->variant, b->variant) &&
	    step_same(a->scenario, b->scenario);
}

/* Equal as JSON, whatever the order of the members. */
static bool
same_json(const char *a, const char *b)
{
	cJSON *x, *y;
	bool is_same;

	if (a == NULL || b == NULL || strcmp(a, b) == 0)
		return step_same(a, b);
	x = json_parse(a, strlen(a));
	y = json_parse(b, strlen(b));
	is_same = cJSON_Compare(x, y, true);
	cJSON_Delete(x);
	cJSON_Delete(y);
	return is_same;
}

bool
step_is_same_command(char *const *a, char *const *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	while (*a != NULL && step_same(*a, *b))
		a++, b++;
	return *a == NULL && *b == NULL;
}

bool
step_is_same_load(const struct step *a, const struct step *b)
{
	bool is_own = step_same(a->pair, b->pair) &&
	    step_same(a->variant, b->variant);

	if (!step_same(a->model, b->model))
		return false;
	if (b->op == OP_UNLOAD)
		return is_own;
	if (is_own && b->load_options == NULL && b->context_length < 0)
		return true;
	return a->context_length == b->context_length &&
	    same_json(a->load_options, b->load_options) &&
	    step_is_same_command(a->load_command, b->load_command);
}

/* ---- reading ---------------------------------------------------------- */

/* What no single member can tell. */
static int
check(const struct step *s, const char *where)
{
	struct agent a = { NULL };

	if (s->op != OP_REQUEST)
		return 0;
	if (s->prompt.check != NULL &&
	    quiz_parse(&(struct quiz){ NULL }, s->prompt.check) == -1)
		return diag_warnx("%s: prompt.check: there is no kind of "
		    "question '%.40s'", where, s->prompt.check);
	if (s->prompt.probe != NULL && !prefix_is_kind(s->prompt.probe))
		return diag_warnx("%s: prompt.probe: there is no kind of "
		    "prefix '%.40s'", where, s->prompt.probe);
	if (s->prompt.agent != NULL && agent_init(&a, s->prompt.agent,
	    0) == -1)
		return diag_warnx("%s: prompt.agent: expected tools, each with "
		    "a name", where);
	agent_fini(&a);
	if (s->prompt.text == NULL && s->prompt.check == NULL &&
	    s->prompt.probe == NULL && s->prompt.agent == NULL &&
	    s->prompt.words == 0)
		return diag_warnx("%s: prompt: expected text, or words to "
		    "generate", where);
	if (s->prompt.words > WORDS_MAX || s->turns > TURNS_MAX)
		return diag_warnx("%s: prompt: expected at most %d words and "
		    "%d turns", where, WORDS_MAX, TURNS_MAX);
	if (s->arrival != ARRIVAL_CLOSED && (!(s->rate_per_s > 0) ||
	    s->rate_end_per_s <= 0))
		return diag_warnx("%s: rate_per_s: an open loop (arrival %s) "
		    "needs rates above 0", where, arrival_words[s->arrival]);
	if ((s->turn == -1) != (s->turns == -1) || s->turn > s->turns)
		return diag_warnx("%s: turn: expected turn and turns, "
		    "1 <= turn <= turns", where);
	return 0;
}

/* The line as a tree, when it is one of a plan. */
static cJSON *
plan_line(const char *line, size_t len, const char *where)
{
	cJSON *tree = json_parse(line, len);
	const char *type = json_get_str(tree, "type", NULL);

	if (tree == NULL) {
		diag_warnx("%s: not a JSON object; expected a line written by "
		    "'lmsdrive plan'", where);
	} else if (type == NULL || strcmp(type, "plan") != 0) {
		diag_warnx("%s: not a plan line (type '%.40s'); expected the "
		    "output of 'lmsdrive plan'", where,
		    type != NULL ? type : "");
	} else if (json_get_int(tree, "v", 0) != 1) {
		diag_warnx("%s: v: this lmsdrive reads plans of version 1; "
		    "write the plan again", where);
	} else {
		return tree;
	}
	cJSON_Delete(tree);
	return NULL;
}

int
step_read(struct step *s, const char *line, size_t len, const char *where)
{
	const struct field_reader reader = { .where = where };
	cJSON *tree = plan_line(line, len, where);
	int rc;

	if (tree == NULL)
		return -1;
	step_init(s);
	rc = field_read(&step_schema, s, tree, &reader);
	if (rc == 0)
		rc = check(s, where);
	if (rc == -1)
		step_fini(s);
	cJSON_Delete(tree);
	return rc;
}
