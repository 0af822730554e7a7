#include "step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "step_table.h"
#include "xalloc.h"

const char *const step_op_words[] = {
	"load", "unload", "idle", "request", NULL
};
const char *const step_api_words[] = {
	"auto", "lmstudio", "lmstudio-v0", "openai", "llama-router",
	"ollama", NULL
};
const char *const step_arrival_words[] = {
	"closed", "constant", "poisson", NULL
};

enum { LOAD = 1 << OP_LOAD, IDLE = 1 << OP_IDLE, REQUEST = 1 << OP_REQUEST,
	ANY = LOAD | IDLE | REQUEST | 1 << OP_UNLOAD };

#define TOP(key, type, ops, lo) \
	{ NULL, #key, type, ops, offsetof(struct step, key), lo }
#define SUB(group, key, type, ops, lo) \
	{ #group, #key, type, ops, offsetof(struct step, group.key), lo }

const struct step_field step_fields[STEP_FIELDS] = {
	TOP(step, STEP_COUNT, ANY, 0),
	TOP(op, STEP_OP, ANY, 0),
	TOP(pair, STEP_NEED, ANY, 0),
	TOP(kind, STEP_STR, ANY, 0),
	TOP(variant, STEP_NEED, ANY, 0),
	TOP(model, STEP_NEED, ANY, 0),
	TOP(format, STEP_STR, ANY, 0),
	TOP(scenario, STEP_STR, ANY, 0),
	TOP(block, STEP_COUNT, ANY, 0),
	TOP(rep, STEP_COUNT, ANY, 0),
	TOP(warmup, STEP_BOOL, REQUEST, 0),

	TOP(idle_ns, STEP_COUNT, IDLE, 0),
	TOP(idle_cooldown, STEP_BOOL, IDLE, 0),

	SUB(prompt, name, STEP_STR, REQUEST, 0),
	SUB(prompt, domain, STEP_STR, REQUEST, 0),
	SUB(prompt, words, STEP_COUNT, REQUEST, 0),
	SUB(prompt, target_tokens, STEP_COUNT, REQUEST, 1),
	SUB(prompt, seed, STEP_SEED, REQUEST, 0),
	SUB(prompt, is_warm, STEP_BOOL, REQUEST, 0),
	SUB(prompt, system, STEP_STR, REQUEST, 0),
	SUB(prompt, text, STEP_STR, REQUEST, 0),
	SUB(sampling, temperature, STEP_NUM, REQUEST, 0),
	SUB(sampling, top_p, STEP_NUM, REQUEST, 0),
	SUB(sampling, top_k, STEP_COUNT, REQUEST, 0),
	SUB(sampling, seed, STEP_COUNT, REQUEST, 0),
	SUB(sampling, max_tokens, STEP_COUNT, REQUEST, 1),
	SUB(sampling, fixed_length, STEP_BOOL, REQUEST, 0),
	SUB(sampling, reasoning, STEP_STR, REQUEST, 0),
	TOP(requests, STEP_COUNT, REQUEST, 1),
	TOP(arrival, STEP_ARRIVAL, REQUEST, 0),
	TOP(concurrency, STEP_COUNT, REQUEST, 1),
	TOP(rate_per_s, STEP_NUM, REQUEST, 0),
	TOP(rate_end_per_s, STEP_NUM, REQUEST, 0),
	TOP(arrival_seed, STEP_SEED, REQUEST, 0),
	TOP(duration_ns, STEP_COUNT, REQUEST, 0),
	TOP(gap_ns, STEP_COUNT, REQUEST, 0),
	TOP(limit_ns, STEP_COUNT, REQUEST, 0),
	TOP(turn, STEP_COUNT, REQUEST, 1),
	TOP(turns, STEP_COUNT, REQUEST, 1),
	TOP(raw_completion, STEP_BOOL, REQUEST, 0),
	TOP(cold_connection, STEP_BOOL, REQUEST, 0),
	SUB(tolerance, prompt_tokens_ratio, STEP_NUM, REQUEST, 0),

	TOP(load_options, STEP_JSON, LOAD | REQUEST, 0),
	TOP(context_length, STEP_COUNT, ANY, 1),
	TOP(parallel, STEP_COUNT, ANY, 1),
	TOP(cache_budget_bytes, STEP_COUNT, LOAD, 0),
	SUB(server, url, STEP_NEED, ANY, 0),
	SUB(server, api, STEP_API, ANY, 0),
	SUB(server, token_env, STEP_STR, ANY, 0),
	SUB(server, command, STEP_ARGV, ANY, 0),
	SUB(server, insecure_loopback, STEP_BOOL, ANY, 0),
	SUB(server, keep_loaded, STEP_BOOL, ANY, 0),
	SUB(timeouts, connect_ns, STEP_COUNT, ANY, 1),
	SUB(timeouts, first_token_ns, STEP_COUNT, ANY, 1),
	SUB(timeouts, between_tokens_ns, STEP_COUNT, ANY, 1),
	SUB(timeouts, load_ns, STEP_COUNT, ANY, 1),
	TOP(memory_interval_ns, STEP_COUNT, ANY, 1),
	TOP(config, STEP_STR, ANY, 0),
	TOP(config_sha256, STEP_STR, ANY, 0),
};

const char *
step_op_name(enum step_op op)
{
	return step_op_words[op];
}

const char *
api_name(enum api api)
{
	return step_api_words[api];
}

const char *
arrival_name(enum arrival a)
{
	return step_arrival_words[a];
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
	s->sampling.temperature = s->sampling.top_p = NAN;
	s->sampling.top_k = s->sampling.seed = -1;
	s->sampling.max_tokens = 256;
	s->prompt.target_tokens = -1;
	s->tolerance.prompt_tokens_ratio = NAN;
	s->requests = s->concurrency = 1;
	s->rate_per_s = s->rate_end_per_s = NAN;
	s->duration_ns = s->limit_ns = -1;
	s->turn = s->turns = -1;
}

void
step_free_argv(char **argv)
{
	size_t i;

	for (i = 0; argv != NULL && argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}

void
step_fini(struct step *s)
{
	char *base = (char *)s;
	size_t i;

	for (i = 0; i < STEP_FIELDS; i++)
		if (step_fields[i].type == STEP_STR || step_fields[i].type == STEP_NEED ||
		    step_fields[i].type == STEP_JSON)
			free(*(char **)(void *)(base + step_fields[i].offset));
	step_free_argv(s->server.command);
	memset(s, 0, sizeof(*s));
}

/* ---- writing ---------------------------------------------------------- */

static void
write_argv(struct json *j, const char *key, char *const *argv)
{
	if (argv == NULL) {
		json_null(j, key);
		return;
	}
	json_array(j, key);
	for (; *argv != NULL; argv++)
		json_str(j, NULL, *argv);
	json_close(j);
}

static void
write_field(struct json *j, const struct step_field *f, const struct step *s)
{
	const void *at = (const char *)s + f->offset;
	const char *text;

	switch (f->type) {
	case STEP_STR:
	case STEP_NEED:
		json_str(j, f->key, *(char *const *)at);
		break;
	case STEP_COUNT:
		json_count(j, f->key, *(const int64_t *)at);
		break;
	case STEP_SEED:
		json_int(j, f->key, (int64_t)*(const uint64_t *)at);
		break;
	case STEP_NUM:
		json_num(j, f->key, *(const double *)at);
		break;
	case STEP_BOOL:
		json_bool(j, f->key, *(const bool *)at);
		break;
	case STEP_OP:
		json_str(j, f->key, step_op_name(s->op));
		break;
	case STEP_API:
		json_str(j, f->key, api_name(s->server.api));
		break;
	case STEP_ARRIVAL:
		json_str(j, f->key, arrival_name(s->arrival));
		break;
	case STEP_ARGV:
		write_argv(j, f->key, s->server.command);
		break;
	case STEP_JSON:
		text = *(char *const *)at;
		if (text == NULL)
			json_null(j, f->key);
		else
			json_raw(j, f->key, text, strlen(text));
		break;
	}
}

void
step_write(struct buf *out, const struct step *s)
{
	const char *group = NULL;
	struct json j;
	size_t i;

	json_init(&j, out);
	json_object(&j, NULL);
	json_str(&j, "type", "plan");
	json_int(&j, "v", 1);
	for (i = 0; i < STEP_FIELDS; i++) {
		if ((step_fields[i].ops & 1 << s->op) == 0)
			continue;
		if (group != step_fields[i].group && group != NULL)
			json_close(&j);
		if (group != step_fields[i].group && step_fields[i].group != NULL)
			json_object(&j, step_fields[i].group);
		group = step_fields[i].group;
		write_field(&j, &step_fields[i], s);
	}
	json_end_line(&j);
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
step_is_same_case(const struct step *a, const struct step *b)
{
	return a != NULL && a->block == b->block && same(a->pair, b->pair) &&
	    same(a->variant, b->variant) && same(a->scenario, b->scenario);
}

/* Equal as JSON, whatever the order of the members. */
static bool
same_json(const char *a, const char *b)
{
	cJSON *x, *y;
	bool is_same;

	if (a == NULL || b == NULL || strcmp(a, b) == 0)
		return same(a, b);
	x = json_parse(a, strlen(a));
	y = json_parse(b, strlen(b));
	is_same = cJSON_Compare(x, y, true);
	cJSON_Delete(x);
	cJSON_Delete(y);
	return is_same;
}

bool
step_is_same_load(const struct step *a, const struct step *b)
{
	bool is_own = same(a->pair, b->pair) && same(a->variant, b->variant);

	if (!same(a->model, b->model))
		return false;
	if (b->op == OP_UNLOAD)
		return is_own;
	if (is_own && b->load_options == NULL && b->context_length < 0)
		return true;
	return a->context_length == b->context_length &&
	    same_json(a->load_options, b->load_options);
}
