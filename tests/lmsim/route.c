#include "route.h"

#include <microhttpd.h>
#include <string.h>

#include "catalog_api.h"
#include "clock.h"
#include "dialect.h"
#include "job.h"
#include "sim.h"

static void
greet(struct exchange *x)
{
	struct json j;

	json_begin(&j, &x->reply);
	json_bool(&j, "lmstudio", true);
	json_bool(&j, "simulated", true);
	json_str(&j, "version", x->sim->catalogue->version);
	json_end_line(&j);
	exchange_reply(x, 200);
}

static void
health(struct exchange *x)
{
	buf_adds(&x->reply, "{\"status\":\"ok\"}\n");
	exchange_reply(x, 200);
}

static void unexpected(struct exchange *x);

/* Of a router's model, or of the only one that is loaded. */
static const struct instance *
props_of(const struct exchange *x)
{
	const char *key = MHD_lookup_connection_value(x->conn,
	    MHD_GET_ARGUMENT_KIND, "model");
	const struct fleet *f = &x->sim->fleet;

	for (size_t i = 0; i < f->n; i++)
		if (f->items[i]->state == INST_LOADED && (key == NULL ?
		    (x->sim->catalogue->apis & API_ROUTER) == 0 :
		    strcmp(f->items[i]->model->key, key) == 0))
			return f->items[i];
	return NULL;
}

/* llama-server's; the router's own, without a model, says little. */
static void
props(struct exchange *x)
{
	const struct instance *inst = props_of(x);
	struct json j;

	if (x->sim->catalogue->imitates != AS_LLAMA_SERVER &&
	    (x->sim->catalogue->apis & API_ROUTER) == 0) {
		unexpected(x);
		return;
	}
	json_begin(&j, &x->reply);
	if (inst == NULL)
		json_str(&j, "role", "router");
	json_object(&j, "default_generation_settings");
	json_int(&j, "n_ctx", inst == NULL ? 0 : inst->context_length);
	if (inst != NULL && (x->sim->catalogue->apis & API_ROUTER) != 0)
		json_bool(&j, "speculative", inst->model->draft > 0);
	if (inst != NULL && inst->model->sampling != NULL)
		json_raw(&j, "params", inst->model->sampling,
		    strlen(inst->model->sampling));
	json_close(&j);
	if (inst != NULL) {
		json_int(&j, "total_slots", inst->parallel);
		json_str(&j, "build_info", "b1-lmsim");
		json_bool(&j, "is_sleeping", sim_is_asleep(x->sim, inst));
		json_bool(&j, "endpoint_slots", true);
	}
	json_end_line(&j);
	exchange_reply(x, 200);
}

/* Of llama-server; its newest say only there whether they guess. */
static void
slots(struct exchange *x)
{
	const struct instance *inst = props_of(x);
	struct json j;

	if (x->sim->catalogue->imitates != AS_LLAMA_SERVER || inst == NULL) {
		unexpected(x);
		return;
	}
	json_init(&j, &x->reply);
	json_array(&j, NULL);
	for (int64_t i = 0; i < inst->parallel; i++) {
		json_object(&j, NULL);
		json_int(&j, "id", i);
		json_bool(&j, "speculative", inst->model->draft > 0);
		json_close(&j);
	}
	json_end_line(&j);
	exchange_reply(x, 200);
}

/* Where vLLM and Ollama tell their version. */
static void
version(struct exchange *x)
{
	bool is_vllm = strcmp(x->path, "/version") == 0;
	struct json j;

	if (is_vllm && x->sim->catalogue->imitates != AS_VLLM) {
		unexpected(x);
		return;
	}
	json_begin(&j, &x->reply);
	json_str(&j, "version", x->sim->catalogue->version);
	json_end_line(&j);
	exchange_reply(x, 200);
}

/* What the real one says, and its imitators do not. */
static void
greet_ollama(struct exchange *x)
{
	if (x->sim->catalogue->owner != NULL) {
		unexpected(x);
		return;
	}
	buf_adds(&x->reply, "Ollama is running");
	x->content_type = "text/plain; charset=utf-8";
	exchange_reply(x, 200);
}

static void
chat_v1(struct exchange *x)
{
	job_begin(x, &dialect_v1);
}

static void
chat_v0(struct exchange *x)
{
	job_begin(x, &dialect_v0);
}

static void
completions_v0(struct exchange *x)
{
	job_begin(x, &dialect_v0_completions);
}

static void
chat_openai(struct exchange *x)
{
	job_begin(x, &dialect_openai);
}

static void
chat_ollama(struct exchange *x)
{
	job_begin(x, &dialect_ollama);
}

static void
messages(struct exchange *x)
{
	job_begin(x, &dialect_messages);
}

static void
responses(struct exchange *x)
{
	job_begin(x, &dialect_responses);
}

static void
completions(struct exchange *x)
{
	job_begin(x, &dialect_completions);
}

enum { API_LMSTUDIO = API_V1 | API_V0 };

