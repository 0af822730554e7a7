/* POST /v1/chat/completions and /v1/completions; LM Studio's v0 is the same
 * with more in the answers that are not streamed. */

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "clock.h"
#include "dialect.h"
#include "job.h"
#include "odds.h"
#include "sim.h"
#include "sse.h"
#include "xalloc.h"

static bool
is_raw(const struct job *job)
{
	return job->ask.is_raw;
}

/* ---- reading ----------------------------------------------------------- */

static void
parse_options(struct ask *a, const cJSON *o)
{
	const cJSON *options = json_get(o, "stream_options");
	const cJSON *template = json_get(o, "chat_template_kwargs");

	a->is_stream = json_get_bool(o, "stream", false);
	a->has_usage = !a->is_stream ||
	    json_get_bool(options, "include_usage", false);
	a->wants_progress = json_get_bool(o, "return_progress", false);
	a->is_greedy = json_get_num(o, "temperature", -1) == 0;
	a->max_tokens = json_get_int(o, "max_tokens",
	    json_get_int(o, "max_completion_tokens", -1));
	if (a->max_tokens < 0)
		a->max_tokens = -1;
	a->seed = json_get_int(o, "seed", -1);
	a->has_form = json_get(json_get(json_get(o, "response_format"),
	    "json_schema"), "schema") != NULL;
	if (template != NULL &&
	    !json_get_bool(template, "enable_thinking", true))
		a->reasoning = 0;
}

/* OpenAI's words; others are an error to those who look. */
static int
parse_effort(struct ask *a, const cJSON *o, struct problem *p)
{
	static const char *const words[] = { "none", "minimal", "low",
		"medium", "high", "xhigh", NULL };
	const char *s = json_get_str(o, "reasoning_effort", NULL);
	size_t i;

	if (s == NULL)
		return 0;
	for (i = 0; words[i] != NULL && strcmp(words[i], s) != 0;)
		i++;
	if (i == 0)
		a->reasoning = 0;
	if (words[i] != NULL)
		return 0;
	problem_set(p, 400, "invalid_request",
	    "invalid reasoning value: \"%.40s\"", s);
	p->param = "reasoning_effort";
	return -1;
}

/* What the model called before is text of the conversation. */
static void
add_calls(struct ask *a, const cJSON *calls)
{
	const cJSON *call;

	cJSON_ArrayForEach(call, calls)
		ask_add_text(a, json_get_str(json_get(call, "function"),
		    "arguments", ""));
}

static int
parse_chat(struct ask *a, const cJSON *o, struct problem *p)
{
	const cJSON *messages = json_get(o, "messages"), *m;
	const char *model = json_get_str(o, "model", "");

	parse_options(a, o);
	a->model = xstrdup(model);
	if (parse_effort(a, o, p) == -1)
		return -1;
	if (!cJSON_IsArray(messages) || cJSON_GetArraySize(messages) == 0)
		return dialect_missing(p, "messages");
	ask_add_tools(a, json_get(o, "tools"), "function", "parameters");
	cJSON_ArrayForEach(m, messages) {
		ask_add_content(a, json_get(m, "content"));
		add_calls(a, json_get(m, "tool_calls"));
		a->answers += strcmp(json_get_str(m, "role", ""),
		    "assistant") == 0;
	}
	return 0;
}

static int
parse_raw(struct ask *a, const cJSON *o, struct problem *p)
{
	const char *prompt = json_get_str(o, "prompt", NULL);

	parse_options(a, o);
	a->is_raw = true;
	a->logprobs = json_get_int(o, "logprobs", 0);
	a->model = xstrdup(json_get_str(o, "model", ""));
	if (prompt == NULL)
		return dialect_missing(p, "prompt");
	ask_add_text(a, prompt);
	return 0;
}

/* ---- events ------------------------------------------------------------ */

static void
head(struct job *job, struct json *j, bool is_chunk)
{
	json_str(j, "id", job->id);
	json_str(j, "object", is_raw(job) ? "text_completion" :
	    is_chunk ? "chat.completion.chunk" : "chat.completion");
	json_int(j, "created", job->sim->started_ns / NS_PER_S);
	json_str(j, "model", job->served);
	if (is_chunk)
		json_str(j, "system_fingerprint",
		    job->sim->catalogue->imitates == AS_LLAMA_SERVER ?
		    "b1-lmsim" : job->served);
}

