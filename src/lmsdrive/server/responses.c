/*
 * OpenAI's newer path, /v1/responses, of whatever server it is (messages.c).
 * Nothing is stored there: the whole conversation is sent each time, as on the
 * other paths, so that the work is the same.  An answer is items: reasoning,
 * messages and calls of functions.
 */

#include "api.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers ------------------------------------------------------------- */

/* At the limit some call it completed all the same: that says nothing. */
static void
take_reason(struct facts *f, const cJSON *o)
{
	const char *why = json_get_str(json_get(o, "incomplete_details"),
	    "reason", NULL);

	if (why != NULL && strcmp(why, "max_output_tokens") == 0)
		why = "length";
	dialect_copy(f->finish, sizeof(f->finish), why);
}

/* The response as it is told at the beginning, and at the end. */
static void
take_response(struct facts *f, const cJSON *o)
{
	static const struct usage_keys keys = { "input_tokens",
	    "input_tokens_details", "output_tokens",
	    "output_tokens_details" };

	dialect_error(f, o);
	dialect_copy(f->model_served, sizeof(f->model_served),
	    json_get_str(o, "model", NULL));
	dialect_usage(f, json_get(o, "usage"), &keys);
	take_reason(f, o);
}

static size_t
take_end(struct facts *f, const cJSON *o, struct piece *pieces, bool is_bad)
{
	take_response(f, json_get(o, "response"));
	dialect_timings(f, json_get(o, "timings"));	/* llama-server's */
	if (is_bad && !f->has_error)
		dialect_error_object(f, json_get(o, "response"));
	f->is_closed = !f->has_error;
	return dialect_mark(pieces, CHUNK_USAGE, NAN);
}

/* response.WHAT.delta: reasoning or a summary of it, and the text, refusals
 * included. */
static enum chunk_kind
kind_of(const char *what)
{
	return strncmp(what, "reasoning", 9) == 0 ? CHUNK_REASONING :
	    strncmp(what, "output_text.", 12) == 0 ||
	    strncmp(what, "refusal.", 8) == 0 ? CHUNK_CONTENT : CHUNK_OTHER;
}

/* A call, as it begins or whole. */
static size_t
take_call(struct facts *f, struct piece *pieces, size_t n, int64_t index,
    const cJSON *item)
{
	if (strcmp(json_get_str(item, "type", ""), "function_call") != 0)
		return n;
	return dialect_call(f, pieces, n, index, json_get(item, "call_id"),
	    json_get(item, "name"), json_get(item, "arguments"));
}

/* What its end repeats counts where nothing of it came before. */
static size_t
end_call(struct facts *f, struct piece *pieces, int64_t index,
    const cJSON *item)
{
	return dialect_has_arguments(f, index, json_get(item, "call_id")) ?
	    0 : take_call(f, pieces, 0, index, item);
}

/* Its arguments in parts; or all of them at the end, the same. */
static size_t
take_arguments(struct facts *f, struct piece *pieces, int64_t index,
    const cJSON *o)
{
	const cJSON *part = json_get(o, "delta");

	if (part == NULL && dialect_has_arguments(f, index, NULL))
		return 0;
	return dialect_call(f, pieces, 0, index, NULL, NULL, part != NULL ?
	    part : json_get(o, "arguments"));
}

static bool
is_delta(const char *what)
{
	const char *dot = strrchr(what, '.');

	return dot != NULL && strcmp(dot, ".delta") == 0;
}

static size_t
take_event(struct facts *f, const char *type, const cJSON *o,
    struct piece *pieces)
{
	const char *what = type + strlen("response.");
	int64_t index = json_get_int(o, "output_index", -1);
	enum chunk_kind kind = CHUNK_OTHER;
	size_t n = 0;

	if (strncmp(type, "response.", strlen("response.")) != 0)
		return 0;
	if (strcmp(what, "created") == 0) {
		kind = CHUNK_ROLE;
		take_response(f, json_get(o, "response"));
	} else if (strcmp(what, "completed") == 0 ||
	    strcmp(what, "incomplete") == 0) {
		return take_end(f, o, pieces, false);
	} else if (strcmp(what, "failed") == 0) {
		return take_end(f, o, pieces, true);
	} else if (strcmp(what, "output_item.added") == 0) {
		n = take_call(f, pieces, 0, index, json_get(o, "item"));
	} else if (strcmp(what, "output_item.done") == 0) {
		n = end_call(f, pieces, index, json_get(o, "item"));
	} else if (strncmp(what, "function_call_arguments.", 24) == 0) {
		n = take_arguments(f, pieces, index, o);
	} else if (is_delta(what) && kind_of(what) != CHUNK_OTHER) {
		n = dialect_text(f, pieces, 0, kind_of(what),
		    json_get(o, "delta"));
	}
	return n > 0 ? n : dialect_mark(pieces, kind, NAN);
}

static size_t
take_item(struct facts *f, struct piece *pieces, size_t n, const cJSON *o)
{
	enum chunk_kind kind = strcmp(json_get_str(o, "type", ""),
	    "reasoning") == 0 ? CHUNK_REASONING : CHUNK_CONTENT;

	n = dialect_text(f, pieces, n, kind, json_get(o, "content"));
	n = dialect_text(f, pieces, n, kind, json_get(o, "summary"));
	return take_call(f, pieces, n, -1, o);
}

static const struct dialect dialect = {
	.take = take_event, .answer = "output", .take_item = take_item,
	.take_rest = take_response
};

/* ---- requests ------------------------------------------------------------ */

/* llama-server takes a text of the assistant only with its type. */
static void
say(struct json *j, const char *role, const char *text)
{
	json_object(j, NULL);
	json_str(j, "type", "message");
	json_str(j, "role", role);
	json_str(j, "content", text);
	json_close(j);
}

static void
result(struct json *j, const struct tool_call *c, const char *text)
{
	json_object(j, NULL);
	json_str(j, "type", "function_call_output");
	json_str(j, "call_id", c->id);
	json_str(j, "output", text);
	json_close(j);
}

static void
call(struct json *j, const struct history_turn *t)
{
	if (t->assistant[0] != '\0')
		say(j, "assistant", t->assistant);
	json_object(j, NULL);
	json_str(j, "type", "function_call");
	json_str(j, "call_id", t->call.id);
	body_call(j, &t->call);
	json_close(j);
}

static void
tool(struct json *j, const cJSON *t)
{
	json_str(j, "type", "function");
	body_tool(j, t, "parameters");
}

static void
write_body(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	static const struct body_words words = { say, call, result, tool,
	    "required", NULL };
	char *system = body_system(s);

	if (system != NULL)
		json_str(j, "instructions", system);
	json_array(j, "input");
	body_turns(j, &words, prompt, h);
	json_close(j);
	body_tools(j, &words, s);
	json_bool(j, "stream", true);
	json_bool(j, "store", false);
	if (body_effort(s) != NULL) {
		json_object(j, "reasoning");
		json_str(j, "effort", body_effort(s));
		json_close(j);
	}
	free(system);
}

const struct server_api api_responses = {
	.api = API_RESPONSES, .chat = "/v1/responses",
	.write_body = write_body, .form_in = "text",
	.sampling = { [SAMPLING_TEMPERATURE] = "temperature",
	    [SAMPLING_TOP_P] = "top_p",
	    [SAMPLING_MAX_TOKENS] = "max_output_tokens" },
	.dialect = &dialect
};
