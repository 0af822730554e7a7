#include "loading.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "dialect.h"
#include "xalloc.h"

#define ROUTER_POLL_NS (50 * NS_PER_MS)

/* Why a call failed, from the transport, the status and the body. */
static void
explain(char *error, const struct reply *r)
{
	struct facts f;

	if (r->result.curl != 0) {
		snprintf(error, LOADING_ERROR_CAP, "%s", r->error);
		return;
	}
	facts_init(&f);
	dialect_error_body(&f, r->result.http, r->body.data, r->body.len);
	snprintf(error, LOADING_ERROR_CAP, "%s%s%s", f.error_type,
	    f.error_type[0] != '\0' ? ": " : "", f.error);
	facts_fini(&f);
}

static const char *
list_path(enum api api)
{
	return api == API_LMSTUDIO ? "/api/v1/models" :
	    api == API_LMSTUDIO_V0 ? "/api/v0/models" :
	    api == API_LLAMA_ROUTER ? "/models" : "/v1/models";
}

int
loading_list(struct client *c, struct models *m, char *error)
{
	struct reply r;
	cJSON *o = client_call_safely(c, list_path(c->api), NULL, 0, &r);
	int rc = models_parse(m, c->api, o);

	if (rc == -1)
		explain(error, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	return rc;
}

bool
loading_is_possible(const struct client *c)
{
	return c->api == API_LMSTUDIO || c->api == API_LLAMA_ROUTER;
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

/* LM Studio's guard says "insufficient system resources". */
static bool
is_refusal(const char *error)
{
	static const char *const words[] = {
		"insufficient", "guardrail", "not enough memory",
		"would exceed"
	};
	size_t i, k, n;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i]);
		for (k = 0; error[k] != '\0'; k++)
			if (strncasecmp(error + k, words[i], n) == 0)
				return true;
	}
	return false;
}

static int
failed(struct loading_result *out, const struct reply *r)
{
	out->is_cancelled = r->is_cancelled;
	out->is_transport = r->result.curl != 0 && !r->is_cancelled;
	explain(out->error, r);
	out->is_refused = is_refusal(out->error);
	return -1;
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
		rc = failed(out, &r);
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

/* The router's status of a model: "loaded", "loading", "failed", ... */
static int
router_status(struct client *c, const char *model, char *out, size_t cap,
    char *error)
{
	struct models m;
	const struct model *e;

	if (loading_list(c, &m, error) == -1)
		return -1;
	e = models_find(&m, model);
	snprintf(out, cap, "%s", e == NULL ? "not listed" :
	    e->status == NULL ? "unknown" : e->status);
	models_fini(&m);
	return 0;
}

/* The router loads in the background: look until it is done. */
static int
router_wait(struct client *c, const char *model, const char *wanted,
    int64_t until_ns, char *error)
{
	struct loop *loop = net_loop(c->net);
	bool was_over = loop_is_over(loop), was_loading = false;
	char status[64];
	int64_t pause_ns;

	for (;;) {
		if (router_status(c, model, status, sizeof(status), error) ==
		    -1)
			return -1;
		if (strcmp(status, wanted) == 0 ||
		    (strcmp(wanted, "unloaded") == 0 &&
		    strcmp(status, "failed") == 0))
			return 0;
		was_loading |= strcmp(status, "loading") == 0;
		if (strcmp(status, "failed") == 0 ||
		    (was_loading && strcmp(status, "unloaded") == 0) ||
		    strcmp(status, "not listed") == 0 ||
		    clock_mono_ns() > until_ns ||
		    (!was_over && loop_is_over(loop))) {
			snprintf(error, LOADING_ERROR_CAP, "the router says "
			    "of %s: %s, and not %s", model, status, wanted);
			return -1;
		}
		pause_ns = clock_mono_ns() + ROUTER_POLL_NS;
		while (clock_mono_ns() < pause_ns &&
		    (was_over || !loop_is_over(loop)))
			net_turn(c->net, pause_ns);
	}
}

static int
load_router(struct client *c, const char *model, const char *body,
    int64_t timeout_ns, struct loading_result *out)
{
	int64_t until = clock_mono_ns() + timeout_ns;
	struct reply r;
	cJSON *o = client_call(c, "/models/load", body, timeout_ns, &r);
	int rc = -1;

	if (o == NULL || json_get(o, "error") != NULL)
		failed(out, &r);
	else
		rc = router_wait(c, model, "loaded", until, out->error);
	out->is_cancelled = rc == -1 && loop_is_over(net_loop(c->net));
	snprintf(out->instance, sizeof(out->instance), "%s", model);
	cJSON_Delete(o);
	reply_fini(&r);
	return rc;
}

int
loading_load(struct client *c, const char *model, const char *options,
    int64_t context_length, int64_t timeout_ns, struct loading_result *r)
{
	char *body;
	int rc;

	*r = (struct loading_result){ .server_load_s = NAN,
	    .context_length = -1 };
	body = loading_body(model, options, context_length,
	    c->api == API_LMSTUDIO);
	rc = c->api == API_LMSTUDIO ? load_v1(c, body, timeout_ns, r) :
	    load_router(c, model, body, timeout_ns, r);
	free(body);
	return rc;
}

int
loading_unload(struct client *c, const char *instance, int64_t timeout_ns,
    char *error)
{
	bool is_v1 = c->api == API_LMSTUDIO;
	struct buf body = BUF_INIT;
	struct json j;
	struct reply r;
	cJSON *o;
	int rc = -1;

	json_init(&j, &body);
	json_object(&j, NULL);
	json_str(&j, is_v1 ? "instance_id" : "model", instance);
	json_close(&j);
	o = client_call_safely(c, is_v1 ? "/api/v1/models/unload" :
	    "/models/unload", buf_cstr(&body), timeout_ns, &r);
	if (o != NULL && json_get(o, "error") == NULL &&
	    (!is_v1 || json_get_str(o, "instance_id", NULL) != NULL))
		rc = is_v1 ? 0 : router_wait(c, instance, "unloaded",
		    clock_mono_ns() + timeout_ns, error);
	else
		explain(error, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	buf_fini(&body);
	return rc;
}

int
loading_runtime(struct client *c, const char *instance, char *out, size_t cap)
{
	struct buf body = BUF_INIT;
	struct piece pieces[PIECES_MAX];
	struct facts f;
	struct reply r;
	struct json j;

	if (c->api != API_LMSTUDIO && c->api != API_LMSTUDIO_V0)
		return -1;
	json_init(&j, &body);
	json_object(&j, NULL);
	json_str(&j, "model", instance);
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
	cJSON_Delete(client_call(c, "/api/v0/chat/completions",
	    buf_cstr(&body), 60 * NS_PER_S, &r));
	facts_init(&f);
	dialect_openai_body(&f, r.body.data, r.body.len, pieces);
	snprintf(out, cap, "%s", f.runtime);
	facts_fini(&f);
	reply_fini(&r);
	buf_fini(&body);
	return out[0] != '\0' ? 0 : -1;
}
