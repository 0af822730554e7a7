#include "detect.h"

#include <curl/curl.h>

#include <stdio.h>
#include <string.h>

#include "api.h"
#include "diag.h"
#include "url.h"

void
api_ask_version(struct client *c, const char *path, const char *key)
{
	cJSON *o;

	if (c->version[0] != '\0')
		return;
	o = client_ask(c, path, NULL);
	dialect_copy(c->version, sizeof(c->version),
	    json_get_str(o, key, NULL));
	cJSON_Delete(o);
}

/* What a failed probe got, appended to why. */
static void
add_why(char *why, size_t cap, const char *path, const struct reply *r)
{
	size_t len = strlen(why);

	if (r->result.curl != 0)
		snprintf(why + len, cap - len, "%s%s: %s",
		    len > 0 ? "; " : "", path, r->error);
	else
		snprintf(why + len, cap - len, "%s%s: HTTP %ld%s",
		    len > 0 ? "; " : "", path, r->result.http,
		    r->result.http >= 200 && r->result.http < 300 ?
		    " without the fields it should have" : "");
}

/* Where a is asked: for its greeting, or for its list. */
static const char *
path_of(const struct server_api *a, bool greets)
{
	return greets ? a->greeting : a->list;
}

/* Is a asked for path?  The greeting is asked for whatever the API, for the
 * name. */
static bool
is_wanted(const struct client *c, const struct server_api *a, bool greets,
    const char *path)
{
	return path != NULL && path_of(a, greets) != NULL &&
	    strcmp(path_of(a, greets), path) == 0 && (greets ||
	    c->wanted == API_AUTO || api_is_path(c->wanted) ||
	    c->wanted == a->api);
}

/* It has introduced itself. */
static bool
take_greeting(struct client *c, const struct server_api *a, const cJSON *o)
{
	if (!a->is_greeting(o))
		return false;
	dialect_copy(c->name, sizeof(c->name), a->name);
	dialect_copy(c->version, sizeof(c->version),
	    json_get_str(o, "version", NULL));
	c->simulated |= json_get_bool(o, "simulated", false);
	return true;
}

/* Whoever said who it is, is not somebody known by other signs. */
static bool
has_signs(const struct client *c, const struct server_api *a, const cJSON *o,
    const char *header)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(o, a->models), 0);
	const char *owner = json_get_str(first, "owned_by", NULL);

	if (!a->is_list(o))
		return false;
	if (a->owner == NULL && a->header == NULL)
		return true;
	if (c->name[0] != '\0')
		return false;
	return owner != NULL ?
	    a->owner != NULL && strcmp(owner, a->owner) == 0 :
	    a->header != NULL &&
	    strncmp(header, a->header, strlen(a->header)) == 0;
}

static bool
take_list(struct client *c, const struct server_api *a, const cJSON *o,
    const char *header)
{
	char text[128];

	if (!has_signs(c, a, o, header) ||
	    (a->is_it != NULL && !a->is_it(c)))
		return false;
	c->api = a;
	c->simulated |= strstr(header, "lmsim") != NULL;
	if (c->name[0] != '\0')
		return true;
	snprintf(text, sizeof(text), a->is_unknown && header[0] != '\0' ?
	    "%s (%s)" : "%s", a->name != NULL && a->greeting == NULL ?
	    a->name : header, header);
	dialect_copy(c->name, sizeof(c->name), text);
	return true;
}

static enum detect_result
failed(const struct reply *r)
{
	if (r->is_cancelled)
		return DETECT_CANCELLED;
	if (r->result.curl == CURLE_PEER_FAILED_VERIFICATION)
		return DETECT_UNTRUSTED;
	if (r->result.is_connect_failure ||
	    (r->result.curl != 0 && r->result.http == 0))
		return DETECT_UNREACHABLE;
	if (r->result.http == 503)
		return DETECT_BUSY;
	return r->result.http == 401 || r->result.http == 403 ?
	    DETECT_DENIED : DETECT_STRANGE;
}

