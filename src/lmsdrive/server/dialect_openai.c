/* The answers of OpenAI's API, and what servers add to them. */

#include "dialect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void
take_usage(struct facts *f, const cJSON *usage)
{
	static const struct usage_keys keys = { "prompt_tokens",
	    "prompt_tokens_details", "completion_tokens",
	    "completion_tokens_details" };

	if (!dialect_usage(f, usage, &keys))
		return;
	/* oMLX's own, in seconds. */
	dialect_load(f, json_get_num(usage, "model_load_duration", NAN));
	dialect_number(&f->ttft_s, usage, "time_to_first_token");
	dialect_number(&f->prefill_s, usage, "prompt_eval_duration");
	dialect_number(&f->tokens_per_s, usage, "generation_tokens_per_second");
}

/* prompt_n is what it evaluated (the rest was cached), times in ms. */
void
dialect_timings(struct facts *f, const cJSON *timings)
{
	int64_t evaluated = -1;
	double ms = NAN;

	if (!cJSON_IsObject(timings))
		return;
	dialect_count(&f->cached_tokens, timings, "cache_n");
	dialect_count(&evaluated, timings, "prompt_n");
	/* Before it had cache_n. */
	if (f->cached_tokens < 0 && evaluated >= 0 &&
	    f->prompt_tokens >= evaluated)
		f->cached_tokens = f->prompt_tokens - evaluated;
	dialect_count(&f->draft_tokens, timings, "draft_n");
	dialect_count(&f->accepted_tokens, timings, "draft_n_accepted");
	dialect_number(&f->tokens_per_s, timings, "predicted_per_second");
	dialect_number(&ms, timings, "prompt_ms");
	if (isfinite(ms))
		f->prefill_s = ms / 1e3;
	if (f->completion_tokens >= 0)
		return;
	dialect_count(&f->completion_tokens, timings, "predicted_n");
	dialect_count(&f->prompt_tokens, timings, "prompt_n");
	if (f->completion_tokens < 0)
		return;
	if (f->prompt_tokens >= 0 && f->cached_tokens > 0)
		f->prompt_tokens += f->cached_tokens;
	f->tokens_from = TOKENS_STATS;
}

/*
 * vLLM, when it was started to tell them: the first token counts from when the
 * request was scheduled, mean_itl_ms is a mean of n - 1 gaps as ours is.
 */
static void
take_metrics(struct facts *f, const cJSON *metrics)
{
	double first = NAN, queue = NAN, gap = NAN;

	dialect_number(&first, metrics, "time_to_first_token_ms");
	dialect_number(&queue, metrics, "queue_time_ms");
	dialect_number(&gap, metrics, "mean_itl_ms");
	if (isfinite(first))
		f->prefill_s = first / 1e3;
	if (isfinite(first) && isfinite(queue))
		f->ttft_s = (first + queue) / 1e3;
	if (gap > 0)
		f->tokens_per_s = 1e3 / gap;
}

/* LM Studio's v0 adds stats and runtime. */
static void
take_v0(struct facts *f, const cJSON *stats, const cJSON *rt)
{
	const char *reason = json_get_str(stats, "stop_reason", NULL);
	char text[256];

	dialect_draft(f, stats);
	dialect_number(&f->tokens_per_s, stats, "tokens_per_second");
	dialect_number(&f->ttft_s, stats, "time_to_first_token");
	if (reason != NULL && strcmp(reason, "maxPredictedTokensReached") == 0)
		dialect_copy(f->finish, sizeof(f->finish), "length");
	if (json_get_str(rt, "name", NULL) == NULL)
		return;
	snprintf(text, sizeof(text), "%.150s %.80s", json_get_str(rt, "name",
	    ""), json_get_str(rt, "version", ""));
	dialect_copy(f->runtime, sizeof(f->runtime), text);
}

static size_t
progress(struct piece *pieces, size_t n, double done, double total)
{
	if (n == PIECES_MAX)
		return n;
	pieces[n] = (struct piece){ .kind = CHUNK_PREFILL,
	    .progress = total > 0 && done >= 0 && done <= total ?
	    done / total : NAN };
	return n + 1;
}

/*
 * llama-server's {"prompt_progress":{"total":n,"cache":c,"processed":p}}: what
 * was cached counts as processed from the start.
 */
static size_t
prompt_progress(struct piece *pieces, size_t n, const cJSON *o)
{
	double cached = json_get_num(o, "cache", 0);

	return progress(pieces, n, json_get_num(o, "processed", NAN) - cached,
	    json_get_num(o, "total", NAN) - cached);
}

/* mlx_lm.server's ": keepalive 2048/5000", between the parts of a prefill. */
static size_t
take_comment(struct facts *f, const char *text, size_t len,
    struct piece *pieces)
{
	char copy[64], end;
	double done, total;

	snprintf(copy, sizeof(copy), "%.*s", len < sizeof(copy) ? (int)len :
	    (int)sizeof(copy) - 1, text);
	if (sscanf(copy, " keepalive %lf/%lf%c", &done, &total, &end) != 2)
		return 0;
	f->known_events++;
	return progress(pieces, 0, done, total);
}

