#include "loading_impl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dialect.h"

void
loading_explain(char *error, const struct reply *r)
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
	    api == API_LLAMA_ROUTER ? "/models" :
	    api == API_OLLAMA ? "/api/tags" : "/v1/models";
}

/* Ollama lists what runs apart from what there is. */
static int
add_running(struct client *c, struct models *m, char *error)
{
	struct reply r;
	cJSON *o = client_call_safely(c, "/api/ps", NULL, 0, &r);
	int rc = models_add_running(m, o);

	if (rc == -1) {
		loading_explain(error, &r);
		models_fini(m);
	}
	cJSON_Delete(o);
	reply_fini(&r);
	return rc;
}

int
loading_list(struct client *c, struct models *m, char *error)
{
	struct reply r;
	cJSON *o = client_call_safely(c, list_path(c->api), NULL, 0, &r);
	int rc = models_parse(m, c->api, o);

	if (rc == -1)
		loading_explain(error, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	if (rc == 0 && c->api == API_OLLAMA)
		rc = add_running(c, m, error);
	return rc;
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

int
loading_failed(struct loading_result *out, const struct reply *r)
{
	out->is_cancelled = r->is_cancelled;
	out->is_transport = r->result.curl != 0 && !r->is_cancelled;
	loading_explain(out->error, r);
	out->is_refused = is_refusal(out->error);
	return -1;
}