/* A chunk up to its delta (or text), which the caller fills. */
static void
chunk_begin(struct job *job, struct json *j, struct buf *out)
{
	sse_begin(j, out, NULL);
	head(job, j, true);
	json_array(j, "choices");
	json_object(j, NULL);
	json_int(j, "index", 0);
}

static void
chunk_end(struct json *j, const char *finish)
{
	json_null(j, "logprobs");
	json_str(j, "finish_reason", finish);
	json_close(j);
	json_close(j);
}

bool
dialect_has_extras(const struct job *job)
{
	return job->sim->catalogue->imitates == AS_LLAMA_SERVER ||
	    fault_has(job->faults, FAULT_LLAMA_EXTRAS);
}

static void
role_chunk(struct job *job, struct buf *out)
{
	struct json j;

	chunk_begin(job, &j, out);
	json_object(&j, "delta");
	json_str(&j, "role", "assistant");
	if (fault_has(job->faults, FAULT_EMPTY_CHUNKS))
		json_str(&j, "content", "");
	else
		json_null(&j, "content");
	json_close(&j);
	chunk_end(&j, NULL);
	sse_end(&j);
}

static void
begin(struct job *job, struct buf *out)
{
	if (!is_raw(job) && (job->sim->catalogue->has_role_chunk ||
	    fault_has(job->faults, FAULT_ROLE_CHUNK)))
		role_chunk(job, out);
}

/* llama-server and vLLM send the role chunk with the first token. */
static bool
has_late_role(const struct job *job)
{
	return !is_raw(job) && job->chunks == 1 && (dialect_has_extras(job) ||
	    job->sim->catalogue->imitates == AS_VLLM);
}

static void
prefill(struct job *job, struct buf *out, double progress)
{
	struct json j;
	int64_t todo = job->prompt_tokens - job->cached_tokens;
	int64_t done = job->cached_tokens +
	    (int64_t)llround((double)todo * progress);

	if (fault_has(job->faults, FAULT_KEEPALIVE) ||
	    job->sim->catalogue->imitates == AS_MLX_LM)
		buf_addf(out, ": keepalive %" PRId64 "/%" PRId64 "\n\n", done,
		    job->prompt_tokens);
	if (!job->ask.wants_progress || !dialect_has_extras(job))
		return;
	chunk_begin(job, &j, out);
	if (!is_raw(job)) {
		json_object(&j, "delta");
		json_str(&j, "role", "assistant");
		json_null(&j, "content");
		json_close(&j);
	} else {
		json_str(&j, "text", "");
	}
	chunk_end(&j, NULL);
	json_object(&j, "prompt_progress");
	json_int(&j, "total", job->prompt_tokens);
	json_int(&j, "cache", job->cached_tokens);
	json_int(&j, "processed", done);
	json_int(&j, "time_ms", (int64_t)((double)(job->prefill_end_ns -
	    job->prefill_ns) / 1e6 * progress));
	sse_end(&j);
}

/* Behind the first token, when asked for; a model without drops the wish. */
static void
write_odds(struct job *job, struct json *j)
{
	struct odds o;

	if (job->ask.logprobs <= 0 || job->model->logit_noise < 0 ||
	    job->tokens > 1) {
		json_null(j, "logprobs");
		return;
	}
	odds_of(&o, job->model->key, buf_cstr(&job->ask.last),
	    job->model->logit_noise);
	odds_write(j, &o, job->ask.logprobs);
}

/* The call, or a further part of its arguments. */
static void
write_call(struct job *job, struct json *j, bool is_first, const char *s,
    size_t len)
{
	json_array(j, "tool_calls");
	json_object(j, NULL);
	json_int(j, "index", 0);
	if (is_first) {
		json_str(j, "id", job->id);
		json_str(j, "type", "function");
	}
	json_object(j, "function");
	if (is_first)
		json_strn(j, "name", job->call.name.data, job->call.name.len);
	json_strn(j, "arguments", s, len);
	json_close(j);
	json_close(j);
	json_close(j);
}

/* A part of a call; or all of it at its end, from servers that parse it. */
static void
call_chunk(struct job *job, struct buf *out, const char *s, size_t len)
{
	struct json j;

	if (job->call.is_whole && job->tokens < job->total_target)
		return;
	chunk_begin(job, &j, out);
	json_object(&j, "delta");
	if (job->call.is_whole)
		write_call(job, &j, true, job->content.data, job->content.len);
	else
		write_call(job, &j, job->content.len == len, s, len);
	json_close(&j);
	chunk_end(&j, NULL);
	sse_end(&j);
}

