/*
 * Ollama: a request without a prompt loads, or unloads.  It loads a model anew
 * when a request comes with other options than its own, which OpenAI's API
 * cannot repeat: it takes none from us.  Many servers imitate its lists.
 */

#include "api.h"

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
	m->size_bytes = json_get_int(o, "size", -1);
	m->max_context_length = json_get_int(details, "context_length", -1);
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
	char *body = loading_model_body(model, "0");
	struct reply r;
	cJSON *o = client_call_safely(c, "/api/generate", body, timeout_ns,
	    &r);
	int rc = -1;

	if (json_get_bool(o, "done", false))
		rc = loading_wait_for(c, model, "unloaded",
		    clock_mono_ns() + timeout_ns, error);
	else
		loading_explain(error, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}

const struct server_api api_ollama = {
	.api = API_OLLAMA, .name = "Ollama",
	.list = "/api/tags", .is_list = is_list, .is_it = is_it,
	.models = "models", .key = "name", .read_model = read_model,
	.list_more = list_more, .tells_loaded = true,
	.loads = true, .load = load, .unload = unload,
	.chat = "/v1/chat/completions", .write_body = body_openai,
	.sampling = { API_OPENAI_SAMPLING },
	API_OPENAI_ANSWERS
};
