#include "body.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "api.h"
#include "quiz.h"
#include "xalloc.h"

enum { CHOICES = 20 };		/* of a token; more may be refused */

void
history_fini(struct history *h)
{
	for (size_t i = 0; i < h->n; i++) {
		free(h->v[i].user);
		free(h->v[i].assistant);
		tool_call_fini(&h->v[i].call);
	}
	free(h->v);
	free(h->response_id);
	free(h->key);
	memset(h, 0, sizeof(*h));
}

void
history_add(struct history *h, const char *user, const char *assistant,
    const struct tool_call *call, const char *response_id)
{
	struct history_turn *t;

	h->v = xreallocarray(h->v, h->n + 1, sizeof(*h->v));
	t = &h->v[h->n++];
	*t = (struct history_turn){ xstrdup(user), xstrdup(assistant),
	    { "", BUF_INIT, BUF_INIT } };
	if (call != NULL) {
		memcpy(t->call.id, call->id, sizeof(call->id));
		buf_add(&t->call.name, call->name.data, call->name.len);
		buf_add(&t->call.arguments, call->arguments.data,
		    call->arguments.len);
	}
	free(h->response_id);
	h->response_id = response_id != NULL ? xstrdup(response_id) : NULL;
}

/* ---- sampling ----------------------------------------------------------- */

/* Not in OpenAI's own API. */
static bool
is_extra(enum sampling k)
{
	return k == SAMPLING_TOP_K || k == SAMPLING_MIN_P ||
	    k == SAMPLING_REPEAT_PENALTY;
}

/* At temperature 0 nothing is drawn, and a seed decides nothing. */
static bool
has_use(const struct server_api *api, const struct step *s, enum sampling k)
{
	bool is_alone = s->concurrency <= 1 && s->arrival == ARRIVAL_CLOSED;

	if (k == SAMPLING_SEED)
		return s->sampling.temperature != 0 &&
		    (is_alone || !api->seeds_alone);
	return !api->leaves_neutral || !is_extra(k) ||
	    !sampling_is_neutral(&s->sampling, k);
}

/* What is sent of a number of the sampling; NAN: nothing. */
static double
sent_value(const struct server_api *api, const struct step *s,
    enum sampling k)
{
	api = body_api(api, s);
	return api->sampling[k] != NULL && has_use(api, s, k) ?
	    sampling_value(&s->sampling, k) : (double)NAN;
}

static void
write_numbers(struct json *j, const struct server_api *api,
    const struct step *s)
{
	enum sampling k;
	double v;

	if (api->sampling_in != NULL)
		json_object(j, api->sampling_in);
	for (k = 0; k < SAMPLING_KEYS; k++) {
		v = sent_value(api, s, k);
		if (k == SAMPLING_REPEAT_PENALTY && v == 1 &&
		    api->penalty_off_is_0)
			v = 0;
		if (isfinite(v))
			json_num(j, api->sampling[k], v);
	}
	if (api->sampling_in != NULL)
		json_close(j);
	if (api->draft_model != NULL && s->speculation.draft_model != NULL)
		json_str(j, api->draft_model, s->speculation.draft_model);
	if (api->draft_tokens != NULL && s->speculation.draft_tokens >= 0)
		json_int(j, api->draft_tokens, s->speculation.draft_tokens);
}

void
body_write_sampling(struct buf *out, const struct server_api *api,
    const struct step *s)
{
	enum sampling k;
	struct json j;

	api = body_api(api, s);
	json_begin(&j, out);
	for (k = 0; k < SAMPLING_MAX_TOKENS; k++)
		json_num(&j, sampling_key(k), sent_value(api, s, k));
	json_str(&j, "reasoning", s->raw_completion ? NULL :
	    s->sampling.reasoning);
	json_str(&j, "draft_model", api->draft_model == NULL ? NULL :
	    s->speculation.draft_model);
	json_count(&j, "draft_tokens", api->draft_tokens == NULL ? -1 :
	    s->speculation.draft_tokens);
	json_close(&j);
}

/* ---- the rest ----------------------------------------------------------- */

void
body_message(struct json *j, const char *role, const char *content)
{
	json_object(j, NULL);
	json_str(j, "role", role);
	json_str(j, "content", content);
	json_close(j);
}

/* What the user says, or what came of the call before. */
static void
hear(struct json *j, const struct body_words *w,
    const struct tool_call *called, const char *text)
{
	if (called != NULL)
		w->result(j, called, text);
	else
		w->say(j, "user", text);
}

