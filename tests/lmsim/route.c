#include "route.h"

#include <string.h>

#include "catalog_api.h"
#include "dialect.h"
#include "job.h"
#include "sim.h"

static void
greet(struct exchange *x)
{
	struct json j;

	json_init(&j, &x->reply);
	json_object(&j, NULL);
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

static void
props(struct exchange *x)
{
	buf_adds(&x->reply, "{\"role\":\"router\",\"simulated\":true,"
	    "\"build_info\":\"lmsim\"}\n");
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
	{ API_ROUTER, "GET", "/models", catalog_list_router },
	{ API_ROUTER, "POST", "/models/load", catalog_load_router },
	{ API_ROUTER, "POST", "/models/unload", catalog_unload_router },
	{ API_ROUTER, "GET", "/health", health },
	{ API_ROUTER, "GET", "/props", props }
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

	json_init(&j, &x->reply);
	json_object(&j, NULL);
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

void
route(struct exchange *x)
{
	struct problem p;
	size_t i;

	if (!x->is_authorized) {
		problem_set(&p, 401, "invalid_request", "An LM Studio API "
		    "token is required to make requests to this server.");
		p.code = "invalid_api_key";
		problem_v1(&x->reply, &p);
		exchange_reply(x, 401);
		return;
	}
	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if ((routes[i].apis & x->sim->catalogue->apis) != 0 &&
		    strcmp(routes[i].method, x->method) == 0 &&
		    path_matches(routes[i].path, x->path)) {
			routes[i].handle(x);
			return;
		}
	unexpected(x);
}
