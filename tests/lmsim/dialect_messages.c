/* POST /v1/messages, Anthropic's. */

#include <string.h>

#include "agent.h"
#include "dialect.h"
#include "job.h"
#include "sim.h"
#include "sse.h"
#include "xalloc.h"

/* Texts, and the calls that were made, as models write them, and what they
 * gave. */
static void
add_blocks(struct ask *a, const cJSON *content)
{
	const cJSON *block, *input;
	struct buf text = BUF_INIT;

	if (!cJSON_IsArray(content))
		ask_add_content(a, content);
	cJSON_ArrayForEach(block, content) {
		input = json_get(block, "input");
		if (json_get(block, "text") != NULL)
			ask_add_text(a, json_get_str(block, "text", ""));
		ask_add_content(a, json_get(block, "content"));
		if (input == NULL)
			continue;
		agent_write(&text, input);
		ask_add_text(a, buf_cstr(&text));
		buf_clear(&text);
	}
	buf_fini(&text);
}

static int
parse(struct ask *a, const cJSON *o, struct problem *p)
{
	const cJSON *messages = json_get(o, "messages"), *m;
	const char *thinking = json_get_str(json_get(o, "thinking"), "type",
	    "");

	a->model = xstrdup(json_get_str(o, "model", ""));
	a->is_stream = json_get_bool(o, "stream", false);
	a->has_usage = true;
	a->is_greedy = json_get_num(o, "temperature", -1) == 0;
	a->max_tokens = json_get_int(o, "max_tokens", -1);
	a->has_form = json_get(json_get(json_get(o, "output_config"),
	    "format"), "schema") != NULL;
	if (strcmp(thinking, "disabled") == 0)
		a->reasoning = 0;
	if (a->max_tokens < 0)
		return dialect_missing(p, "max_tokens");
	if (!cJSON_IsArray(messages) || cJSON_GetArraySize(messages) == 0)
		return dialect_missing(p, "messages");
	ask_add_tools(a, json_get(o, "tools"), NULL, "input_schema");
	ask_add_content(a, json_get(o, "system"));
	cJSON_ArrayForEach(m, messages)
		add_blocks(a, json_get(m, "content"));
	return 0;
}

static void
problem(struct buf *out, const struct problem *p)
{
	struct json j;

	json_begin(&j, out);
	json_str(&j, "type", "error");
	json_object(&j, "error");
	json_str(&j, "type", p->type);
	json_str(&j, "message", p->message);
	json_close(&j);
	json_end_line(&j);
}

/* ---- events ------------------------------------------------------------ */

/* What was cached is not in the input. */
static void
input(struct job *job, struct json *j)
{
	int64_t cached = dialect_tells_cached(job) ? job->cached_tokens : 0;

	if (dialect_tells_cached(job))
		json_int(j, "cache_read_input_tokens", cached);
	json_int(j, "input_tokens", job->prompt_said - cached);
}

static bool
has_usage(const struct job *job)
{
	return !fault_has(job->faults, FAULT_NO_USAGE);
}

static void
message_start(struct job *job, struct buf *out)
{
	struct json j;

	sse_typed(&j, out, "message_start");
	json_object(&j, "message");
	json_str(&j, "id", job->id);
	json_str(&j, "type", "message");
	json_str(&j, "role", "assistant");
	json_array(&j, "content");
	json_close(&j);
	json_str(&j, "model", job->served);
	json_null(&j, "stop_reason");
	if (has_usage(job)) {
		json_object(&j, "usage");
		input(job, &j);
		json_int(&j, "output_tokens", 0);
		json_close(&j);
	}
	json_close(&j);
	sse_end(&j);
}

/* llama-server and vLLM send it with the first token. */
static bool
is_late(const struct job *job)
{
	return job->sim->catalogue->imitates == AS_VLLM ||
	    dialect_has_extras(job);
}

static void
begin(struct job *job, struct buf *out)
{
	if (!is_late(job))
		message_start(job, out);
}

/* A ping, once. */
static void
prefill(struct job *job, struct buf *out, double progress)
{
	struct json j;

	if (fault_has(job->faults, FAULT_KEEPALIVE))
		buf_adds(out, ": keepalive\n\n");
	if (progress > 0 || is_late(job))
		return;
	sse_typed(&j, out, "ping");
	sse_end(&j);
}

/* A block's event with its number: reasoning comes first, if any. */
static void
block(struct job *job, struct json *j, struct buf *out, const char *type,
    enum text_kind kind)
{
	sse_typed(j, out, type);
	json_int(j, "index", kind == TEXT_CONTENT && job->reasoning.len > 0);
}