static void
text(struct job *job, struct buf *out, enum text_kind kind, const char *s,
    size_t len)
{
	enum imitation as = job->sim->catalogue->imitates;
	bool is_short = as == AS_MLX_LM || as == AS_VLLM ||
	    fault_has(job->faults, FAULT_REASONING_FIELD);
	struct json j;

	if (has_late_role(job))
		role_chunk(job, out);
	if (kind == TEXT_CONTENT && job->call.name.len > 0) {
		call_chunk(job, out, s, len);
		return;
	}
	chunk_begin(job, &j, out);
	if (is_raw(job)) {
		json_strn(&j, "text", s, len);
		write_odds(job, &j);
		json_null(&j, "finish_reason");
		json_close(&j);
		json_close(&j);
		sse_end(&j);
		return;
	} else {
		json_object(&j, "delta");
		json_str(&j, "role", "assistant");
		json_strn(&j, kind == TEXT_CONTENT ? "content" : is_short ?
		    "reasoning" : "reasoning_content", s, len);
		json_close(&j);
	}
	chunk_end(&j, NULL);
	sse_end(&j);
}

bool
dialect_tells_cached(const struct job *job)
{
	return job->sim->catalogue->has_cached_count ||
	    dialect_has_extras(job) ||
	    job->sim->catalogue->imitates == AS_MLX_LM ||
	    fault_has(job->faults, FAULT_CACHED);
}

/* oMLX's own, in seconds. */
static void
omlx_times(const struct job *job, struct json *j)
{
	json_num(j, "model_load_duration", (double)job->load_ns / 1e9);
	json_num(j, "time_to_first_token", (double)(job->first_ns -
	    job->x->received_ns) / 1e9);
	json_num(j, "prompt_eval_duration", (double)(job->prefill_end_ns -
	    job->prefill_ns) / 1e9);
	json_num(j, "generation_duration", job_generation_s(job));
	json_num(j, "generation_tokens_per_second", job->tokens_per_s);
}

static void
usage(struct job *job, struct json *j)
{
	json_object(j, "usage");
	json_int(j, "prompt_tokens", job->prompt_said);
	json_int(j, "completion_tokens", job->tokens);
	json_int(j, "total_tokens", job->prompt_said + job->tokens);
	if (job->reasoning_tokens > 0) {
		json_object(j, "completion_tokens_details");
		json_int(j, "reasoning_tokens", job->reasoning_tokens);
		json_close(j);
	}
	if (dialect_tells_cached(job)) {
		json_object(j, "prompt_tokens_details");
		json_int(j, "cached_tokens", job->cached_tokens);
		json_close(j);
	}
	if (job->sim->catalogue->imitates == AS_OMLX)
		omlx_times(job, j);
	json_close(j);
}

void
dialect_timings(struct job *job, struct json *j)
{
	double prompt_ms = (double)(job->prefill_end_ns - job->prefill_ns) /
	    1e6;
	double predicted_ms = job_generation_s(job) * 1e3;
	int64_t n = job->prompt_tokens - job->cached_tokens;

	json_object(j, "timings");
	json_int(j, "cache_n", job->cached_tokens);
	json_int(j, "prompt_n", n);
	json_num(j, "prompt_ms", prompt_ms);
	json_num(j, "prompt_per_token_ms", prompt_ms / (double)n);
	json_num(j, "prompt_per_second", (double)n / prompt_ms * 1e3);
	json_int(j, "predicted_n", job->tokens);
	json_num(j, "predicted_ms", predicted_ms);
	json_num(j, "predicted_per_token_ms", predicted_ms /
	    (double)job->tokens);
	json_num(j, "predicted_per_second", job->tokens_per_s);
	if (job->model->draft > 0) {
		json_int(j, "draft_n", job_bursts(job) * job->model->draft);
		json_int(j, "draft_n_accepted", job->tokens -
		    job_bursts(job));
	}
	json_close(j);
}

static void
error(struct job *job, struct buf *out, const struct problem *p)
{
	(void)job;
	buf_adds(out, "data: ");
	problem_openai(out, p);
	buf_addc(out, '\n');
}

