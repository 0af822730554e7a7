/*
 * llama-server: alone, with the model it was started with, and as a router,
 * which loads and unloads in the background.  The router's load call takes no
 * options.
 */

#include "api.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "number.h"
#include "xalloc.h"

#define CALL_OFF_NS (15 * NS_PER_S)	/* a router kills after ten */

/* ---- who it is ----------------------------------------------------------- */

static bool
is_router_list(const cJSON *o)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(o, "data"), 0);

	return api_is_list(o) && cJSON_IsObject(json_get(first, "status"));
}

/* Others that use its name have no /props, or something else there. */
static bool
is_it(struct client *c)
{
	struct reply r;
	cJSON *o = client_call(c, "/props", NULL, 0, &r);
	bool is = json_get(o, "default_generation_settings") != NULL ||
	    json_get(o, "build_info") != NULL ||
	    r.result.http == 503 ||		/* it is loading */
	    r.result.http == 401 || r.result.curl != 0 ||
	    c->wanted == API_LLAMA_ROUTER;

	dialect_copy(c->version, sizeof(c->version),
	    json_get_str(o, "build_info", NULL));
	cJSON_Delete(o);
	reply_fini(&r);
	return is;
}

/* ---- its models ---------------------------------------------------------- */

/* One that sleeps wakes up with the next request. */
static bool
is_in_use(const char *status)
{
	return status != NULL && (strcmp(status, "loaded") == 0 ||
	    strcmp(status, "sleeping") == 0);
}

static void
read_model(struct model *m, const cJSON *o)
{
	const cJSON *status = json_get(o, "status");
	struct model_instance *i;

	api_read_model(m, o);
	m->format = xstrdup("gguf");
	if (m->max_context_length < 0)	/* of what is not in use */
		dialect_count(&m->max_context_length, o, "context_length");
	m->status = model_text(status, "value");
	if (json_get_bool(status, "failed", false)) {
		free(m->status);
		m->status = xstrdup("failed");
		dialect_count(&m->exit_code, status, "exit_code");
	}
	if (is_in_use(m->status)) {	/* the arguments of its server */
		i = model_add_instance(m, m->key);
		options_add_arguments(&i->options, json_get(status, "args"));
		number_int(json_get_str(i->options, "ctx-size", ""), 1,
		    INT64_C(1) << 40, &i->context_length);
		number_int(json_get_str(i->options, "parallel", ""), 1,
		    INT32_MAX, &i->parallel);	/* not -1, as many as fit */
		/* Of all slots, where they do not share it; or it is told. */
		if (i->parallel > 1 && i->context_length > 0 &&
		    json_get(i->options, "kv-unified") == NULL)
			i->context_length /= i->parallel;
		dialect_count(&i->context_length, json_get(o, "meta"),
		    "n_ctx");
	}
}

/* The path of what it says of model; heap string, NULL when the model's name
 * will not go into one. */
static char *
path_of(const struct client *c, const char *what, const char *model)
{
	char *name, *path;

	if (c->api != &api_llama_router)
		return xasprintf("/%s", what);
	if ((name = curl_easy_escape(NULL, model, 0)) == NULL)
		return NULL;
	path = xasprintf("/%s?model=%s&autoload=false", what, name);
	curl_free(name);
	return path;
}

/* What it says there of model, or NULL. */
static cJSON *
ask(struct client *c, const char *what, const char *model)
{
	char *path = path_of(c, what, model);
	cJSON *o = path != NULL ? client_ask(c, path, NULL) : NULL;

	free(path);
	return o;
}

/* Does it draft?  By which means?  The newest tell the first of their slots,
 * and of the means only while one is at work: else "none" says nothing. */
static void
read_speculation(struct loading_result *out, const cJSON *settings,
    const cJSON *slots)
{
	static const char types[] = "speculative.types";
	const cJSON *does = json_get(settings, "speculative"), *means =
	    json_get(json_get(settings, "params"), types);

	if (does == NULL)
		does = json_get(cJSON_GetArrayItem(slots, 0), "speculative");
	options_set(&out->options, "speculative",
	    cJSON_Duplicate(does, false));
	if (strcmp(cJSON_IsString(means) ? means->valuestring : "none",
	    "none") != 0)
		options_set(&out->options, types,
		    cJSON_Duplicate(means, false));
}

/*
 * What else it does to a token, by the words of its command line, where that is
 * not nothing; no request of ours says anything about it.
 */
static void
read_samplers(struct loading_result *out, const cJSON *params)
{
	static const struct {
		const char *key, *option;
		double nothing;
	} samplers[] = {
		{ "repeat_last_n", "repeat-last-n", 64 },
		{ "dry_multiplier", "dry-multiplier", 0 },
		{ "xtc_probability", "xtc-probability", 0 },
		{ "typical_p", "typical-p", 1 },
		{ "top_n_sigma", "top-n-sigma", -1 },
		{ "dynatemp_range", "dynatemp-range", 0 },
		{ "adaptive_target", "adaptive-target", -1 },
		{ "mirostat", "mirostat", 0 }
	};
	double v;

	for (size_t i = 0; i < sizeof(samplers) / sizeof(samplers[0]); i++) {
		v = json_get_num(params, samplers[i].key, samplers[i].nothing);
		if (v != samplers[i].nothing)
			options_set(&out->options, samplers[i].option,
			    cJSON_CreateNumber(loading_short(v)));
	}
}