static const struct {
	unsigned apis;		/* any of these switched on */
	const char *method, *path;	/* a path may end in "*" */
	void (*handle)(struct exchange *);
} routes[] = {
	{ API_LMSTUDIO, "GET", "/lmstudio-greeting", greet },
	{ API_V1, "GET", "/api/v1/models", catalog_list_v1 },
	{ API_V1, "POST", "/api/v1/models/load", catalog_load_v1 },
	{ API_V1, "POST", "/api/v1/models/unload", catalog_unload_v1 },
	{ API_V1, "POST", "/api/v1/chat", chat_v1 },
	{ API_V0, "GET", "/api/v0/models", catalog_list_v0 },
	{ API_V0, "GET", "/api/v0/models/*", catalog_one_v0 },
	{ API_V0, "POST", "/api/v0/chat/completions", chat_v0 },
	{ API_V0, "POST", "/api/v0/completions", completions_v0 },
	{ API_OPENAI, "GET", "/v1/models", catalog_list_openai },
	{ API_OPENAI, "POST", "/v1/chat/completions", chat_openai },
	{ API_OPENAI, "POST", "/v1/completions", completions },
	{ API_MESSAGES, "POST", "/v1/messages", messages },
	{ API_RESPONSES, "POST", "/v1/responses", responses },
	{ API_ROUTER, "GET", "/models", catalog_list_router },
	{ API_ROUTER, "POST", "/models/load", catalog_load_router },
	{ API_ROUTER, "POST", "/models/unload", catalog_unload_router },
	{ API_ROUTER, "GET", "/health", health },
	{ API_ROUTER | API_OPENAI, "GET", "/props", props },
	{ API_OPENAI, "GET", "/slots", slots },
	{ API_OPENAI, "GET", "/version", version },
	{ API_OLLAMA, "GET", "/", greet_ollama },
	{ API_OLLAMA, "GET", "/api/version", version },
	{ API_OLLAMA, "GET", "/api/tags", catalog_list_ollama },
	{ API_OLLAMA, "GET", "/api/ps", catalog_running_ollama },
	{ API_OLLAMA, "POST", "/api/show", catalog_show_ollama },
	{ API_OLLAMA, "POST", "/api/chat", chat_ollama },
	{ API_OLLAMA, "POST", "/api/generate", catalog_generate_ollama }
};

static bool
path_matches(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncmp(pattern, path, n - 1) == 0 &&
		    path[n - 1] != '\0';
	return strcmp(pattern, path) == 0;
}

/* LM Studio answers what it does not know with 200; others with 404. */
static void
unexpected(struct exchange *x)
{
	bool is_lmstudio = (x->sim->catalogue->apis & API_LMSTUDIO) != 0;
	struct buf text = BUF_INIT;
	struct json j;

	json_begin(&j, &x->reply);
	if (is_lmstudio) {
		buf_addf(&text, "Unexpected endpoint or method. (%s %s)",
		    x->method, x->path);
		json_str(&j, "error", buf_cstr(&text));
	} else {
		json_object(&j, "error");
		json_int(&j, "code", 404);
		json_str(&j, "message", "File Not Found");
		json_str(&j, "type", "not_found_error");
	}
	json_end_line(&j);
	buf_fini(&text);
	exchange_reply(x, is_lmstudio ? 200 : 404);
}

/* Is a model that a llama-server was started with still on its way? */
static bool
is_starting(const struct sim *sim)
{
	const struct fleet *f = &sim->fleet;

	for (size_t i = 0; sim->catalogue->imitates == AS_LLAMA_SERVER &&
	    i < f->n;
	    i++)
		if (f->items[i]->state == INST_LOADING &&
		    strcmp(f->items[i]->by, "start") == 0)
			return true;
	return false;
}

/* A llama-server that is loading answers the list, and nothing else. */
static bool
is_loading(const struct exchange *x)
{
	return (clock_mono_ns() - x->sim->started_ns <
	    x->sim->catalogue->loading_ns || is_starting(x->sim)) &&
	    strcmp(x->path, "/v1/models") != 0;
}

/* A llama-server shows its list to everybody. */
static bool
is_public(const struct exchange *x)
{
	return x->sim->catalogue->imitates == AS_LLAMA_SERVER &&
	    (strcmp(x->path, "/v1/models") == 0 ||
	    strcmp(x->path, "/models") == 0);
}

void
route(struct exchange *x)
{
	struct problem p;

	if (is_loading(x)) {
		problem_set(&p, 503, "unavailable_error", "Loading model");
		problem_v1(&x->reply, &p);
		x->retry_after = x->sim->catalogue->retry_after;
		exchange_reply(x, 503);
		return;
	}
	if (!x->is_authorized && !is_public(x)) {
		problem_set(&p, 401, "invalid_request", "An LM Studio API "
		    "token is required to make requests to this server.");
		p.code = "invalid_api_key";
		problem_v1(&x->reply, &p);
		exchange_reply(x, 401);
		return;
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if ((routes[i].apis & x->sim->catalogue->apis) != 0 &&
		    strcmp(routes[i].method, x->method) == 0 &&
		    path_matches(routes[i].path, x->path)) {
			routes[i].handle(x);
			return;
		}
	unexpected(x);
}