static void
end(struct job *job, struct buf *out)
{
	struct json j;
	bool has_usage = job->ask.has_usage &&
	    !fault_has(job->faults, FAULT_NO_USAGE);
	bool is_joined = fault_has(job->faults, FAULT_USAGE_WITH_CHOICES);

	chunk_begin(job, &j, out);
	if (is_raw(job)) {
		json_str(&j, "text", "");
	} else {
		json_object(&j, "delta");
		json_close(&j);
	}
	chunk_end(&j, job->finish);
	if (has_usage && is_joined)
		usage(job, &j);
	if (dialect_has_extras(job) && (!has_usage || is_joined))
		dialect_timings(job, &j);
	sse_end(&j);
	if (has_usage && !is_joined) {
		sse_begin(&j, out, NULL);
		head(job, &j, true);
		json_array(&j, "choices");
		json_close(&j);
		usage(job, &j);
		if (dialect_has_extras(job))
			dialect_timings(job, &j);
		sse_end(&j);
	}
	buf_adds(out, "data: [DONE]\n\n");
}

/* ---- answers that are not streamed ------------------------------------- */

static void
answer(struct job *job, struct json *j)
{
	head(job, j, false);
	json_array(j, "choices");
	json_object(j, NULL);
	json_int(j, "index", 0);
	json_null(j, "logprobs");
	json_str(j, "finish_reason", job->finish);
	if (is_raw(job)) {
		json_strn(j, "text", job->content.data, job->content.len);
	} else {
		json_object(j, "message");
		json_str(j, "role", "assistant");
		if (job->call.name.len > 0)
			write_call(job, j, true, job->content.data,
			    job->content.len);
		else
			json_strn(j, "content", job->content.len > 0 ?
			    job->content.data : "", job->content.len);
		if (job->reasoning.len > 0)
			json_strn(j, "reasoning_content", job->reasoning.data,
			    job->reasoning.len);
		json_close(j);
	}
	json_close(j);
	json_close(j);
	if (!fault_has(job->faults, FAULT_NO_USAGE))
		usage(job, j);
}

static void
body(struct job *job, struct buf *out)
{
	struct json j;

	json_begin(&j, out);
	answer(job, &j);
	if (dialect_has_extras(job))
		dialect_timings(job, &j);
	json_end_line(&j);
}

static void
body_v0(struct job *job, struct buf *out)
{
	const struct model *m = job->model;
	struct json j;

	json_begin(&j, out);
	answer(job, &j);
	json_object(&j, "stats");
	json_num(&j, "tokens_per_second", job->tokens_per_s);
	json_num(&j, "time_to_first_token", job->ttft_s);
	json_num(&j, "generation_time", job_generation_s(job));
	json_str(&j, "stop_reason", strcmp(job->finish, "length") == 0 ?
	    "maxPredictedTokensReached" : "eosFound");
	if (job->model->draft > 0) {
		json_str(&j, "draft_model", "draft");
		json_int(&j, "total_draft_tokens_count", job_bursts(job) *
		    job->model->draft);
		json_int(&j, "accepted_draft_tokens_count", job->tokens -
		    job_bursts(job));
	}
	json_close(&j);
	json_object(&j, "model_info");
	json_str(&j, "arch", m->architecture);
	json_str(&j, "quant", m->quantization);
	json_str(&j, "format", m->is_gguf ? "gguf" : "mlx");
	json_int(&j, "context_length", job->context_length);
	json_close(&j);
	json_object(&j, "runtime");
	json_str(&j, "name", m->is_gguf ? "llama.cpp-lmsim" : "mlx-llm-lmsim");
	json_str(&j, "version", m->is_gguf ? "2.37.0" : "1.11.0");
	json_array(&j, "supported_formats");
	json_str(&j, NULL, m->is_gguf ? "gguf" : "mlx");
	json_end_line(&j);
}

#define DIALECT(as, how, whole) { .name = as, .parse = how, \
	.problem = problem_openai, .begin = begin, .prefill = prefill, \
	.text = text, .error = error, .end = end, .body = whole }

const struct dialect dialect_openai = DIALECT("openai", parse_chat, body);
const struct dialect dialect_completions = DIALECT("completions", parse_raw,
    body);
const struct dialect dialect_v0 = DIALECT("v0", parse_chat, body_v0);
const struct dialect dialect_v0_completions = DIALECT("v0-completions",
    parse_raw, body_v0);