/* The context a request can use (of one slot), the number of slots, and what
 * holds for what a request leaves out. */
static void
read_back(struct client *c, struct loading_result *out)
{
	cJSON *o = ask(c, "props", out->instance), *slots = NULL;
	const cJSON *settings = json_get(o, "default_generation_settings");
	int64_t n = -1;

	/* It would wake up to tell of its slots. */
	if (json_get_bool(o, "endpoint_slots", false) &&
	    !json_get_bool(o, "is_sleeping", false))
		slots = ask(c, "slots", out->instance);
	dialect_count(&n, settings, "n_ctx");
	if (n > 0)			/* a router's own are zeros */
		out->context_length = n;
	dialect_count(&out->parallel, o, "total_slots");
	loading_read_sampling(out, c->api, json_get(settings, "params"));
	read_speculation(out, settings, slots);
	read_samplers(out, json_get(settings, "params"));
	cJSON_Delete(slots);
	cJSON_Delete(o);
}

/* With --sleep-idle-seconds; to ask does not wake it. */
static bool
is_asleep(struct client *c, const char *model)
{
	cJSON *o = ask(c, "props", model);
	bool is = json_get_bool(o, "is_sleeping", false);

	cJSON_Delete(o);
	return is;
}

/* ---- alone --------------------------------------------------------------- */

/* It lists its model at once, and answers 503 to all else until it has it. */
static int
await(struct client *c, const struct load_request *q,
    struct loading_result *out)
{
	struct loop *loop = net_loop(c->net);
	int64_t begun_ns = clock_mono_ns();
	struct reply r;
	int rc = 1;

	while (rc == 1) {
		cJSON_Delete(client_call(c, "/props", NULL, 0, &r));
		if (r.result.curl != 0)
			rc = loading_failed(out, &r);
		else if (r.result.http != 503)
			rc = 0;
		else if (clock_mono_ns() - begun_ns > q->timeout_ns) {
			rc = loading_failed(out, &r);
			snprintf(out->error, sizeof(out->error), "the server "
			    "still loads its model (timeouts.load)");
		} else
			loading_let_pass(c, begun_ns, false);
		reply_fini(&r);
		if (rc == 1 && loop_is_over(loop)) {
			out->is_cancelled = true;
			rc = -1;
		}
	}
	if (rc == 0)
		api_ask_version(c, "/props", "build_info");
	return rc;
}

/* ---- its router ---------------------------------------------------------- */

static int
unload(struct client *c, const char *model, int64_t timeout_ns, char *error)
{
	return loading_tell(c, "/models/unload", loading_model_body(model,
	    NULL), NULL, timeout_ns, error) == -1 ? -1 :
	    loading_wait_for(c, model, "unloaded", clock_mono_ns() +
	    timeout_ns, error);
}

/* We do not wait for it any more, but it goes on loading. */
static void
call_off(struct client *c, const char *model)
{
	char error[LOADING_ERROR_CAP];
	struct loading_look at;

	if (loading_look(c, model, &at, error) == 0 &&
	    strcmp(at.status, "loading") == 0)
		unload(c, model, CALL_OFF_NS, error);
}

static int
load(struct client *c, const struct load_request *q,
    struct loading_result *out)
{
	int64_t until = clock_mono_ns() + q->timeout_ns;
	char *body = loading_model_body(q->model, NULL);
	struct reply r;
	cJSON *o = client_call(c, "/models/load", body, q->timeout_ns, &r);
	int rc = -1;

	if (o == NULL || json_get(o, "error") != NULL)
		loading_failed(out, &r);
	else if ((rc = loading_wait_for(c, q->model, "loaded", until,
	    out->error)) == -1)
		call_off(c, q->model);
	out->is_cancelled = rc == -1 && loop_is_over(net_loop(c->net));
	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}

/* ---- requests ------------------------------------------------------------ */

static void
write_body(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	body_templated(j, s, prompt, h);
	json_bool(j, "return_progress", true);
	/* What is cached was computed in other batches: near ties turn. */
	if (s->prompt.probe != NULL)
		json_bool(j, "cache_prompt", false);
	body_fixed_length(j, s);
}

#define WAYS .name = "llama-server", .owner = "llamacpp", \
	.header = "llama.cpp", .is_it = is_it, \
	.models = "data", .key = "id", .read_model = read_model, \
	.read_back = read_back, .is_asleep = is_asleep, .tells_build = true, \
	.chat = "/v1/chat/completions", .write_body = write_body, \
	.sampling = { API_MORE_SAMPLING, \
	    [SAMPLING_REPEAT_PENALTY] = "repeat_penalty" }, \
	.draft_tokens = "speculative.n_max", .choices = 100, \
	.dialect = &dialect_openai

const struct server_api api_llama = {
	.api = API_OPENAI, .list = "/v1/models", .is_list = api_is_list,
	.load = await, WAYS
};

const struct server_api api_llama_router = {
	.api = API_LLAMA_ROUTER, .list = "/models", .is_list = is_router_list,
	.tells_loaded = true, .loads = true, .load = load, .unload = unload,
	WAYS
};
