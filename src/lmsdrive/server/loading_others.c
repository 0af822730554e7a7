/*
 * llama-server's router and Ollama.  Neither takes load options: the router's
 * load call has none, and Ollama loads a model anew when a request comes with
 * others than its own, which OpenAI's API cannot repeat.
 */

#include "loading_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "identity.h"

#define CALL_OFF_NS (15 * NS_PER_S)	/* a router kills after ten */

/* {"model":model} with, when it is not NULL, "keep_alive":keep_alive. */
static char *
body_for(const char *model, const char *keep_alive)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_init(&j, &out);
	json_object(&j, NULL);
	json_str(&j, "model", model);
	if (keep_alive != NULL) {
		json_raw(&j, "keep_alive", keep_alive, strlen(keep_alive));
		json_bool(&j, "stream", false);
	}
	json_close(&j);
	return buf_steal(&out);
}

/* ---- waiting ------------------------------------------------------------ */

struct look {
	char status[64];	/* "loaded", "loading", "failed", ... */
	int64_t exit_code;
};

static int
look(struct client *c, const char *model, struct look *out, char *error)
{
	const struct model *e;
	struct models m;

	if (loading_list(c, &m, error) == -1)
		return -1;
	e = models_find(&m, model);
	out->exit_code = e == NULL ? -1 : e->exit_code;
	snprintf(out->status, sizeof(out->status), "%s", e == NULL ?
	    "not listed" : e->status == NULL ? "unknown" : e->status);
	models_fini(&m);
	return 0;
}

static bool
is_reached(const char *status, const char *wanted)
{
	if (strcmp(wanted, "unloaded") == 0)
		return strcmp(status, "unloaded") == 0 ||
		    strcmp(status, "failed") == 0;
	/* A router's model may go to sleep as soon as it is idle. */
	return strcmp(status, wanted) == 0 || strcmp(status, "sleeping") == 0;
}

static bool
is_hopeless(const char *status, bool was_loading)
{
	return strcmp(status, "failed") == 0 ||
	    strcmp(status, "not listed") == 0 ||
	    (was_loading && strcmp(status, "unloaded") == 0);
}

static void
say(char *error, const struct client *c, const char *model,
    const struct look *at, const char *wanted, bool is_late)
{
	int n = snprintf(error, LOADING_ERROR_CAP, "%s says of %s: %s, and "
	    "not %s%s", c->name[0] != '\0' ? c->name : "the server", model,
	    at->status, wanted, is_late ? " in time" : "");

	if (at->exit_code > 0 && n > 0 && n < LOADING_ERROR_CAP)
		snprintf(error + n, LOADING_ERROR_CAP - (size_t)n, " (its "
		    "process exited with status %lld; the server's log says "
		    "why)", (long long)at->exit_code);
}

/*
 * Let some of a load that began then go by: little enough not to be seen in
 * how long it took.
 */
static void
let_pass(struct client *c, int64_t begun_ns, bool was_over)
{
	struct loop *loop = net_loop(c->net);
	int64_t now = clock_mono_ns();
	int64_t until = now + 5 * NS_PER_MS + (now - begun_ns) / 32;

	while (clock_mono_ns() < until && (was_over || !loop_is_over(loop)))
		net_turn(c->net, until);
}

/* These servers work in the background: look until it is done. */
static int
wait_for(struct client *c, const char *model, const char *wanted,
    int64_t until_ns, char *error)
{
	struct loop *loop = net_loop(c->net);
	bool was_over = loop_is_over(loop), was_loading = false;
	int64_t begun_ns = clock_mono_ns();
	struct look at;
	bool is_late;

	for (;;) {
		if (look(c, model, &at, error) == -1)
			return -1;
		if (is_reached(at.status, wanted))
			return 0;
		is_late = clock_mono_ns() > until_ns;
		if (is_hopeless(at.status, was_loading) || is_late ||
		    (!was_over && loop_is_over(loop))) {
			say(error, c, model, &at, wanted, is_late);
			return -1;
		}
		was_loading |= strcmp(at.status, "loading") == 0;
		let_pass(c, begun_ns, was_over);
	}
}

/* ---- llama-server alone ------------------------------------------------- */

/* It lists its model at once, and answers 503 to all else until it has it. */
int
llama_await(struct client *c, int64_t timeout_ns, struct loading_result *out)
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
		else if (clock_mono_ns() - begun_ns > timeout_ns) {
			rc = loading_failed(out, &r);
			snprintf(out->error, sizeof(out->error), "the server "
			    "still loads its model (timeouts.load)");
		} else
			let_pass(c, begun_ns, false);
		reply_fini(&r);
		if (rc == 1 && loop_is_over(loop)) {
			out->is_cancelled = true;
			rc = -1;
		}
	}
	if (rc == 0)
		identity_ask_version(c);
	return rc;
}

/* ---- llama-server's router ---------------------------------------------- */

int
router_unload(struct client *c, const char *model, int64_t timeout_ns,
    char *error)
{
	char *body = body_for(model, NULL);
	struct reply r;
	cJSON *o = client_call_safely(c, "/models/unload", body, timeout_ns,
	    &r);
	int rc = -1;

	if (o == NULL || json_get(o, "error") != NULL)
		loading_explain(error, &r);
	else
		rc = wait_for(c, model, "unloaded",
		    clock_mono_ns() + timeout_ns, error);
	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}

/* We do not wait for it any more, but it goes on loading. */
static void
call_off(struct client *c, const char *model)
{
	char error[LOADING_ERROR_CAP];
	struct look at;

	if (look(c, model, &at, error) == 0 &&
	    strcmp(at.status, "loading") == 0)
		router_unload(c, model, CALL_OFF_NS, error);
}

int
router_load(struct client *c, const char *model, int64_t timeout_ns,
    struct loading_result *out)
{
	int64_t until = clock_mono_ns() + timeout_ns;
	char *body = body_for(model, NULL);
	struct reply r;
	cJSON *o = client_call(c, "/models/load", body, timeout_ns, &r);
	int rc = -1;

	if (o == NULL || json_get(o, "error") != NULL)
		loading_failed(out, &r);
	else if ((rc = wait_for(c, model, "loaded", until, out->error)) == -1)
		call_off(c, model);
	out->is_cancelled = rc == -1 && loop_is_over(net_loop(c->net));
	snprintf(out->instance, sizeof(out->instance), "%s", model);
	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}

/* ---- Ollama: a request without a prompt loads, or unloads ---------------- */

int
ollama_load(struct client *c, const char *model, int64_t timeout_ns,
    struct loading_result *out)
{
	char *body = body_for(model, "-1");	/* stay until told to go */
	struct reply r;
	cJSON *o = client_call(c, "/api/generate", body, timeout_ns, &r);
	int rc = json_get_bool(o, "done", false) ? 0 :
	    loading_failed(out, &r);

	snprintf(out->instance, sizeof(out->instance), "%s", model);
	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}

int
ollama_unload(struct client *c, const char *model, int64_t timeout_ns,
    char *error)
{
	char *body = body_for(model, "0");
	struct reply r;
	cJSON *o = client_call_safely(c, "/api/generate", body, timeout_ns,
	    &r);
	int rc = -1;

	if (json_get_bool(o, "done", false))
		rc = wait_for(c, model, "unloaded",
		    clock_mono_ns() + timeout_ns, error);
	else
		loading_explain(error, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}
