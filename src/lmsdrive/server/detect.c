#include "detect.h"

#include <curl/curl.h>

#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "dialect.h"
#include "identity.h"

static bool
is_greeting(const cJSON *o)
{
	return json_get_bool(o, "lmstudio", false);
}

static bool
is_v1_list(const cJSON *o)
{
	const cJSON *m = json_get(o, "models"), *first;

	if (!cJSON_IsArray(m))
		return false;
	first = cJSON_GetArrayItem(m, 0);
	/* Ollama's and llama-server's "models" have no key. */
	return first == NULL || json_get_str(first, "key", NULL) != NULL;
}

static bool
is_list(const cJSON *o)
{
	return cJSON_IsArray(json_get(o, "data"));
}

static bool
is_v0_list(const cJSON *o)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(o, "data"), 0);

	return is_list(o) && (first == NULL ||
	    json_get_str(first, "state", NULL) != NULL);
}

static bool
is_router_list(const cJSON *o)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(o, "data"), 0);

	return is_list(o) && cJSON_IsObject(json_get(first, "status"));
}

/* llama-server shows the same to tools made for Ollama, beside its own. */
static bool
is_ollama_list(const cJSON *o)
{
	const cJSON *m = json_get(o, "models"), *first;

	if (!cJSON_IsArray(m) || json_get(o, "data") != NULL)
		return false;
	first = cJSON_GetArrayItem(m, 0);
	return first == NULL || (json_get_str(first, "name", NULL) != NULL &&
	    json_get_str(first, "digest", NULL) != NULL);
}

/* In the order they are tried; API_AUTO: tells who it is, not what. */
static const struct probe {
	enum api api;
	const char *path;
	bool (*is_it)(const cJSON *o);
} probes[] = {
	{ API_AUTO, "/lmstudio-greeting", is_greeting },
	{ API_LMSTUDIO, "/api/v1/models", is_v1_list },
	{ API_LMSTUDIO_V0, "/api/v0/models", is_v0_list },
	{ API_LLAMA_ROUTER, "/models", is_router_list },
	{ API_OLLAMA, "/api/tags", is_ollama_list },
	{ API_OPENAI, "/v1/models", is_list },
};

enum { N_PROBES = sizeof(probes) / sizeof(probes[0]) };

static void
take_name(struct client *c, const struct probe *p, const cJSON *o,
    const char *server_header)
{
	if (p->api == API_AUTO) {
		dialect_copy(c->name, sizeof(c->name), "LM Studio");
		dialect_copy(c->version, sizeof(c->version),
		    json_get_str(o, "version", NULL));
		if (json_get_bool(o, "simulated", false))
			c->simulated = true;
	}
	if (strstr(server_header, "lmsim") != NULL)
		c->simulated = true;
	if (p->api == API_AUTO)
		return;
	c->api = p->api;
	identity_find(c, o, server_header);
}

/* What a failed probe got, appended to why. */
static void
add_why(char *why, size_t cap, const struct probe *p, const struct reply *r)
{
	size_t len = strlen(why);

	if (r->result.curl != 0)
		snprintf(why + len, cap - len, "%s%s: %s",
		    len > 0 ? "; " : "", p->path, r->error);
	else
		snprintf(why + len, cap - len, "%s%s: HTTP %ld%s",
		    len > 0 ? "; " : "", p->path, r->result.http,
		    r->result.http >= 200 && r->result.http < 300 ?
		    " without the fields it should have" : "");
}

static enum detect_result
try_probe(struct client *c, const struct probe *p, char *why, size_t cap)
{
	enum detect_result result = DETECT_STRANGE;
	struct reply r;
	/* One that we started is asked until it is there anyway. */
	cJSON *o = c->managed.command != NULL ?
	    client_call(c, p->path, NULL, 0, &r) :
	    client_call_safely(c, p->path, NULL, 0, &r);

	if (o != NULL && p->is_it(o)) {
		take_name(c, p, o, r.server);
		result = DETECT_OK;
	} else if (r.is_cancelled)
		result = DETECT_CANCELLED;
	else if (r.result.curl == CURLE_PEER_FAILED_VERIFICATION)
		result = DETECT_UNTRUSTED;
	else if (r.result.is_connect_failure ||
	    (r.result.curl != 0 && r.result.http == 0))
		result = DETECT_UNREACHABLE;
	else if (r.result.http == 401 || r.result.http == 403)
		result = DETECT_DENIED;
	if (result != DETECT_OK)
		add_why(why, cap, p, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	return result;
}

enum detect_result
detect_api(struct client *c, char *why, size_t cap)
{
	enum detect_result result, last = DETECT_STRANGE;
	size_t i;

	why[0] = '\0';
	if (c->is_token_bad)
		return DETECT_BAD_TOKEN;
	for (i = 0; i < N_PROBES; i++) {
		/* The greeting is asked whatever the API, for the name. */
		if (c->api != API_AUTO && probes[i].api != API_AUTO &&
		    probes[i].api != c->api)
			continue;
		result = try_probe(c, &probes[i], why, cap);
		if (result == DETECT_OK && probes[i].api != API_AUTO)
			return DETECT_OK;
		if (result == DETECT_UNREACHABLE ||
		    result == DETECT_UNTRUSTED || result == DETECT_CANCELLED)
			return result;
		if (result == DETECT_DENIED)
			last = result;
	}
	return last;
}

const char *
detect_reason(const struct client *c, enum detect_result result,
    const char *why, char *out, size_t cap)
{
	const char *variable = c->token_env != NULL ? c->token_env :
	    "named by server.token_env";

	out[0] = '\0';
	if (result == DETECT_UNREACHABLE)
		snprintf(out, cap, "no server answers (%s); start LM Studio's "
		    "with \"lms server start\", or set server.url in the "
		    "configuration", why);
	else if (result == DETECT_UNTRUSTED)
		snprintf(out, cap, "the server's TLS certificate is not "
		    "trusted (%s)%s", why, client_url_is_loopback(c->url) ?
		    "; for a server on this machine, set "
		    "server.insecure_loopback: true" : "");
	else if (result == DETECT_DENIED && c->token == NULL)
		snprintf(out, cap, "the server wants an API token; put it "
		    "into the environment variable %s", variable);
	else if (result == DETECT_DENIED)
		snprintf(out, cap, "the server refuses the API token in %s",
		    variable);
	else if (result == DETECT_BAD_TOKEN)
		snprintf(out, cap, "the API token in %s has spaces or "
		    "characters that no token has; nothing was sent",
		    variable);
	else if (result == DETECT_STRANGE)
		snprintf(out, cap, "something answers, but with no API we "
		    "know (%s); see server.api in lmgauge-config(5)", why);
	return out;
}

void
detect_explain(const struct client *c, enum detect_result result,
    const char *why)
{
	char reason[DETECT_REASON_CAP];

	if (result != DETECT_CANCELLED)
		diag_warnx("%s: %s", c->url, detect_reason(c, result, why,
		    reason, sizeof(reason)));
}