void
body_turns(struct json *j, const struct body_words *w, const char *prompt,
    const struct history *h)
{
	const struct tool_call *called = NULL;
	const struct history_turn *t;

	for (size_t i = 0; h != NULL && i < h->n; i++) {
		t = &h->v[i];
		hear(j, w, called, t->user);
		called = t->call.name.len > 0 ? &t->call : NULL;
		if (called != NULL)
			w->call(j, t);
		else
			w->say(j, "assistant", t->assistant);
	}
	hear(j, w, called, prompt);
}

void
body_tool(struct json *j, const cJSON *tool, const char *schema)
{
	json_str(j, "name", json_get_str(tool, "name", NULL));
	json_str(j, "description", json_get_str(tool, "description", ""));
	json_copy(j, schema, json_get(tool, "parameters"), FIELD_DEPTH);
}

void
body_tools(struct json *j, const struct body_words *w, const struct step *s)
{
	const char *choice;
	const cJSON *tool;
	struct agent a;

	if (agent_init(&a, s->prompt.agent, 0) == -1)
		return;
	choice = agent_must_call(&a) ? w->must : "auto";
	json_array(j, "tools");
	cJSON_ArrayForEach(tool, a.tools) {
		json_object(j, NULL);
		w->tool(j, tool);
		json_close(j);
	}
	json_close(j);
	if (w->choice_in == NULL) {
		json_str(j, "tool_choice", choice);
	} else {
		json_object(j, "tool_choice");
		json_str(j, w->choice_in, choice);
		json_close(j);
	}
	agent_fini(&a);
}

char *
body_system(const struct step *s)
{
	struct buf b = BUF_INIT;
	struct agent a;

	if (s->prompt.system != NULL)
		buf_adds(&b, s->prompt.system);
	if (agent_init(&a, s->prompt.agent, s->prompt.seed) == 0) {
		buf_adds(&b, b.len > 0 ? "\n\n" : "");
		agent_system(&b, &a, s->prompt.words);
		agent_fini(&a);
	}
	return b.len > 0 ? buf_steal(&b) : NULL;
}

/* Tools and forms of answers go by this API, or a path that was asked for. */
static bool
is_openai(const struct step *s)
{
	struct quiz q;

	return s->prompt.agent != NULL || (s->prompt.check != NULL &&
	    quiz_parse(&q, s->prompt.check) == 0 && q.kind->schema != NULL);
}

const struct server_api *
body_api(const struct server_api *api, const struct step *s)
{
	if (!s->raw_completion && api_is_path(s->server.api))
		return s->server.api == API_MESSAGES ? &api_messages :
		    &api_responses;
	return (s->raw_completion || is_openai(s)) && api->raw != NULL ?
	    api->raw : api;
}

const char *
body_path(const struct server_api *api, const struct step *s)
{
	return s->raw_completion ? "/v1/completions" : is_openai(s) &&
	    !api_is_path(s->server.api) ? "/v1/chat/completions" :
	    body_api(api, s)->chat;
}

/* The form of the answer to a question that has one. */
static void
form(struct json *j, const struct server_api *api, const char *prompt)
{
	struct buf schema = BUF_INIT;
	const char *in = api->form_in;
	struct quiz q;

	if (quiz_heard(&q, prompt) == 0 && quiz_schema(&schema, &q)) {
		json_object(j, in != NULL ? in : "response_format");
		if (in != NULL)
			json_object(j, "format");
		json_str(j, "type", "json_schema");
		if (in == NULL)
			json_object(j, "json_schema");
		if (!api->is_form_nameless) {
			json_str(j, "name", "answer");
			json_bool(j, "strict", true);
		}
		json_raw(j, "schema", schema.data, schema.len);
		json_close(j);
		json_close(j);
	}
	buf_fini(&schema);
}

void
body_write(struct buf *out, const struct server_api *api, const char *model,
    const struct step *s, const char *prompt, const struct history *h)
{
	struct json j;

	api = body_api(api, s);
	json_begin(&j, out);
	json_str(&j, "model", model);
	write_numbers(&j, api, s);
	api->write_body(&j, s, prompt, h);
	if (step_is_probe(s))
		json_int(&j, "logprobs", api->choices > 0 ? api->choices :
		    CHOICES);
	if (s->prompt.check != NULL)
		form(&j, api, prompt);
	json_close(&j);
}
