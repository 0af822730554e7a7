/*
 * Ollama: a request without a prompt loads, or unloads.  Chat goes through its
 * own API, a line of JSON for each token, since OpenAI's has no word for the
 * penalty that it applies by itself.  It loads a model anew when a request
 * comes with another context than it has, so no load option is sent.  Many
 * servers imitate its lists.
 */

#include "api.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "xalloc.h"

/* llama-server shows the same to tools made for Ollama, beside its own. */
static bool
is_list(const cJSON *o)
{
	const cJSON *m = json_get(o, "models"), *first;

	if (!cJSON_IsArray(m) || json_get(o, "data") != NULL)
		return false;
	first = cJSON_GetArrayItem(m, 0);
	return first == NULL || (json_get_str(first, "name", NULL) != NULL &&
	    json_get_str(first, "digest", NULL) != NULL);
}

/* The one thing that its imitators leave out. */
static bool
is_it(struct client *c)
{
	static const char words[] = "Ollama is running";
	struct reply r;
	bool is;

	cJSON_Delete(client_call_safely(c, "/", NULL, 0, &r));
	is = c->wanted == API_OLLAMA || (r.body.len >= strlen(words) &&
	    memcmp(r.body.data, words, strlen(words)) == 0);
	reply_fini(&r);
	if (is)
		api_ask_version(c, "/api/version", "version");
	return is;
}

/* Safetensors are what it runs with MLX. */
static void
read_model(struct model *m, const cJSON *o)
{
	const cJSON *details = json_get(o, "details");
	const char *format = json_get_str(details, "format", NULL);

	if (format != NULL)
		m->format = xstrdup(strcmp(format, "safetensors") == 0 ?
		    "mlx" : format);
	m->architecture = model_text(details, "family");
	m->params = model_text(details, "parameter_size");
	m->quantization = model_text(details, "quantization_level");
	dialect_count(&m->size_bytes, o, "size");
	dialect_count(&m->max_context_length, details, "context_length");
	m->is_remote = model_names_device(json_get(o, "remote_host"));
	m->status = xstrdup("unloaded");
}

/* What runs is listed apart from what there is. */
static int
list_more(struct client *c, struct models *m, char *error)
{
	struct reply r;
	cJSON *o = client_call_safely(c, "/api/ps", NULL, 0, &r);
	int rc = models_add_running(m, &api_ollama, o);

	if (rc == -1) {
		loading_explain(error, &r);
		models_fini(m);
	}
	cJSON_Delete(o);
	reply_fini(&r);
	return rc;
}

static int
load(struct client *c, const struct load_request *q,
    struct loading_result *out)
{
	/* Stay until told to go. */
	char *body = loading_model_body(q->model, "-1");
	struct reply r;
	cJSON *o = client_call(c, "/api/generate", body, q->timeout_ns, &r);
	int rc = json_get_bool(o, "done", false) ? 0 :
	    loading_failed(out, &r);

	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}

static int
unload(struct client *c, const char *model, int64_t timeout_ns, char *error)
{
	return loading_tell(c, "/api/generate", loading_model_body(model, "0"),
	    "done", timeout_ns, error) == -1 ? -1 :
	    loading_wait_for(c, model, "unloaded", clock_mono_ns() +
	    timeout_ns, error);
}

/* ---- what it has --------------------------------------------------------- */

/* "repeat_penalty    1.1", a line for each; what may be several is none of
 * ours. */
static cJSON *
parameters_of(const char *lines)
{
	cJSON *o = cJSON_CreateObject();
	char key[64];
	double v;

	while (lines != NULL) {
		if (sscanf(lines, "%63s %lf", key, &v) == 2)
			cJSON_AddNumberToObject(o, key, v);
		lines = strchr(lines, '\n');
		lines += lines != NULL;
	}
	return o;
}

/* What holds for what a request leaves out, as far as the model says. */
static void
read_back(struct client *c, struct loading_result *out)
{
	char *body = loading_model_body(out->instance, NULL);
	cJSON *o = client_ask(c, "/api/show", body);
	cJSON *own = parameters_of(json_get_str(o, "parameters", NULL));

	loading_read_sampling(out, c->api, own);
	dialect_count(&out->parameters, json_get(o, "model_info"),
	    "general.parameter_count");
	cJSON_Delete(own);
	cJSON_Delete(o);
	free(body);
}