static size_t
tool_calls(struct facts *f, struct piece *pieces, size_t n, const cJSON *list)
{
	const cJSON *call, *fn;

	cJSON_ArrayForEach(call, list) {
		fn = json_get(call, "function");
		n = dialect_call(f, pieces, n, json_get_int(call, "index", -1),
		    json_get(call, "id"), json_get(fn, "name"),
		    json_get(fn, "arguments"));
	}
	return n;
}

/* delta of a stream, message of a whole answer, or a raw completion. */
static size_t
take_choice(struct facts *f, struct piece *pieces, size_t n,
    const cJSON *choice)
{
	const cJSON *d = json_get(choice, "delta");
	size_t before = f->all_text.len;

	if (d == NULL)
		d = json_get(choice, "message");
	/* Two names of one thing: some servers send both, one of them "". */
	n = dialect_text(f, pieces, n, CHUNK_REASONING,
	    json_get(d, "reasoning_content"));
	if (f->all_text.len == before)
		n = dialect_text(f, pieces, n, CHUNK_REASONING,
		    json_get(d, "reasoning"));
	n = dialect_text(f, pieces, n, CHUNK_CONTENT, json_get(d, "content"));
	n = dialect_text(f, pieces, n, CHUNK_CONTENT,
	    json_get(choice, "text"));
	n = tool_calls(f, pieces, n, json_get(d, "tool_calls"));
	dialect_copy(f->finish, sizeof(f->finish),
	    json_get_str(choice, "finish_reason", NULL));
	return n;
}

/* An event without text: what is it for? */
static enum chunk_kind
silent_kind(const cJSON *usage, const cJSON *choice)
{
	const cJSON *role = json_get(json_get(choice, "delta"), "role");

	return cJSON_IsObject(usage) ? CHUNK_USAGE : cJSON_IsString(role) ?
	    CHUNK_ROLE : CHUNK_OTHER;
}

/* {"content":[{"token":T,"top_logprobs":[{"token":T,"logprob":v},...]}]} */
static void
put_choices(struct json *j, const cJSON *list)
{
	const char *text;
	const cJSON *v;

	cJSON_ArrayForEach(v, list) {
		if ((text = json_get_str(v, "token", NULL)) == NULL)
			continue;
		json_array(j, NULL);
		json_str(j, NULL, text);
		json_num(j, NULL, json_get_num(v, "logprob", NAN));
		json_close(j);
	}
}

/* The older {"top_logprobs":[{"text":v,...}]}. */
static void
put_old_choices(struct json *j, const cJSON *map)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, map) {
		if (!cJSON_IsNumber(v) || v->string == NULL)
			continue;
		json_array(j, NULL);
		json_str(j, NULL, v->string);
		json_num(j, NULL, v->valuedouble);
		json_close(j);
	}
}

/* What else the first token could have been. */
static void
take_choices(struct facts *f, const cJSON *logprobs)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(logprobs, "content"),
	    0);
	const cJSON *old = cJSON_GetArrayItem(json_get(logprobs,
	    "top_logprobs"), 0);
	const cJSON *list = json_get(first, "top_logprobs");
	struct json j;

	if (f->first_choices.len > 0 || (list == NULL && old == NULL))
		return;
	json_init(&j, &f->first_choices);
	json_array(&j, NULL);
	if (list != NULL)
		put_choices(&j, list);
	else
		put_old_choices(&j, old);
	json_close(&j);
}

static size_t
take(struct facts *f, const char *type, const cJSON *o, struct piece *pieces)
{
	const cJSON *choices = json_get(o, "choices");
	const cJSON *choice = cJSON_GetArrayItem(choices, 0);
	const cJSON *usage = json_get(o, "usage");
	const cJSON *timings = json_get(o, "timings");
	const cJSON *prefill = json_get(o, "prompt_progress");
	size_t n = 0;

	(void)type;
	if (o == NULL) {
		f->is_closed = true;
		f->known_events++;
		return 0;
	}
	dialect_copy(f->model_served, sizeof(f->model_served),
	    json_get_str(o, "model", NULL));
	dialect_copy(f->fingerprint, sizeof(f->fingerprint),
	    json_get_str(o, "system_fingerprint", NULL));
	if (cJSON_IsObject(prefill))
		n = prompt_progress(pieces, n, prefill);
	take_choices(f, json_get(choice, "logprobs"));
	n = take_choice(f, pieces, n, choice);
	take_usage(f, usage);
	dialect_timings(f, timings);
	take_metrics(f, json_get(o, "metrics"));
	take_v0(f, json_get(o, "stats"), json_get(o, "runtime"));
	return n > 0 || (choices == NULL && usage == NULL && timings == NULL) ?
	    n : dialect_mark(pieces, silent_kind(usage, choice), NAN);
}

const struct dialect dialect_openai = {
	.take = take, .answer = "choices", .take_comment = take_comment
};
