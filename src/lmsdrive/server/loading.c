#include "api.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "xalloc.h"

bool
loading_is_possible(const struct client *c)
{
	return c->api != NULL && c->api->loads;
}

bool
loading_takes_options(const struct client *c)
{
	return c->api != NULL && c->api->takes_options;
}

/* ---- why not ------------------------------------------------------------- */

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

/* LM Studio's guard says "insufficient system resources". */
static bool
is_refusal(const char *error)
{
	static const char *const words[] = {
		"insufficient", "guardrail", "not enough memory",
		"would exceed"
	};
	size_t n;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i]);
		for (size_t k = 0; error[k] != '\0'; k++)
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
	out->retry_after_ns = r->result.http == 429 || r->result.http == 503 ?
	    r->result.retry_after_ns : 0;
	loading_explain(out->error, r);
	out->is_refused = is_refusal(out->error);
	return -1;
}

/* ---- what is done -------------------------------------------------------- */

int
loading_list(struct client *c, struct models *m, char *error)
{
	struct reply r;
	cJSON *o = client_call_safely(c, c->api->list, NULL, 0, &r);
	int rc = models_parse(m, c->api, o);

	if (rc == -1)
		loading_explain(error, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	if (rc == 0 && c->api->list_more != NULL)
		rc = c->api->list_more(c, m, error);
	return rc;
}

void
loading_result_init(struct loading_result *r, const char *model)
{
	enum sampling k;

	*r = (struct loading_result){ .instance = xstrdup(model),
	    .server_load_s = NAN, .context_length = -1, .parallel = -1,
	    .parameters = -1 };
	for (k = 0; k < SAMPLING_KEYS; k++)
		r->sampling[k] = NAN;
}

void
loading_result_fini(struct loading_result *r)
{
	cJSON_Delete(r->options);
	free(r->instance);
}

void
loading_take_instance(struct loading_result *r, const char *id)
{
	free(r->instance);
	r->instance = xstrdup(id);
}

int
loading_load(struct client *c, const struct load_request *q,
    struct loading_result *r)
{
	int64_t from = clock_mono_ns();
	int rc;

	if (c->api->load == NULL)
		return 0;
	/* It has not begun to load what it is too busy for. */
	while ((rc = c->api->load(c, q, r)) == -1 && r->retry_after_ns > 0 &&
	    clock_mono_ns() - from + r->retry_after_ns <= CLIENT_WAIT_NS) {
		if (!client_pause(c, r->retry_after_ns)) {
			r->is_cancelled = true;
			break;
		}
		r->retry_after_ns = 0;
		r->waited_ns = clock_mono_ns() - from;
	}
	return rc;
}

int
loading_unload(struct client *c, const char *instance, int64_t timeout_ns,
    char *error)
{
	assert(c->api != NULL && c->api->unload != NULL);
	return c->api->unload(c, instance, timeout_ns, error);
}

double
loading_short(double v)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", v);
	return strtod(text, NULL);
}

void
loading_read_sampling(struct loading_result *r, const struct server_api *api,
    const cJSON *o)
{
	enum sampling k;
	double v;

	for (k = 0; k < SAMPLING_SEED; k++) {
		v = api->sampling[k] == NULL ? NAN :
		    json_get_num(o, api->sampling[k], NAN);
		if (!isnan(v))
			r->sampling[k] = loading_short(v);
	}
}

int64_t
loading_context(struct client *c, const struct model *m)
{
	struct loading_result r;

	loading_result_init(&r, m->key);
	if (m->n_instances > 0)
		r.context_length = m->instances[0].context_length;
	if (c->api->read_back != NULL)
		c->api->read_back(c, &r);
	loading_result_fini(&r);
	return r.context_length;
}

/* Of a server that was started for it, the command is what is known. */
static void
add_command(cJSON **options, char *const *command)
{
	cJSON *arguments = cJSON_CreateArray();

	for (; command != NULL && *command != NULL; command++)
		cJSON_AddItemToArray(arguments, cJSON_CreateString(*command));
	options_add_arguments(options, arguments);
	cJSON_Delete(arguments);
}

const struct model *
loading_read_back(struct client *c, const char *key, struct models *list,
    struct loading_result *r)
{
	char error[LOADING_ERROR_CAP];
	const struct model_instance *i = NULL;
	const struct model *m = NULL;

