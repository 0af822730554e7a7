#include "plan.h"

#include <math.h>
#include <string.h>

#include "clock.h"
#include "job.h"
#include "rng.h"
#include "sim.h"
#include "sse.h"
#include "text.h"

enum {
	DEFAULT_TOKENS = 256,	/* when neither request nor model says */
	ODD_REASONING = 16,	/* tokens of the fault reasoning */
	CHUNKY_TOKENS = 5,	/* of the fault chunky */
	SLOW_FACTOR = 5,	/* of the fault slow */
	MIDDLE = 3,		/* tokens before a fault "in the middle" */
	PIECE = 1 << 16		/* bytes poured at once */
};

#define HUGE_LINE_BYTES (INT64_C(1) << 30)
#define FLOOD_EVENTS_BYTES (INT64_C(64) << 20)
#define STALL_NS (2 * NS_PER_S)

static void
plan_prompt(struct job *job)
{
	struct ask *a = &job->ask;
	const struct model *m = job->model;
	size_t match;

	text_hash_words(a->texts.data, a->texts.len, &job->words,
	    &job->n_words, &job->cap_words);
	job->prompt_tokens = (int64_t)job->n_words +
	    (a->is_raw ? 0 : m->template_tokens);
	if (job->prompt_tokens == 0)
		job->prompt_tokens = 1;
	match = cache_match(&job->inst->cache, job->words, job->n_words);
	if (a->answers > 0 && a->answers + 1 == m->cache_lost_turn)
		match = 0;
	if (m->cache_first > 0 && match > (size_t)m->cache_first)
		match = (size_t)m->cache_first;
	job->cached_tokens = (int64_t)match;
	if (match == job->n_words || fault_has(job->faults, FAULT_CACHED))
		job->cached_tokens = job->prompt_tokens - 1;
	job->prompt_said = job->prompt_tokens;
	if (fault_has(job->faults, FAULT_TRUNCATE_PROMPT)) {
		job->prompt_tokens = (job->prompt_tokens + 3) / 4;
		job->prompt_said = job->prompt_tokens;
		if (job->cached_tokens >= job->prompt_tokens)
			job->cached_tokens = job->prompt_tokens - 1;
	}
}

static void
plan_output(struct job *job)
{
	const struct model *m = job->model;
	int64_t thinking = job->ask.reasoning == 0 ? 0 : m->reasoning_tokens;
	int64_t limit = job->ask.max_tokens, room, total, natural;

	job->checked = skill_answer(&job->answer, &m->skills, job->sim->seed,
	    m->key, buf_cstr(&job->ask.last),
	    fault_has(job->faults, FAULT_TRUNCATE_PROMPT) ? 75 : 0,
	    job->ask.has_form);
	if (job->ask.tools.len > 0)
		calls_answer(&job->call, &m->calls, job->sim->seed, m->key,
		    buf_cstr(&job->ask.tools), buf_cstr(&job->ask.last));
	if (job->call.result != NULL) {
		job->checked = job->call.result;
		buf_add(&job->answer, job->call.text.data,
		    job->call.text.len);
	}
	natural = job->checked == NULL ? m->output_tokens :
	    text_count_words(job->answer.data, job->answer.len);
	if (fault_has(job->faults, FAULT_REASONING) &&
	    thinking < ODD_REASONING)
		thinking = ODD_REASONING;
	total = natural > 0 ? thinking + natural :
	    limit >= 0 ? limit : DEFAULT_TOKENS;
	job->finish = job->call.name.len > 0 ? "tool_calls" : natural > 0 ||
	    limit < 0 ? "stop" : "length";
	if (limit >= 0 && total > limit) {
		total = limit;
		job->finish = "length";
	}
	room = job->context_length - job->prompt_tokens;
	if (total > room) {
		total = room > 0 ? room : 0;
		job->finish = "length";
	}
	if (fault_has(job->faults, FAULT_SHORT)) {
		total = (total + 1) / 2;
		job->finish = "stop";
	}
	if (fault_has(job->faults, FAULT_EMPTY))
		total = 0;
	job->total_target = total;
	job->reasoning_target = thinking < total ? thinking : total;
}

/* How the machine feels at this request. */
static void
plan_noise(struct job *job)
{
	struct sim *sim = job->sim;
	const struct noise_conf *c = &sim->catalogue->noise;

	if (job->inst->noise == 0)
		job->inst->noise = noise_load(sim->seed, ++sim->loads, c);
	job->noise = job->inst->noise * noise_request(&sim->noise, c);
}

static void
plan_speed(struct job *job)
{
	const struct model *m = job->model;
	double factor = model_domain(m, buf_cstr(&job->ask.last),
	    &job->domain);
	double drift = m->drift * (double)job->inst->served;

	if (drift > m->drift_max)
		drift = m->drift_max;
	job->gap_ns = job->noise * 1e9 / (m->decode_tps * factor) *
	    (1 + drift) *
	    (1 + m->batch_slowdown * (double)(job->active_at_start - 1));
	if (fault_has(job->faults, FAULT_SLOW))
		job->gap_ns *= (double)SLOW_FACTOR;
}

static void
plan_divergence(struct job *job)
{
	uint64_t state = rng_seed(rng_seed(job->sim->seed, job->model->key),
	    buf_cstr(&job->ask.last));

	job->parts_at = rng_unit(&state) < job->model->divergence &&
	    job->total_target > 0 ? (int64_t)rng_below(&state,
	    (uint64_t)job->total_target) : -1;
}

