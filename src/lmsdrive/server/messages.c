/*
 * Anthropic's path, /v1/messages, as LM Studio, llama-server, vLLM and Ollama
 * offer it beside their own: which of them it is, and what is loaded, is found
 * out and done in their ways.  An answer is blocks of text, thinking and tool
 * calls; what was cached is not counted in its input_tokens.
 */

#include "api.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- answers ------------------------------------------------------------- */

/*
 * What counts is what was said last, of each: some know only at the end what
 * was cached, some tell it at the beginning only.  No zero takes the place of
 * a good count.
 */
static void
take_input(struct facts *f, const cJSON *usage)
{
	int64_t read = f->cached_tokens, written = 0, fresh = -1;

	dialect_count(&fresh, usage, "input_tokens");
	dialect_count(&written, usage, "cache_creation_input_tokens");
	if (fresh >= 0)
		fresh += written;
	if (fresh <= 0 && f->prompt_tokens > 0)
		fresh = f->prompt_tokens - (read > 0 ? read : 0);
	dialect_count(&read, usage, "cache_read_input_tokens");
	if (fresh < 0)
		return;
	f->prompt_tokens = fresh + (read > 0 ? read : 0);
	f->cached_tokens = read;
}

static void
take_output(struct facts *f, const cJSON *usage)
{
	static const struct usage_keys keys = { .out = "output_tokens" };

	take_input(f, usage);
	dialect_usage(f, usage, &keys);
}

/* In OpenAI's words, where it has one. */
static void
take_stop(struct facts *f, const char *reason)
{
	static const char *const words[][2] = {
		{ "end_turn", "stop" }, { "stop_sequence", "stop" },
		{ "max_tokens", "length" }, { "tool_use", "tool_calls" },
		{ "model_context_window_exceeded", "length" }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (reason != NULL && strcmp(reason, words[i][0]) == 0)
			reason = words[i][1];
	dialect_copy(f->finish, sizeof(f->finish), reason);
}

/* A block, its beginning, or what comes to it, by its index.  The input of a
 * call is empty at its beginning. */
static size_t
take_block(struct facts *f, struct piece *pieces, size_t n, int64_t index,
    const cJSON *o)
{
	const cJSON *input = json_get(o, "input");
	const cJSON *part = json_get(o, "partial_json");

	n = dialect_text(f, pieces, n, CHUNK_REASONING,
	    json_get(o, "thinking"));
	n = dialect_text(f, pieces, n, CHUNK_CONTENT, json_get(o, "text"));
	if (strcmp(json_get_str(o, "type", ""), "tool_use") == 0)
		n = dialect_call(f, pieces, n, index, json_get(o, "id"),
		    json_get(o, "name"), input != NULL &&
		    input->child != NULL ? input : NULL);
	else if (cJSON_IsString(part))
		n = dialect_call(f, pieces, n, index, NULL, NULL, part);
	return n;
}

static void
take_message(struct facts *f, const cJSON *message)
{
	dialect_copy(f->model_served, sizeof(f->model_served),
	    json_get_str(message, "model", NULL));
	take_stop(f, json_get_str(message, "stop_reason", NULL));
}

static size_t
take_event(struct facts *f, const char *type, const cJSON *o,
    struct piece *pieces)
{
	const cJSON *message = json_get(o, "message");
	int64_t index = json_get_int(o, "index", -1);
	enum chunk_kind kind = CHUNK_OTHER;
	size_t n = 0;

	if (strcmp(type, "message_start") == 0) {
		kind = CHUNK_ROLE;
		take_message(f, message);
		take_input(f, json_get(message, "usage"));
	} else if (strcmp(type, "content_block_start") == 0) {
		n = take_block(f, pieces, 0, index,
		    json_get(o, "content_block"));
	} else if (strcmp(type, "content_block_delta") == 0) {
		n = take_block(f, pieces, 0, index, json_get(o, "delta"));
	} else if (strcmp(type, "message_delta") == 0) {
		kind = CHUNK_USAGE;
		take_message(f, json_get(o, "delta"));
		take_output(f, json_get(o, "usage"));
	} else if (strcmp(type, "message_stop") == 0) {
		f->is_closed = true;
	} else if (strcmp(type, "content_block_stop") != 0 &&
	    strcmp(type, "ping") != 0) {
		return 0;
	}
	return n > 0 ? n : dialect_mark(pieces, kind, NAN);
}

static size_t
take_item(struct facts *f, struct piece *pieces, size_t n, const cJSON *block)
{
	return take_block(f, pieces, n, -1, block);
}

static void
take_rest(struct facts *f, const cJSON *o)
{
	take_message(f, o);
	take_output(f, json_get(o, "usage"));
}

static const struct dialect dialect = {
	.take = take_event, .answer = "content", .take_item = take_item,
	.take_rest = take_rest
};

/* ---- requests ------------------------------------------------------------ */

/* llama-server and vLLM go by the template's words alone. */
static void
write_reasoning(struct json *j, const struct step *s)
{
	const char *reasoning = s->sampling.reasoning;
	int64_t most = s->sampling.max_tokens - 1;

	if (reasoning == NULL)
		return;
	json_object(j, "thinking");
	if (strcmp(reasoning, "off") == 0) {
		json_str(j, "type", "disabled");
	} else {
		json_str(j, "type", "enabled");
		json_int(j, "budget_tokens", most > 0 ? most : 1);
	}
	json_close(j);
	body_template_words(j, s);
}

/* A block of a message of its own. */
static void
begin_block(struct json *j, const char *role, const char *type)
{
	json_object(j, NULL);
	json_str(j, "role", role);
	json_array(j, "content");
	json_object(j, NULL);
	json_str(j, "type", type);
}

static void
end_block(struct json *j)
{
	json_close(j);
	json_close(j);
	json_close(j);
}

static void
result(struct json *j, const struct tool_call *c, const char *text)
{
	begin_block(j, "user", "tool_result");
	json_str(j, "tool_use_id", c->id);
	json_str(j, "content", text);
	end_block(j);
}

static void
call(struct json *j, const struct history_turn *t)
{
	const struct buf *arguments = &t->call.arguments;

	begin_block(j, "assistant", t->assistant[0] != '\0' ? "text" :
	    "tool_use");
	if (t->assistant[0] != '\0') {
		json_str(j, "text", t->assistant);
		json_close(j);
		json_object(j, NULL);
		json_str(j, "type", "tool_use");
	}
	json_str(j, "id", t->call.id);
	json_strn(j, "name", t->call.name.data, t->call.name.len);
	json_raw(j, "input", arguments->data, arguments->len);
	end_block(j);
}

static void
tool(struct json *j, const cJSON *t)
{
	body_tool(j, t, "input_schema");
}

static void
write_body(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	static const struct body_words words = { body_message, call, result,
	    tool, "any", "type" };
	char *system = body_system(s);

	if (system != NULL)
		json_str(j, "system", system);
	json_array(j, "messages");
	body_turns(j, &words, prompt, h);
	json_close(j);
	body_tools(j, &words, s);
	json_bool(j, "stream", true);
	write_reasoning(j, s);
	free(system);
}

const struct server_api api_messages = {
	.api = API_MESSAGES, .chat = "/v1/messages", .write_body = write_body,
	.form_in = "output_config", .is_form_nameless = true,
	.sampling = { [SAMPLING_TEMPERATURE] = "temperature",
	    [SAMPLING_TOP_P] = "top_p", [SAMPLING_TOP_K] = "top_k",
	    [SAMPLING_MAX_TOKENS] = "max_tokens" },
	.dialect = &dialect
};