	if (loading_list(c, list, error) == 0)
		i = models_find_instance(list, r->instance, &m);
	if (m == NULL)
		m = models_find(list, key);
	if (i != NULL && i->context_length >= 0)
		r->context_length = i->context_length;
	if (i != NULL && i->parallel >= 0)
		r->parallel = i->parallel;
	if (i != NULL)
		model_add_options(&r->options, i->options);
	add_command(&r->options, c->managed.command);
	if (c->api->read_back != NULL)
		c->api->read_back(c, r);
	memcpy(c->sampling, r->sampling, sizeof(c->sampling));
	return m;
}

int
loading_runtime(struct client *c, const char *instance, char *out, size_t cap)
{
	if (c->api->runtime != NULL)
		return c->api->runtime(c, instance, out, cap);
	snprintf(out, cap, "%s", c->runtime);
	return out[0] != '\0' ? 0 : -1;
}

/* ---- bodies -------------------------------------------------------------- */

char *
loading_body(const char *model, const char *options, int64_t context_length)
{
	cJSON *o = options != NULL ? json_parse(options, strlen(options)) :
	    NULL;
	const cJSON *item;
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	json_str(&j, "model", model);
	cJSON_ArrayForEach(item, o)
		if (strcmp(item->string, "model") != 0)
			json_copy(&j, item->string, item, JSON_DEPTH_MAX - 2);
	if (context_length >= 0 && json_get(o, "context_length") == NULL)
		json_int(&j, "context_length", context_length);
	if (json_get(o, "echo_load_config") == NULL)
		json_bool(&j, "echo_load_config", true);
	json_close(&j);
	cJSON_Delete(o);
	return buf_steal(&out);
}

cJSON *
loading_one_token(struct client *c, const char *path, const char *model,
    int64_t timeout_ns, struct reply *r)
{
	struct buf body = BUF_INIT;
	struct json j;
	cJSON *o;

	json_begin(&j, &body);
	json_str(&j, "model", model);
	json_array(&j, "messages");
	body_message(&j, "user", "Hi");
	json_close(&j);
	json_int(&j, "max_tokens", 1);
	json_num(&j, "temperature", 0);
	json_bool(&j, "stream", false);
	json_close(&j);
	o = client_call(c, path, buf_cstr(&body), timeout_ns, r);
	buf_fini(&body);
	return o;
}

char *
loading_model_body(const char *model, const char *keep_alive)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	json_str(&j, "model", model);
	if (keep_alive != NULL) {
		json_raw(&j, "keep_alive", keep_alive, strlen(keep_alive));
		json_bool(&j, "stream", false);
	}
	json_close(&j);
	return buf_steal(&out);
}

int
loading_tell(struct client *c, const char *path, char *body, const char *done,
    int64_t timeout_ns, char *error)
{
	struct reply r;
	cJSON *o = client_call_safely(c, path, body, timeout_ns, &r);
	const cJSON *v = json_get(o, done != NULL ? done : "error");
	int rc = o != NULL && (done == NULL ? v == NULL : cJSON_IsTrue(v) ||
	    cJSON_IsString(v)) ? 0 : -1;

	if (rc == -1)
		loading_explain(error, &r);
	cJSON_Delete(o);
	reply_fini(&r);
	free(body);
	return rc;
}

/* ---- waiting ------------------------------------------------------------ */

int
loading_look(struct client *c, const char *model, struct loading_look *out,
    char *error)
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
    const struct loading_look *at, const char *wanted, bool is_late)
{
	int n = snprintf(error, LOADING_ERROR_CAP, "%s says of %s: %s, and "
	    "not %s%s", c->name[0] != '\0' ? c->name : "the server", model,
	    at->status, wanted, is_late ? " in time" : "");

	if (at->exit_code > 0 && n > 0 && n < LOADING_ERROR_CAP)
		snprintf(error + n, LOADING_ERROR_CAP - (size_t)n, " (its "
		    "process exited with status %lld; the server's log says "
		    "why)", (long long)at->exit_code);
}

void
loading_let_pass(struct client *c, int64_t begun_ns, bool was_over)
{
	struct loop *loop = net_loop(c->net);
	int64_t now = clock_mono_ns();
	int64_t until = now + 5 * NS_PER_MS + (now - begun_ns) / 32;

	while (clock_mono_ns() < until && (was_over || !loop_is_over(loop)))
		net_turn(c->net, until);
}

int
loading_wait_for(struct client *c, const char *model, const char *wanted,
    int64_t until_ns, char *error)
{
	struct loop *loop = net_loop(c->net);
	bool was_over = loop_is_over(loop), was_loading = false;
	int64_t begun_ns = clock_mono_ns();
	struct loading_look at;
	bool is_late;

	for (;;) {
		if (loading_look(c, model, &at, error) == -1)
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
		loading_let_pass(c, begun_ns, was_over);
	}
}