void
plan_tokens(struct job *job)
{
	const struct ask *a = &job->ask;
	bool is_fixed = a->is_greedy || a->seed >= 0;

	plan_prompt(job);
	plan_output(job);
	plan_noise(job);
	plan_speed(job);
	/* At temperature 0, or with a seed, the same prompt gets the same
	 * answer, unless the model is one that does not keep to that. */
	job->seed = rng_seed(job->sim->seed + (uint64_t)(a->seed + 1),
	    buf_cstr(&job->ask.texts));
	if (!is_fixed || job->model->is_unstable ||
	    fault_has(job->faults, FAULT_UNSTABLE))
		job->seed += (uint64_t)job->req * UINT64_C(0x9e3779b97f4a7c15);
	plan_divergence(job);
	job->rng = rng_seed(job->sim->seed + (uint64_t)job->req, "jitter");
}

int64_t
plan_prefill(const struct job *job)
{
	double share = (double)(job->prompt_tokens - job->cached_tokens) /
	    (double)job->prompt_tokens;

	int64_t ns = llround((double)job->model->prefill_overhead_ns * share +
	    (double)(job->prompt_tokens - job->cached_tokens) /
	    job->model->prefill_tps * 1e9 * (1 +
	    job->model->prefill_slowdown * (double)job->prompt_tokens /
	    1000));

	if (ns < job->model->prefill_min_ns)
		ns = job->model->prefill_min_ns;
	return llround(job->noise * (double)ns);
}

int64_t
plan_gap(const struct job *job, int64_t i)
{
	uint64_t state = job->rng + (uint64_t)i * UINT64_C(0x2545f4914f6cdd1d);
	double u = (rng_unit(&state) - 0.5) * sqrt(12);
	double context = (double)(job->prompt_tokens + i);
	double gap = job->gap_ns *
	    (1 + job->model->depth_slowdown * context / 1000) *
	    (1 + job->model->jitter * u);

	int64_t burst = job->model->draft > 0 ? job->model->accepted + 1 : 1;

	if (gap < job->gap_ns / 20)
		gap = job->gap_ns / 20;
	/* What was guessed right comes with the token before it. */
	gap *= i % burst == 0 ? (double)burst : 0;
	if (fault_has(job->faults, FAULT_STALL) && i == MIDDLE)
		gap += (double)STALL_NS;
	return llround(gap);
}

int64_t
plan_chunk_tokens(const struct job *job)
{
	int64_t n = fault_has(job->faults, FAULT_CHUNKY) ? CHUNKY_TOKENS :
	    job->model->tokens_per_chunk;
	int64_t left = job->total_target - job->tokens;

	if (job->tokens < job->reasoning_target)
		left = job->reasoning_target - job->tokens;
	if (n > left)
		n = left;
	return n > 0 ? n : 1;
}

bool
plan_interrupts(const struct job *job)
{
	static const enum fault at_first[] = { FAULT_HANG_FIRST,
		FAULT_ERROR_STREAM };
	static const enum fault in_middle[] = { FAULT_HANG_MIDDLE,
		FAULT_ERROR_LATE, FAULT_CRASH, FAULT_CUT, FAULT_ABORT,
		FAULT_RESET, FAULT_DIE, FAULT_ENDLESS, FAULT_HUGE_LINE,
		FAULT_FLOOD };

	for (size_t i = 0; i < sizeof(at_first) / sizeof(at_first[0]); i++)
		if (fault_has(job->faults, at_first[i]))
			return true;
	if (job->tokens < MIDDLE || job->fault_bytes > 0)
		return false;
	for (size_t i = 0; i < sizeof(in_middle) / sizeof(in_middle[0]); i++)
		if (fault_has(job->faults, in_middle[i]))
			return true;
	return false;
}

void
plan_odd_text(const struct job *job, struct buf *text)
{
	if (fault_has(job->faults, FAULT_INVALID_UTF8) ||
	    fault_has(job->faults, FAULT_NUL_BYTES))
		buf_adds(text, SSE_MARK);
	if (fault_has(job->faults, FAULT_ESCAPES))
		buf_adds(text, "\x1b[31m\x1b]0;owned\x07\xe2\x80\xae|`<b>");
}

bool
plan_is_flood(const struct job *job)
{
	return fault_has(job->faults, FAULT_ENDLESS) ||
	    fault_has(job->faults, FAULT_HUGE_LINE) ||
	    fault_has(job->faults, FAULT_FLOOD);
}

void
plan_flood(struct job *job, struct buf *out)
{
	if (fault_has(job->faults, FAULT_HUGE_LINE)) {
		if (job->fault_bytes == 0)
			buf_adds(out, "data: {\"content\":\"");
		memset(buf_reserve(out, PIECE), 'x', PIECE);
		out->len += PIECE;
		return;
	}
	while (out->len < PIECE)
		job->dialect->text(job, out, TEXT_CONTENT, " more", 5);
	job->kind = TEXT_CONTENT;
}

bool
plan_flood_is_over(const struct job *job)
{
	if (fault_has(job->faults, FAULT_HUGE_LINE))
		return job->fault_bytes >= HUGE_LINE_BYTES;
	return fault_has(job->faults, FAULT_FLOOD) &&
	    job->fault_bytes >= FLOOD_EVENTS_BYTES;
}