/* ---- chat ---------------------------------------------------------------- */

static void
write_body(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	const char *reasoning = s->sampling.reasoning;

	body_messages(j, s, prompt, h);
	json_bool(j, "stream", true);
	json_int(j, "keep_alive", -1);	/* stay until told to go */
	if (reasoning == NULL)
		return;
	if (strcmp(reasoning, "off") == 0 || strcmp(reasoning, "on") == 0)
		json_bool(j, "think", strcmp(reasoning, "on") == 0);
	else
		json_str(j, "think", reasoning);
}

static double
seconds(const cJSON *o, const char *key)
{
	return json_get_num(o, key, NAN) / 1e9;
}

/* Durations in nanoseconds. */
static void
take_figures(struct facts *f, const cJSON *o)
{
	double took = seconds(o, "eval_duration");

	dialect_count(&f->prompt_tokens, o, "prompt_eval_count");
	dialect_count(&f->completion_tokens, o, "eval_count");
	if (f->completion_tokens >= 0)
		f->tokens_from = TOKENS_STATS;
	if (took > 0 && f->completion_tokens > 0)
		f->tokens_per_s = (double)f->completion_tokens / took;
	dialect_load(f, seconds(o, "load_duration"));
	f->prefill_s = seconds(o, "prompt_eval_duration");
}

/* A line of a stream; in one piece it is the same object, with all of it. */
static size_t
take(struct facts *f, const char *type, const cJSON *o, struct piece *pieces)
{
	const cJSON *message = json_get(o, "message"), *call;
	bool is_over = json_get_bool(o, "done", false);
	size_t n = 0;

	(void)type;
	dialect_copy(f->model_served, sizeof(f->model_served),
	    json_get_str(o, "model", NULL));
	n = dialect_text(f, pieces, n, CHUNK_REASONING,
	    json_get(message, "thinking"));
	n = dialect_text(f, pieces, n, CHUNK_CONTENT,
	    json_get(message, "content"));
	cJSON_ArrayForEach(call, json_get(message, "tool_calls"))
		n = dialect_call(f, pieces, n, -1, json_get(call, "id"),
		    json_get(json_get(call, "function"), "name"),
		    json_get(json_get(call, "function"), "arguments"));
	if (is_over) {
		f->is_closed = true;
		dialect_copy(f->finish, sizeof(f->finish),
		    json_get_str(o, "done_reason", NULL));
		take_figures(f, o);
	}
	return n > 0 || (message == NULL && !is_over) ? n :
	    dialect_mark(pieces, is_over ? CHUNK_USAGE : CHUNK_OTHER, NAN);
}

static const struct dialect dialect = { .take = take, .answer = "message" };

/* Raw completions exist in OpenAI's dialect only. */
static const struct server_api raw = {
	.api = API_OLLAMA, .name = "Ollama",
	.chat = "/v1/chat/completions", .write_body = body_openai,
	.sampling = { API_OPENAI_SAMPLING }, .dialect = &dialect_openai
};

const struct server_api api_ollama = {
	.api = API_OLLAMA, .name = "Ollama",
	.list = "/api/tags", .is_list = is_list, .is_it = is_it,
	.models = "models", .key = "name", .read_model = read_model,
	.list_more = list_more, .tells_loaded = true,
	.loads = true, .load = load, .unload = unload, .read_back = read_back,
	.chat = "/api/chat", .raw = &raw, .write_body = write_body,
	.sampling_in = "options",
	.sampling = { [SAMPLING_TEMPERATURE] = "temperature",
	    [SAMPLING_TOP_P] = "top_p", [SAMPLING_TOP_K] = "top_k",
	    [SAMPLING_MIN_P] = "min_p", [SAMPLING_SEED] = "seed",
	    [SAMPLING_REPEAT_PENALTY] = "repeat_penalty",
	    [SAMPLING_PRESENCE_PENALTY] = "presence_penalty",
	    [SAMPLING_FREQUENCY_PENALTY] = "frequency_penalty",
	    [SAMPLING_MAX_TOKENS] = "num_predict" },
	.dialect = &dialect
};