/* Ask path, and who of those that have it recognises the answer. */
static enum detect_result
ask(struct client *c, const char *path, bool greets, char *why, size_t cap)
{
	const struct server_api *const *a = server_apis;
	enum detect_result result;
	struct reply r;
	/* One that we started is asked until it is there anyway. */
	cJSON *o = c->managed.command != NULL ?
	    client_call(c, path, NULL, 0, &r) :
	    client_call_safely(c, path, NULL, 0, &r);

	while (o != NULL && *a != NULL && !(is_wanted(c, *a, greets, path) &&
	    (greets ? take_greeting(c, *a, o) :
	    take_list(c, *a, o, r.headers.server))))
		a++;
	result = o != NULL && *a != NULL ? DETECT_OK : failed(&r);
	if (result != DETECT_OK)
		add_why(why, cap, path, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	return result;
}

/* It said who it is, and this is its own list. */
static bool
is_its_own(const struct client *c, const struct server_api *a)
{
	return a->greeting != NULL && strcmp(c->name, a->name) == 0;
}

/* Does 503 there mean that it is not ready?  Who has another of these paths has
 * OpenAI's as well: where that answers otherwise, something else is busy. */
static bool
is_loading(const struct client *c, const struct server_api *a,
    const char *path)
{
	return strcmp(path, api_openai.list) == 0 || is_its_own(c, a) ||
	    (c->wanted != API_AUTO && !api_is_path(c->wanted));
}

/* Each path once, until somebody is recognised. */
static enum detect_result
ask_all(struct client *c, bool greets, char *why, size_t cap)
{
	enum detect_result result, last = DETECT_STRANGE;
	size_t i, k;

	for (i = 0; server_apis[i] != NULL; i++) {
		const char *path = path_of(server_apis[i], greets);

		if (!is_wanted(c, server_apis[i], greets, path))
			continue;
		for (k = 0; !is_wanted(c, server_apis[k], greets, path);)
			k++;
		if (k < i)
			continue;
		result = ask(c, path, greets, why, cap);
		if (result == DETECT_BUSY &&
		    !is_loading(c, server_apis[i], path))
			result = DETECT_STRANGE;
		/* Its lesser paths may answer, with less. */
		if (result == DETECT_BUSY && is_its_own(c, server_apis[i]))
			return result;
		if (result == DETECT_DENIED ||
		    (result == DETECT_BUSY && last != DETECT_DENIED))
			last = result;
		else if (result != DETECT_STRANGE && result != DETECT_BUSY)
			return result;
	}
	return last;
}

enum detect_result
detect_api(struct client *c, char *why, size_t cap)
{
	enum detect_result greeted, result;

	why[0] = c->name[0] = c->version[0] = '\0';
	c->api = NULL;
	c->waited_ns = 0;
	if (c->is_token_bad)
		return DETECT_BAD_TOKEN;
	greeted = ask_all(c, true, why, cap);
	if (greeted != DETECT_OK && greeted != DETECT_DENIED &&
	    greeted != DETECT_STRANGE && greeted != DETECT_BUSY)
		return greeted;
	result = ask_all(c, false, why, cap);
	return result == DETECT_STRANGE && greeted == DETECT_DENIED ?
	    greeted : result;
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
		    "with \"lms server start\", or name another: SERVER=, "
		    "--server, or server.url in the configuration", why);
	else if (result == DETECT_UNTRUSTED)
		snprintf(out, cap, "the server's TLS certificate is not "
		    "trusted (%s)%s", why, url_is_loopback(c->url) ?
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
	else if (result == DETECT_BUSY)
		snprintf(out, cap, "it is not ready (HTTP 503), as a server "
		    "that loads its model: ask again when it has");
	else if (result == DETECT_STRANGE)
		snprintf(out, cap, "something answers, but with no API we "
		    "know (%s); see server.api in lmgauge-config(5)", why);
	if (out[0] != '\0' && c->proxy[0] != '\0')
		snprintf(out + strlen(out), cap - strlen(out), "; it is asked "
		    "through the proxy %s, which no_proxy leaves out",
		    c->proxy);
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
