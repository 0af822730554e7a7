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
	"auto", "lmstudio", "lmstudio-v0", "openai", "llama-router", NULL
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
	TOP(step, F_COUNT, ANY, 0),
	TOP(op, F_OP, ANY, 0),
	TOP(pair, F_NEED, ANY, 0),
	TOP(kind, F_STR, ANY, 0),
	TOP(variant, F_NEED, ANY, 0),
	TOP(model, F_NEED, ANY, 0),
	TOP(format, F_STR, ANY, 0),
	TOP(scenario, F_STR, ANY, 0),
	TOP(block, F_COUNT, ANY, 0),
	TOP(rep, F_COUNT, ANY, 0),
	TOP(warmup, F_BOOL, REQUEST, 0),

	TOP(idle_ns, F_COUNT, IDLE, 0),
	TOP(idle_cooldown, F_BOOL, IDLE, 0),

	SUB(prompt, name, F_STR, REQUEST, 0),
	SUB(prompt, domain, F_STR, REQUEST, 0),
	SUB(prompt, words, F_COUNT, REQUEST, 0),
	SUB(prompt, target_tokens, F_COUNT, REQUEST, 1),
	SUB(prompt, seed, F_SEED, REQUEST, 0),
	SUB(prompt, is_warm, F_BOOL, REQUEST, 0),
	SUB(prompt, system, F_STR, REQUEST, 0),
	SUB(prompt, text, F_STR, REQUEST, 0),
	SUB(sampling, temperature, F_NUM, REQUEST, 0),
	SUB(sampling, top_p, F_NUM, REQUEST, 0),
	SUB(sampling, top_k, F_COUNT, REQUEST, 0),
	SUB(sampling, seed, F_COUNT, REQUEST, 0),
	SUB(sampling, max_tokens, F_COUNT, REQUEST, 1),
	SUB(sampling, fixed_length, F_BOOL, REQUEST, 0),
	SUB(sampling, reasoning, F_STR, REQUEST, 0),
	TOP(requests, F_COUNT, REQUEST, 1),
	TOP(arrival, F_ARRIVAL, REQUEST, 0),
	TOP(concurrency, F_COUNT, REQUEST, 1),
	TOP(rate_per_s, F_NUM, REQUEST, 0),
	TOP(rate_end_per_s, F_NUM, REQUEST, 0),
	TOP(arrival_seed, F_SEED, REQUEST, 0),
	TOP(duration_ns, F_COUNT, REQUEST, 0),
	TOP(gap_ns, F_COUNT, REQUEST, 0),
	TOP(limit_ns, F_COUNT, REQUEST, 0),
	TOP(turn, F_COUNT, REQUEST, 1),
	TOP(turns, F_COUNT, REQUEST, 1),
	TOP(raw_completion, F_BOOL, REQUEST, 0),
	TOP(cold_connection, F_BOOL, REQUEST, 0),

	TOP(load_options, F_JSON, LOAD, 0),
	TOP(context_length, F_COUNT, ANY, 1),
	TOP(parallel, F_COUNT, ANY, 1),
	SUB(server, url, F_NEED, ANY, 0),
	SUB(server, api, F_API, ANY, 0),
	SUB(server, token_env, F_STR, ANY, 0),
	SUB(server, command, F_ARGV, ANY, 0),
	SUB(server, insecure_loopback, F_BOOL, ANY, 0),
	SUB(timeouts, connect_ns, F_COUNT, ANY, 1),
	SUB(timeouts, first_token_ns, F_COUNT, ANY, 1),
	SUB(timeouts, between_tokens_ns, F_COUNT, ANY, 1),
	SUB(timeouts, load_ns, F_COUNT, ANY, 1),
	TOP(memory_interval_ns, F_COUNT, ANY, 1),
	TOP(config, F_STR, ANY, 0),
	TOP(config_sha256, F_STR, ANY, 0),
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
	s->context_length = s->parallel = -1;
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
		if (step_fields[i].type == F_STR || step_fields[i].type == F_NEED ||
		    step_fields[i].type == F_JSON)
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
	case F_STR:
	case F_NEED:
		json_str(j, f->key, *(char *const *)at);
		break;
	case F_COUNT:
		json_count(j, f->key, *(const int64_t *)at);
		break;
	case F_SEED:
		json_int(j, f->key, (int64_t)*(const uint64_t *)at);
		break;
	case F_NUM:
		json_num(j, f->key, *(const double *)at);
		break;
	case F_BOOL:
		json_bool(j, f->key, *(const bool *)at);
		break;
	case F_OP:
		json_str(j, f->key, step_op_name(s->op));
		break;
	case F_API:
		json_str(j, f->key, api_name(s->server.api));
		break;
	case F_ARRIVAL:
		json_str(j, f->key, arrival_name(s->arrival));
		break;
	case F_ARGV:
		write_argv(j, f->key, s->server.command);
		break;
	case F_JSON:
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
