/* POST /api/chat, Ollama's own: a line of JSON for each event. */

#include <string.h>

#include "dialect.h"
#include "job.h"
#include "sim.h"
#include "xalloc.h"

static int
parse(struct ask *a, const cJSON *o, struct problem *p)
{
	const cJSON *options = json_get(o, "options"), *m;

	a->model = xstrdup(json_get_str(o, "model", ""));
	a->is_stream = json_get_bool(o, "stream", true);
	a->has_usage = true;
	a->is_greedy = json_get_num(options, "temperature", -1) == 0;
	a->max_tokens = json_get_int(options, "num_predict", -1);
	a->seed = json_get_int(options, "seed", -1);
	if (cJSON_IsFalse(json_get(o, "think")))
		a->reasoning = 0;
	cJSON_ArrayForEach(m, json_get(o, "messages"))
		ask_add_text(a, json_get_str(m, "content", ""));
	if (a->texts.len > 0)
		return 0;
	problem_set(p, 400, "invalid_request", "missing messages");
	return -1;
}

static void
begin_line(struct job *job, struct json *j, struct buf *out)
{
	json_begin(j, out);
	json_str(j, "model", job->served);
	json_str(j, "created_at", "2026-11-28T00:00:00.000000000Z");
}

static void
message(struct json *j, const char *key, const char *s, size_t len)
{
	json_object(j, "message");
	json_str(j, "role", "assistant");
	if (strcmp(key, "content") != 0)
		json_str(j, "content", "");
	json_strn(j, key, s, len);
	json_close(j);
}

static void
text(struct job *job, struct buf *out, enum text_kind kind, const char *s,
    size_t len)
{
	struct json j;

	begin_line(job, &j, out);
	message(&j, kind == TEXT_CONTENT ? "content" : "thinking", s, len);
	json_bool(&j, "done", false);
	json_end_line(&j);
}

static void
error(struct job *job, struct buf *out, const struct problem *p)
{
	(void)job;
	problem_string(out, p);
}

static void
figures(struct job *job, struct json *j)
{
	json_bool(j, "done", true);
	json_str(j, "done_reason", job->finish);
	if (fault_has(job->faults, FAULT_NO_USAGE))
		return;
	json_int(j, "total_duration", job->last_ns - job->x->received_ns);
	json_int(j, "load_duration", job->load_ns);
	json_int(j, "prompt_eval_count", job->prompt_said);
	json_int(j, "prompt_eval_duration", job->prefill_end_ns -
	    job->prefill_ns);
	json_int(j, "eval_count", job->tokens);
	json_int(j, "eval_duration", (int64_t)(job_generation_s(job) * 1e9));
}

static void
end(struct job *job, struct buf *out)
{
	struct json j;

	begin_line(job, &j, out);
	message(&j, "content", "", 0);
	figures(job, &j);
	json_end_line(&j);
}

static void
body(struct job *job, struct buf *out)
{
	struct json j;

	begin_line(job, &j, out);
	message(&j, "content", buf_cstr(&job->content), job->content.len);
	figures(job, &j);
	json_end_line(&j);
}

const struct dialect dialect_ollama = {
	.name = "ollama", .parse = parse, .problem = problem_string,
	.stream_type = "application/x-ndjson",
	.text = text, .error = error, .end = end, .body = body
};
