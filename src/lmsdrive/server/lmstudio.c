/* LM Studio, with its v1 API: named events, loading with options. */

#include "api.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* ---- answers ------------------------------------------------------------- */

static void
take_stats(struct facts *f, const cJSON *stats)
{
	if (!cJSON_IsObject(stats))
		return;
	dialect_count(&f->prompt_tokens, stats, "input_tokens");
	dialect_count(&f->completion_tokens, stats, "total_output_tokens");
	dialect_count(&f->reasoning_tokens, stats, "reasoning_output_tokens");
	dialect_count(&f->cached_tokens, stats, "cached_tokens");
	dialect_draft(f, stats);
	dialect_number(&f->tokens_per_s, stats, "tokens_per_second");
	dialect_number(&f->ttft_s, stats, "time_to_first_token_seconds");
	dialect_number(&f->load_s, stats, "model_load_time_seconds");
	dialect_copy(f->finish, sizeof(f->finish),
	    json_get_str(stats, "stop_reason", NULL));
	if (f->completion_tokens >= 0)
		f->tokens_from = TOKENS_STATS;
}

static void
take_result(struct facts *f, const cJSON *result)
{
	dialect_copy(f->model_served, sizeof(f->model_served),
	    json_get_str(result, "model_instance_id", NULL));
	dialect_copy(f->response_id, sizeof(f->response_id),
	    json_get_str(result, "response_id", NULL));
	take_stats(f, json_get(result, "stats"));
}

/* model_load.* and prompt_processing.*: 0 at start, 1 at end. */
static size_t
phase(struct piece *pieces, enum chunk_kind kind, const char *what,
    const cJSON *o)
{
	if (strcmp(what, "start") == 0)
		return dialect_mark(pieces, kind, 0);
	if (strcmp(what, "end") == 0)
		return dialect_mark(pieces, kind, 1);
	return dialect_mark(pieces, kind, json_get_num(o, "progress", NAN));
}

static size_t
delta(struct facts *f, struct piece *pieces, enum chunk_kind kind,
    const char *what, const cJSON *o)
{
	size_t n;

	if (strcmp(what, "delta") != 0)
		return dialect_mark(pieces, CHUNK_OTHER, NAN);
	n = dialect_text(f, pieces, 0, kind, json_get(o, "content"));
	return n > 0 ? n : dialect_mark(pieces, kind, NAN);
}

/* The part of type behind "prefix.", or NULL. */
static const char *
behind(const char *type, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(type, prefix, n) == 0 && type[n] == '.' ?
	    type + n + 1 : NULL;
}

static size_t
take_event(struct facts *f, const char *type, const cJSON *o,
    struct piece *pieces)
{
	const char *what;

	if ((what = behind(type, "message")) != NULL)
		return delta(f, pieces, CHUNK_CONTENT, what, o);
	if ((what = behind(type, "reasoning")) != NULL)
		return delta(f, pieces, CHUNK_REASONING, what, o);
	if ((what = behind(type, "prompt_processing")) != NULL)
		return phase(pieces, CHUNK_PREFILL, what, o);
	if ((what = behind(type, "model_load")) != NULL) {
		dialect_number(&f->load_s, o, "load_time_seconds");
		return phase(pieces, CHUNK_LOAD, what, o);
	}
	if (behind(type, "tool_call") != NULL)
		return dialect_mark(pieces, CHUNK_TOOL, NAN);
	if (strcmp(type, "chat.start") == 0) {
		take_result(f, o);
		return dialect_mark(pieces, CHUNK_ROLE, NAN);
	}
	if (strcmp(type, "chat.end") == 0) {
		f->is_closed = true;
		take_result(f, json_get(o, "result"));
		return dialect_mark(pieces, CHUNK_USAGE, NAN);
	}
	return 0;
}

static size_t
take_item(struct facts *f, struct piece *pieces, size_t n, const cJSON *item)
{
	return dialect_text(f, pieces, n, strcmp(json_get_str(item, "type",
	    ""), "reasoning") == 0 ? CHUNK_REASONING : CHUNK_CONTENT,
	    json_get(item, "content"));
}

static const struct dialect dialect = {
	.take = take_event, .answer = "output", .take_item = take_item,
	.take_rest = take_result
};

/* ---- its models ---------------------------------------------------------- */

bool
lmstudio_is_greeting(const cJSON *o)
{
	return json_get_bool(o, "lmstudio", false);
}

static bool
is_list(const cJSON *o)
{
	const cJSON *m = json_get(o, "models"), *first;

	if (!cJSON_IsArray(m))
		return false;
	first = cJSON_GetArrayItem(m, 0);
	/* Ollama's and llama-server's "models" have no key. */
	return first == NULL || json_get_str(first, "key", NULL) != NULL;
}

