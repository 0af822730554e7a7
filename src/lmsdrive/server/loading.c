#include "loading_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "dialect.h"
#include "xalloc.h"

bool
loading_is_possible(const struct client *c)
{
	return c->api == API_LMSTUDIO || c->api == API_LLAMA_ROUTER ||
	    c->api == API_OLLAMA;
}

bool
loading_takes_options(const struct client *c)
{
	return c->api == API_LMSTUDIO;
}

char *
loading_body(const char *model, const char *options, int64_t context_length,
    bool echo)
{
	cJSON *o = options != NULL ? json_parse(options, strlen(options)) :
	    NULL;
	const cJSON *item;
	struct buf out = BUF_INIT;
	struct json j;
	char *text;

	json_init(&j, &out);
	json_object(&j, NULL);
	json_str(&j, "model", model);
	cJSON_ArrayForEach(item, o) {
		text = cJSON_PrintUnformatted(item);
		if (strcmp(item->string, "model") != 0)
			json_raw(&j, item->string, text, strlen(text));
		free(text);
	}
	if (context_length >= 0 && json_get(o, "context_length") == NULL)
		json_int(&j, "context_length", context_length);
	if (echo && json_get(o, "echo_load_config") == NULL)
		json_bool(&j, "echo_load_config", true);
	json_close(&j);
	cJSON_Delete(o);
	return buf_steal(&out);
}

static int
load_v1(struct client *c, const char *body, int64_t timeout_ns,
    struct loading_result *out)
{
	struct reply r;
	cJSON *o = client_call(c, "/api/v1/models/load", body, timeout_ns, &r);
	const char *id = json_get_str(o, "instance_id", NULL);
	int rc = 0;

	if (id == NULL)
		rc = loading_failed(out, &r);
	else {
		snprintf(out->instance, sizeof(out->instance), "%s", id);
		out->server_load_s = json_get_num(o, "load_time_seconds", NAN);
		out->context_length = json_get_int(json_get(o, "load_config"),
		    "context_length", -1);
	}
	cJSON_Delete(o);
	reply_fini(&r);
	return rc;
}

static int
unload_v1(struct client *c, const char *instance, int64_t timeout_ns,
    char *error)
{
	struct buf body = BUF_INIT;
	struct json j;
	struct reply r;
	cJSON *o;
	int rc = 0;

	json_init(&j, &body);
	json_object(&j, NULL);
	json_str(&j, "instance_id", instance);
	json_close(&j);
	o = client_call_safely(c, "/api/v1/models/unload", buf_cstr(&body),
	    timeout_ns, &r);
	if (json_get_str(o, "instance_id", NULL) == NULL) {
		loading_explain(error, &r);
		rc = -1;
	}
	cJSON_Delete(o);
	reply_fini(&r);
	buf_fini(&body);
	return rc;
}

int
loading_load(struct client *c, const char *model, const char *options,
    int64_t context_length, int64_t timeout_ns, struct loading_result *r)
{
	char *body;
	int rc;

	*r = (struct loading_result){ .server_load_s = NAN,
	    .context_length = -1, .parallel = -1 };
	if (c->api == API_LLAMA_ROUTER)
		return router_load(c, model, timeout_ns, r);
	if (c->api == API_OLLAMA)
		return ollama_load(c, model, timeout_ns, r);
	body = loading_body(model, options, context_length, true);
	rc = load_v1(c, body, timeout_ns, r);
	free(body);
	return rc;
}

int
loading_unload(struct client *c, const char *instance, int64_t timeout_ns,
    char *error)
{
	return c->api == API_LLAMA_ROUTER ?
	    router_unload(c, instance, timeout_ns, error) :
	    c->api == API_OLLAMA ?
	    ollama_unload(c, instance, timeout_ns, error) :
	    unload_v1(c, instance, timeout_ns, error);
}

/* The body of a request for one token; heap string. */
static char *
one_token(const char *model)
{
	struct buf body = BUF_INIT;
	struct json j;

	json_init(&j, &body);
	json_object(&j, NULL);
	json_str(&j, "model", model);
	json_array(&j, "messages");
	json_object(&j, NULL);
	json_str(&j, "role", "user");
	json_str(&j, "content", "Hi");
	json_close(&j);
	json_close(&j);
	json_int(&j, "max_tokens", 1);
	json_num(&j, "temperature", 0);
	json_bool(&j, "stream", false);
	json_close(&j);
	return buf_steal(&body);
}

int
loading_touch(struct client *c, const char *model, int64_t timeout_ns,
    struct loading_result *r)
{
	struct reply reply;
	char *body;
	cJSON *o;
	int rc = 0;

	if (c->kind == SERVER_LLAMA)
		return llama_await(c, timeout_ns, r);
	if (c->kind != SERVER_MLX_LM)
		return 0;
	body = one_token(model);
	o = client_call(c, "/v1/chat/completions", body, timeout_ns, &reply);
	if (!cJSON_IsArray(json_get(o, "choices")))
		rc = loading_failed(r, &reply);
	cJSON_Delete(o);
	reply_fini(&reply);
	free(body);
	return rc;
}

int
loading_runtime(struct client *c, const char *instance, char *out, size_t cap)
{
	struct piece pieces[PIECES_MAX];
	struct facts f;
	struct reply r;
	char *body;

	if (c->api != API_LMSTUDIO && c->api != API_LMSTUDIO_V0) {
		snprintf(out, cap, "%s", c->runtime);
		return out[0] != '\0' ? 0 : -1;
	}
	body = one_token(instance);
	cJSON_Delete(client_call(c, "/api/v0/chat/completions", body,
	    60 * NS_PER_S, &r));
	facts_init(&f);
	dialect_openai_body(&f, r.body.data, r.body.len, pieces);
	snprintf(out, cap, "%s", f.runtime);
	facts_fini(&f);
	reply_fini(&r);
	free(body);
	return out[0] != '\0' ? 0 : -1;
}
