#include "identity.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect.h"
#include "xalloc.h"

static const struct mark {
	const char *owner;	/* of the first model in its list */
	const char *header;	/* how its Server header begins; "": none */
	enum server_kind kind;
	const char *name;
	const char *path, *key;	/* where its version is told, or NULL */
} marks[] = {
	{ "llamacpp", NULL, SERVER_LLAMA, "llama-server", "/props",
	    "build_info" },
	{ NULL, "llama.cpp", SERVER_LLAMA, "llama-server", "/props",
	    "build_info" },
	{ "vllm", NULL, SERVER_VLLM, "vLLM", "/version", "version" },
	/* Python's own HTTP server, and models of no owner. */
	{ NULL, "BaseHTTP/", SERVER_MLX_LM, "mlx_lm.server", NULL, NULL },
};

static const struct mark ollama = { NULL, NULL, SERVER_OLLAMA, "Ollama",
    "/api/version", "version" };

static const struct mark *
find(const char *owner, const char *header)
{
	const struct mark *m;
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		m = &marks[i];
		if (m->owner != NULL && owner != NULL &&
		    strcmp(m->owner, owner) == 0)
			return m;
		if (m->header != NULL && owner == NULL &&
		    strncmp(header, m->header, strlen(m->header)) == 0)
			return m;
	}
	return NULL;
}

static const struct mark *
mark_of(enum server_kind kind)
{
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (marks[i].kind == kind)
			return &marks[i];
	return kind == SERVER_OLLAMA ? &ollama : NULL;
}

void
identity_ask_version(struct client *c)
{
	const struct mark *m = mark_of(c->kind);
	struct reply r;
	cJSON *o;

	if (m == NULL || m->path == NULL || c->version[0] != '\0')
		return;
	/* One that loads says 503: it is waited for elsewhere. */
	o = c->kind == SERVER_LLAMA ? client_call(c, m->path, NULL, 0, &r) :
	    client_call_safely(c, m->path, NULL, 0, &r);
	dialect_copy(c->version, sizeof(c->version),
	    json_get_str(o, m->key, NULL));
	cJSON_Delete(o);
	reply_fini(&r);
}

void
identity_find(struct client *c, const cJSON *list, const char *header)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(list, "data"), 0);
	const struct mark *m = c->api == API_OLLAMA ? &ollama :
	    find(json_get_str(first, "owned_by", NULL), header);

	if (c->name[0] != '\0')		/* it has introduced itself */
		return;
	dialect_copy(c->name, sizeof(c->name), m != NULL ? m->name : header);
	if (m == NULL)
		return;
	c->kind = m->kind;
	identity_ask_version(c);
}

/* The path of /props; heap string, NULL when the model's name will not go
 * into one. */
static char *
props_path(const struct client *c, const char *model)
{
	char *name, *path;

	if (c->api != API_LLAMA_ROUTER)
		return xstrdup("/props");
	if ((name = curl_easy_escape(NULL, model, 0)) == NULL)
		return NULL;
	path = xasprintf("/props?model=%s&autoload=false", name);
	curl_free(name);
	return path;
}

void
identity_read_back(struct client *c, const char *model,
    int64_t *context_length, int64_t *parallel)
{
	struct reply r;
	int64_t n;
	cJSON *o;
	char *path;

	if (c->kind != SERVER_LLAMA || (path = props_path(c, model)) == NULL)
		return;
	o = client_call_safely(c, path, NULL, 0, &r);
	free(path);
	n = json_get_int(json_get(o, "default_generation_settings"), "n_ctx",
	    -1);
	if (n > 0)			/* a router's own are zeros */
		*context_length = n;
	*parallel = json_get_int(o, "total_slots", *parallel);
	cJSON_Delete(o);
	reply_fini(&r);
}

void
identity_take_fingerprint(struct client *c, const char *fingerprint)
{
	if (fingerprint[0] == '\0' || c->runtime[0] != '\0')
		return;
	if (c->kind == SERVER_LLAMA || c->kind == SERVER_MLX_LM ||
	    c->kind == SERVER_VLLM)
		snprintf(c->runtime, sizeof(c->runtime), "%s %s", c->name,
		    fingerprint);
}
