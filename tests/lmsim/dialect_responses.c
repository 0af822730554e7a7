/* POST /v1/responses, OpenAI's newer path. */

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "dialect.h"
#include "job.h"
#include "sim.h"
#include "sse.h"
#include "xalloc.h"

/* "input" is a string, or a list of items: messages, calls and what they
 * gave. */
static int
parse(struct ask *a, const cJSON *o, struct problem *p)
{
	const cJSON *input = json_get(o, "input"), *item;
	const char *effort = json_get_str(json_get(o, "reasoning"), "effort",
	    "");

	a->model = xstrdup(json_get_str(o, "model", ""));
	a->is_stream = json_get_bool(o, "stream", false);
	a->has_usage = true;
	a->is_greedy = json_get_num(o, "temperature", -1) == 0;
	a->max_tokens = json_get_int(o, "max_output_tokens", -1);
	a->has_form = json_get(json_get(json_get(o, "text"), "format"),
	    "schema") != NULL;
	if (strcmp(effort, "none") == 0)
		a->reasoning = 0;
	ask_add_tools(a, json_get(o, "tools"), NULL, "parameters");
	ask_add_content(a, json_get(o, "instructions"));
	if (cJSON_IsString(input))
		ask_add_text(a, input->valuestring);
	cJSON_ArrayForEach(item, input) {
		ask_add_content(a, json_get(item, "content"));
		ask_add_content(a, json_get(item, "arguments"));
		ask_add_content(a, json_get(item, "output"));
	}
	if (cJSON_IsString(input) || cJSON_GetArraySize(input) > 0)
		return 0;
	return dialect_missing(p, "input");
}

/* ---- events ------------------------------------------------------------ */

static void
item(struct json *j, const char *type, const char *part,
    const struct buf *text)
{
	if (text->len == 0)
		return;
	json_object(j, NULL);
	json_str(j, "type", type);
	json_array(j, "content");
	json_object(j, NULL);
	json_str(j, "type", part);
	json_strn(j, "text", text->data, text->len);
	json_close(j);
	json_close(j);
	json_close(j);
}

static void
usage(struct job *job, struct json *j)
{
	json_object(j, "usage");
	json_int(j, "input_tokens", job->prompt_said);
	json_int(j, "output_tokens", job->tokens);
	json_int(j, "total_tokens", job->prompt_said + job->tokens);
	if (dialect_tells_cached(job)) {
		json_object(j, "input_tokens_details");
		json_int(j, "cached_tokens", job->cached_tokens);
		json_close(j);
	}
	json_object(j, "output_tokens_details");
	json_int(j, "reasoning_tokens", job->reasoning_tokens);
	json_close(j);
	json_close(j);
}

/* llama-server calls it completed at the limit, too. */
static const char *
status_of(const struct job *job)
{
	return strcmp(job->finish, "length") == 0 && !dialect_has_extras(job) ?
	    "incomplete" : "completed";
}

/* The members of a response that is over. */
static void
whole(struct job *job, struct json *j)
{
	const char *status = status_of(job);

	json_str(j, "id", job->id);
	json_str(j, "object", "response");
	json_int(j, "created_at", job->sim->started_ns / NS_PER_S);
	json_str(j, "status", status);
	json_null(j, "error");
	json_str(j, "model", job->served);
	if (strcmp(status, "incomplete") == 0) {
		json_object(j, "incomplete_details");
		json_str(j, "reason", "max_output_tokens");
		json_close(j);
	}
	json_array(j, "output");
	item(j, "reasoning", "reasoning_text", &job->reasoning);
	item(j, "message", "output_text", &job->content);
	json_close(j);
	if (!fault_has(job->faults, FAULT_NO_USAGE))
		usage(job, j);
}

/* An event about the response while it goes on. */
static void
progress_event(struct job *job, struct buf *out, const char *type)
{
	struct json j;

	sse_typed(&j, out, type);
	json_object(&j, "response");
	json_str(&j, "id", job->id);
	json_str(&j, "object", "response");
	json_str(&j, "status", "in_progress");
	json_str(&j, "model", job->served);
	json_null(&j, "error");
	json_null(&j, "usage");
	json_close(&j);
	sse_end(&j);
}

static void
begin(struct job *job, struct buf *out)
{
	progress_event(job, out, "response.created");
	progress_event(job, out, "response.in_progress");
}

static void
prefill(struct job *job, struct buf *out, double progress)
{
	(void)progress;
	if (fault_has(job->faults, FAULT_KEEPALIVE))
		buf_adds(out, ": keepalive\n\n");
}

static const char *
item_type(enum text_kind kind)
{
	return kind == TEXT_CONTENT ? "message" : "reasoning";
}

static void
item_event(struct buf *out, const char *type, enum text_kind kind)
{
	struct json j;

	if (kind == TEXT_NONE)
		return;
	sse_typed(&j, out, type);
	json_object(&j, "item");
	json_str(&j, "type", item_type(kind));
	json_close(&j);
	sse_end(&j);
}

static void
delta(struct buf *out, const char *type, const char *s, size_t len)
{
	struct json j;

	sse_typed(&j, out, type);
	json_strn(&j, "delta", s, len);
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
		sse_typed(&j, out, "response.output_item.added");
		json_object(&j, "item");
		json_str(&j, "type", "function_call");
		json_str(&j, "call_id", job->id);
		json_strn(&j, "name", job->call.name.data, job->call.name.len);
		json_str(&j, "arguments", "");
		json_close(&j);
		sse_end(&j);
	}
	if (!job->call.is_whole)
		delta(out, "response.function_call_arguments.delta", s, len);
	if (job->tokens < job->total_target)
		return;
	sse_typed(&j, out, "response.function_call_arguments.done");
	json_strn(&j, "arguments", job->content.data, job->content.len);
	sse_end(&j);
}

static void
text(struct job *job, struct buf *out, enum text_kind kind, const char *s,
    size_t len)
{
	if (kind == TEXT_CONTENT && job->call.name.len > 0) {
		call(job, out, s, len);
		return;
	}
	if (job->kind != kind && len > 0) {
		item_event(out, "response.output_item.done", job->kind);
		item_event(out, "response.output_item.added", kind);
	}
	delta(out, kind == TEXT_CONTENT ? "response.output_text.delta" :
	    "response.reasoning_text.delta", s, len);
}

static void
error(struct job *job, struct buf *out, const struct problem *p)
{
	struct json j;

	sse_typed(&j, out, "response.failed");
	json_object(&j, "response");
	json_str(&j, "id", job->id);
	json_str(&j, "status", "failed");
	json_object(&j, "error");
	json_str(&j, "code", p->type);
	json_str(&j, "message", p->message);
	json_close(&j);
	json_close(&j);
	sse_end(&j);
}

static void
end(struct job *job, struct buf *out)
{
	char type[32];
	struct json j;

	item_event(out, "response.output_item.done", job->kind);
	snprintf(type, sizeof(type), "response.%s", status_of(job));
	sse_typed(&j, out, type);
	json_object(&j, "response");
	whole(job, &j);
	json_close(&j);
	if (dialect_has_extras(job))
		dialect_timings(job, &j);
	sse_end(&j);
}

static void
body(struct job *job, struct buf *out)
{
	struct json j;

	json_begin(&j, out);
	whole(job, &j);
	json_end_line(&j);
}

const struct dialect dialect_responses = {
	.name = "responses", .parse = parse, .problem = problem_openai,
	.begin = begin, .prefill = prefill, .text = text,
	.error = error, .end = end, .body = body
};
