/* LM Studio's own API: POST /api/v1/chat. */

#include <string.h>

#include "dialect.h"
#include "job.h"
#include "sse.h"
#include "xalloc.h"

static const char *const keys[] = { "model", "input", "system_prompt",
	"integrations", "stream", "temperature", "top_p", "top_k", "min_p",
	"repeat_penalty", "max_output_tokens", "reasoning", "context_length",
	"store", "previous_response_id", NULL };

static int
check_keys(const cJSON *o, struct problem *p)
{
	const cJSON *m;
	size_t i;

	cJSON_ArrayForEach(m, o) {
		for (i = 0; keys[i] != NULL; i++)
			if (strcmp(keys[i], m->string) == 0)
				break;
		if (keys[i] == NULL) {
			problem_set(p, 400, "invalid_request",
			    "Unrecognized key(s) in object: '%.80s'",
			    m->string);
			p->code = "unrecognized_keys";
			return -1;
		}
	}
	return 0;
}

/* "input" is a string, or a list of {type, content}. */
static int
parse_input(struct ask *a, const cJSON *o, struct problem *p)
{
	const cJSON *input = json_get(o, "input"), *item;
	const char *system = json_get_str(o, "system_prompt", NULL);

	if (system != NULL)
		ask_add_text(a, system);
	if (cJSON_IsString(input)) {
		ask_add_text(a, input->valuestring);
		return 0;
	}
	cJSON_ArrayForEach(item, input)
		ask_add_text(a, json_get_str(item, "content", ""));
	if (cJSON_IsArray(input) && cJSON_GetArraySize(input) > 0)
		return 0;
	problem_set(p, 400, "invalid_request", "'input' is required");
	p->code = "missing_required_parameter";
	p->param = "input";
	return -1;
}

static int
parse_reasoning(struct ask *a, const cJSON *o, struct problem *p)
{
	static const char *const words[] = { "off", "low", "medium", "high",
		"on", NULL };
	const char *s = json_get_str(o, "reasoning", NULL);

	if (s == NULL)
		return 0;
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], s) == 0) {
			a->reasoning = i > 0;
			return 0;
		}
	problem_set(p, 400, "invalid_request",
	    "Invalid enum value for 'reasoning': '%.40s'", s);
	p->param = "reasoning";
	return -1;
}

static int
parse(struct ask *a, const cJSON *o, struct problem *p)
{
	double temperature = json_get_num(o, "temperature", -1);
	const char *model = json_get_str(o, "model", NULL);

	if (check_keys(o, p) == -1 || parse_reasoning(a, o, p) == -1)
		return -1;
	if (model == NULL) {
		problem_set(p, 400, "invalid_request", "'model' is required");
		p->code = "missing_required_parameter";
		p->param = "model";
		return -1;
	}
	if (json_get(o, "temperature") != NULL &&
	    (temperature < 0 || temperature > 1)) {
		problem_set(p, 400, "invalid_request",
		    "'temperature' must be between 0 and 1");
		p->param = "temperature";
		return -1;
	}
	a->model = xstrdup(model);
	a->is_stream = json_get_bool(o, "stream", false);
	a->is_greedy = temperature == 0;
	a->max_tokens = json_get_int(o, "max_output_tokens", -1);
	a->context_length = json_get_int(o, "context_length", -1);
	a->has_usage = true;
	return parse_input(a, o, p);
}

/* ---- events ------------------------------------------------------------ */

static void
bare_event(struct buf *out, const char *type)
{
	struct json j;

	sse_typed(&j, out, type);
	sse_end(&j);
}

static void
begin(struct job *job, struct buf *out)
{
	struct json j;

	sse_typed(&j, out, "chat.start");
	json_str(&j, "model_instance_id", job->served);
	sse_end(&j);
}

static void
load(struct job *job, struct buf *out, double progress)
{
	struct json j;

	sse_typed(&j, out, progress <= 0 ? "model_load.start" :
	    progress >= 1 ? "model_load.end" : "model_load.progress");
	json_str(&j, "model_instance_id", job->served);
	if (progress >= 1)
		json_num(&j, "load_time_seconds", (double)job->load_ns / 1e9);
	else if (progress > 0)
		json_num(&j, "progress", progress);
	sse_end(&j);
}

static void
prefill(struct job *job, struct buf *out, double progress)
{
	struct json j;

	if (fault_has(job->faults, FAULT_KEEPALIVE))
		buf_adds(out, ": keepalive\n\n");
	sse_typed(&j, out, progress <= 0 ? "prompt_processing.start" :
	    progress >= 1 ? "prompt_processing.end" :
	    "prompt_processing.progress");
	if (progress > 0 && progress < 1)
		json_num(&j, "progress", progress);
	sse_end(&j);
}

static void
close_text(struct job *job, struct buf *out)
{
	if (job->kind == TEXT_REASONING)
		bare_event(out, "reasoning.end");
	else if (job->kind == TEXT_CONTENT)
		bare_event(out, "message.end");
	job->kind = TEXT_NONE;
}

static void
text(struct job *job, struct buf *out, enum text_kind kind, const char *s,
    size_t len)
{
	struct json j;

	if (job->kind != kind) {
		close_text(job, out);
		bare_event(out, kind == TEXT_REASONING ? "reasoning.start" :
		    "message.start");
	}
	sse_typed(&j, out, kind == TEXT_REASONING ? "reasoning.delta" :
	    "message.delta");
	json_strn(&j, "content", s, len);
	sse_end(&j);
}

static void
result(struct job *job, struct json *j)
{
	json_str(j, "model_instance_id", job->served);
	json_array(j, "output");
	if (job->reasoning.len > 0) {
		json_object(j, NULL);
		json_str(j, "type", "reasoning");
		json_strn(j, "content", job->reasoning.data,
		    job->reasoning.len);
		json_close(j);
	}
	if (job->content.len > 0) {
		json_object(j, NULL);
		json_str(j, "type", "message");
		json_strn(j, "content", job->content.data, job->content.len);
		json_close(j);
	}
	json_close(j);
	if (fault_has(job->faults, FAULT_NO_USAGE))
		return;
	json_object(j, "stats");
	json_int(j, "input_tokens", job->prompt_said);
	json_int(j, "total_output_tokens", job->tokens);
	json_int(j, "reasoning_output_tokens", job->reasoning_tokens);
	json_num(j, "tokens_per_second", job->tokens_per_s);
	json_num(j, "time_to_first_token_seconds", job->ttft_s);
	if (job->is_jit)
		json_num(j, "model_load_time_seconds",
		    (double)job->load_ns / 1e9);
	json_close(j);
}

static void
error(struct job *job, struct buf *out, const struct problem *p)
{
	struct json j;

	close_text(job, out);
	sse_typed(&j, out, "error");
	json_object(&j, "error");
	json_str(&j, "type", p->type);
	json_str(&j, "message", p->message);
	if (p->code != NULL)
		json_str(&j, "code", p->code);
	sse_end(&j);
}

static void
end(struct job *job, struct buf *out)
{
	struct json j;

	close_text(job, out);
	sse_typed(&j, out, "chat.end");
	json_object(&j, "result");
	result(job, &j);
	sse_end(&j);
}

static void
body(struct job *job, struct buf *out)
{
	struct json j;

	json_begin(&j, out);
	result(job, &j);
	json_end_line(&j);
}

const struct dialect dialect_v1 = {
	.name = "v1", .parse = parse, .problem = problem_v1, .begin = begin,
	.load = load, .prefill = prefill, .text = text, .error = error,
	.end = end, .body = body
};