static void
block_stop(struct job *job, struct buf *out)
{
	struct json j;

	if (job->kind == TEXT_NONE)
		return;
	block(job, &j, out, "content_block_stop", job->kind);
	sse_end(&j);
}

static void
block_start(struct job *job, struct buf *out, enum text_kind kind)
{
	const char *type = kind == TEXT_CONTENT ? "text" : "thinking";
	struct json j;

	block_stop(job, out);
	block(job, &j, out, "content_block_start", kind);
	json_object(&j, "content_block");
	json_str(&j, "type", type);
	json_str(&j, type, "");
	json_close(&j);
	sse_end(&j);
}

static void
delta(struct job *job, struct buf *out, enum text_kind kind,
    const char *type, const char *key, const char *s, size_t len)
{
	struct json j;

	block(job, &j, out, "content_block_delta", kind);
	json_object(&j, "delta");
	json_str(&j, "type", type);
	json_strn(&j, key, s, len);
	json_close(&j);
	sse_end(&j);
}

/* A part of a call; or all of it at its end, from servers that parse it. */
static void
call(struct job *job, struct buf *out, const char *s, size_t len)
{
	bool is_first = job->call.is_whole || job->content.len == len;
	struct json j;

	if (job->call.is_whole && job->tokens < job->total_target)
		return;
	if (is_first) {
		block(job, &j, out, "content_block_start", TEXT_CONTENT);
		json_object(&j, "content_block");
		json_str(&j, "type", "tool_use");
		json_str(&j, "id", job->id);
		json_strn(&j, "name", job->call.name.data, job->call.name.len);
		json_object(&j, "input");
		json_close(&j);
		json_close(&j);
		sse_end(&j);
	}
	if (job->call.is_whole)
		s = job->content.data, len = job->content.len;
	delta(job, out, TEXT_CONTENT, "input_json_delta", "partial_json", s,
	    len);
}

static void
text(struct job *job, struct buf *out, enum text_kind kind, const char *s,
    size_t len)
{
	bool is_content = kind == TEXT_CONTENT;

	if (is_late(job) && job->chunks == 1 && len > 0)
		message_start(job, out);
	if (is_content && job->call.name.len > 0) {
		call(job, out, s, len);
		return;
	}
	if (job->kind != kind && len > 0)
		block_start(job, out, kind);
	delta(job, out, kind, is_content ? "text_delta" : "thinking_delta",
	    is_content ? "text" : "thinking", s, len);
}

static void
error(struct job *job, struct buf *out, const struct problem *p)
{
	(void)job;
	buf_adds(out, "event: error\ndata: ");
	problem(out, p);
	buf_addc(out, '\n');
}

static const char *
stop_reason(const struct job *job)
{
	return strcmp(job->finish, "length") == 0 ? "max_tokens" :
	    job->call.name.len > 0 ? "tool_use" : "end_turn";
}

static void
end(struct job *job, struct buf *out)
{
	struct json j;

	block_stop(job, out);
	sse_typed(&j, out, "message_delta");
	json_object(&j, "delta");
	json_str(&j, "stop_reason", stop_reason(job));
	json_close(&j);
	if (has_usage(job)) {
		json_object(&j, "usage");
		json_int(&j, "output_tokens", job->tokens);
		json_close(&j);
	}
	sse_end(&j);
	sse_typed(&j, out, "message_stop");
	sse_end(&j);
}

static void
whole_block(struct json *j, const char *type, const struct buf *text)
{
	if (text->len == 0)
		return;
	json_object(j, NULL);
	json_str(j, "type", type);
	json_strn(j, type, text->data, text->len);
	json_close(j);
}

static void
body(struct job *job, struct buf *out)
{
	struct json j;

	json_begin(&j, out);
	json_str(&j, "type", "message");
	json_str(&j, "role", "assistant");
	json_array(&j, "content");
	whole_block(&j, "thinking", &job->reasoning);
	whole_block(&j, "text", &job->content);
	json_close(&j);
	json_str(&j, "model", job->served);
	json_str(&j, "stop_reason", stop_reason(job));
	if (has_usage(job)) {
		json_object(&j, "usage");
		input(job, &j);
		json_int(&j, "output_tokens", job->tokens);
		json_close(&j);
	}
	json_end_line(&j);
}

const struct dialect dialect_messages = {
	.name = "messages", .parse = parse, .problem = problem,
	.begin = begin, .prefill = prefill, .text = text,
	.error = error, .end = end, .body = body
};