static void
read_model(struct model *m, const cJSON *o)
{
	const cJSON *q = json_get(o, "quantization"), *i, *config;
	struct model_instance *is;
	const char *id;

	m->type = model_text(o, "type");
	m->format = model_text(o, "format");
	m->architecture = model_text(o, "architecture");
	m->params = model_text(o, "params_string");
	m->quantization = model_text(q, "name");
	dialect_number(&m->bits_per_weight, q, "bits_per_weight");
	dialect_count(&m->size_bytes, o, "size_bytes");
	dialect_count(&m->max_context_length, o, "max_context_length");
	m->is_remote = model_is_elsewhere(o);
	cJSON_ArrayForEach(i, json_get(o, "loaded_instances"))
		if ((id = json_get_str(i, "id", NULL)) != NULL) {
			is = model_add_instance(m, id);
			config = json_get(i, "config");
			dialect_count(&is->context_length, config,
			    "context_length");
			dialect_count(&is->parallel, config, "parallel");
			model_add_options(&is->options, config);
			m->is_remote |= model_is_elsewhere(i);
		}
}

static int
load(struct client *c, const struct load_request *q,
    struct loading_result *out)
{
	char *body = loading_body(q->model, q->options, q->context_length);
	struct reply r;
	cJSON *o = client_call(c, "/api/v1/models/load", body, q->timeout_ns,
	    &r);
	const char *id = json_get_str(o, "instance_id", NULL);
	const cJSON *config = json_get(o, "load_config");
	int rc = 0;

	if (id == NULL || id[0] == '\0')
		rc = loading_failed(out, &r);
	else {
		loading_take_instance(out, id);
		dialect_number(&out->server_load_s, o, "load_time_seconds");
		dialect_count(&out->context_length, config, "context_length");
		dialect_count(&out->parallel, config, "parallel");
		model_add_options(&out->options, config);
	}
	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}

static int
unload(struct client *c, const char *instance, int64_t timeout_ns,
    char *error)
{
	struct buf body = BUF_INIT;
	struct json j;

	json_begin(&j, &body);
	json_str(&j, "instance_id", instance);
	json_close(&j);
	return loading_tell(c, "/api/v1/models/unload", buf_steal(&body),
	    "instance_id", timeout_ns, error);
}

int
lmstudio_runtime(struct client *c, const char *instance, char *out,
    size_t cap)
{
	struct piece pieces[PIECES_MAX];
	struct facts f;
	struct reply r;

	cJSON_Delete(loading_one_token(c, "/api/v0/chat/completions",
	    instance, 60 * NS_PER_S, &r));
	facts_init(&f);
	dialect_body(&f, &dialect_openai, r.body.data, r.body.len, pieces);
	snprintf(out, cap, "%s", f.runtime);
	facts_fini(&f);
	reply_fini(&r);
	return out[0] != '\0' ? 0 : -1;
}

/* ---- requests ------------------------------------------------------------ */

/* It refuses keys it does not know: no seed. */
static void
write_body(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	json_str(j, "input", prompt);
	if (s->prompt.system != NULL)
		json_str(j, "system_prompt", s->prompt.system);
	json_bool(j, "stream", true);
	json_bool(j, "store", h != NULL);
	if (h != NULL && h->response_id != NULL)
		json_str(j, "previous_response_id", h->response_id);
	if (s->sampling.reasoning != NULL)
		json_str(j, "reasoning", s->sampling.reasoning);
}

/* Raw completions exist in OpenAI's dialect only. */
const struct server_api api_lmstudio = {
	.api = API_LMSTUDIO, .name = "LM Studio",
	.greeting = "/lmstudio-greeting", .is_greeting = lmstudio_is_greeting,
	.list = "/api/v1/models", .is_list = is_list,
	.models = "models", .key = "key", .read_model = read_model,
	.tells_loaded = true,
	.loads = true, .takes_options = true, .load = load, .unload = unload,
	.runtime = lmstudio_runtime,
	.chat = "/api/v1/chat", .raw = &api_lmstudio_v0,
	.write_body = write_body,
	.sampling = { [SAMPLING_TEMPERATURE] = "temperature",
	    [SAMPLING_TOP_P] = "top_p", [SAMPLING_TOP_K] = "top_k",
	    [SAMPLING_MIN_P] = "min_p",
	    [SAMPLING_REPEAT_PENALTY] = "repeat_penalty",
	    [SAMPLING_MAX_TOKENS] = "max_output_tokens" },
	.dialect = &dialect
};
