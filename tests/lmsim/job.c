#include "job.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "plan.h"
#include "rng.h"
#include "sim.h"
#include "tell.h"
#include "text.h"
#include "xalloc.h"

/* How often a silent stream looks whether its client is still there. */
#define WATCH_NS (50 * NS_PER_MS)

/* Prompt progress is told in so many steps. */
enum { PREFILL_STEPS = 4 };

/* Context memory follows the tokens in steps of this many bytes. */
enum { KV_STEP = 65536 };

/* No tick sends more chunks than this before others have their turn. */
enum { BURST = 32 };

static void
wake_at(struct job *job, int64_t at_ns)
{
	int64_t watch = clock_mono_ns() + WATCH_NS;

	heap_set(&job->sim->timers, &job->timer,
	    at_ns < watch ? at_ns : watch);
}

/* ---- slots and memory -------------------------------------------------- */

static void
hold_kv(struct job *job, int64_t tokens, int64_t extra)
{
	int64_t bytes = tokens * job->model->kv_bytes + extra;

	job->inst->kv_active_bytes += bytes - job->kv_held_bytes;
	job->kv_held_bytes = bytes;
	instance_sync_memory(job->inst);
}

static void
take_slot(struct job *job)
{
	job->has_slot = true;
	job->active_at_start = ++job->inst->active;
}

/* The request is over for its model: memory, cache, slot. */
static void
release(struct job *job)
{
	struct instance *inst = job->inst;

	if (inst == NULL)
		return;
	if (!job->has_slot) {
		inst->waiting--;
	} else {
		inst->active--;
		inst->served++;
		inst->idle_since_ns = clock_mono_ns();
		inst->kv_active_bytes -= job->kv_held_bytes;
		if (job->status != NULL && strcmp(job->status, "ok") == 0)
			cache_keep(&inst->cache, job->words, job->n_words);
		instance_leak(inst, job->model->leak_bytes);
		instance_sync_memory(inst);
	}
	job->leaked_bytes = inst->leaked_bytes;
	job->inst = NULL;
	job->x->inst = NULL;
	job->x->on_instance = NULL;
	if (job->has_slot)
		job_wake_waiting(job->sim, inst);
}

double
job_generation_s(const struct job *job)
{
	return job->tokens_per_s > 0 ?
	    (double)job->tokens / job->tokens_per_s : 0;
}

int64_t
job_bursts(const struct job *job)
{
	int64_t burst = job->model->accepted + 1;

	return (job->tokens + burst - 1) / burst;
}

/* What the server says of its own speed, from when things really happened. */
static void
take_stock(struct job *job)
{
	int64_t span = job->last_ns - job->first_ns;

	if (job->first_ns > 0)
		job->ttft_s = (double)(job->first_ns - job->x->received_ns -
		    job->load_ns) / 1e9;
	job->tokens_per_s = job->tokens > 1 && span > 0 ?
	    (double)(job->tokens - 1) / ((double)span / 1e9) :
	    job->tokens > 0 ? 1e9 / job->gap_ns : 0;
}

void
job_over(struct job *job, const char *status)
{
	if (job->state == JOB_OVER)
		return;
	job->state = JOB_OVER;
	job->status = status;
	job->end_ns = clock_mono_ns();
	heap_clear(&job->sim->timers, &job->timer);
	release(job);
	tell_truth(job);
}

static void
job_fail(struct job *job, const struct problem *p)
{
	take_stock(job);
	tell_error(job, p);
	job_over(job, "error");
}

/* The client has closed its connection. */
static void
job_gone(struct job *job)
{
	job->x->wire.is_gone = true;
	exchange_end(job->x, STREAM_ABORT);
	job_over(job, "gone");
}

/* ---- decode ------------------------------------------------------------ */

static enum text_kind
kind_of_token(const struct job *job, int64_t i)
{
	return i < job->reasoning_target ? TEXT_REASONING : TEXT_CONTENT;
}

/* The next n words of the answer. */
static void
make_text(struct job *job, struct buf *out, int64_t n)
{
	int64_t k;

	for (int64_t i = job->tokens; i < job->tokens + n; i++) {
		k = i - job->reasoning_target;
		job->words = xgrow(job->words, job->n_words, &job->cap_words,
		    sizeof(*job->words));
		if (i == job->parts_at) {
			buf_adds(out, i > 0 ? " elsewhere" : "elsewhere");
			job->seed++;
			job->words[job->n_words++] = 0;
			continue;
		}
		job->words[job->n_words++] = job->answer.len > 0 && k >= 0 ?
		    text_given_word(out, buf_cstr(&job->answer), k) :
		    text_answer_word(out, job->seed, k == 0 ? 0 : i);
	}
	plan_odd_text(job, out);
}

/* The instant that the chunk after next is due: next_ns is the instant of its
 * first token, a chunk leaves with its last. */
static int64_t
chunk_due(struct job *job, int64_t n)
{
	int64_t due = job->next_ns;

	for (int64_t i = 1; i < n; i++)
		due += plan_gap(job, job->tokens + i);
	return due;
}

static void
send_chunk(struct job *job)
{
	struct buf text = BUF_INIT;
	int64_t n = plan_chunk_tokens(job), sent, due = job->next_ns;

	make_text(job, &text, n);
	sent = tell_text(job, kind_of_token(job, job->tokens), text.data,
	    text.len, n, due);
	if (job->first_ns == 0) {
		job->first_ns = sent;
		job->first_planned_ns = due;
	}
	job->last_ns = sent;
	if (job->model->kv_bytes * (job->prompt_tokens + job->tokens) >=
	    job->kv_held_bytes + KV_STEP)
		hold_kv(job, job->prompt_tokens + job->tokens, 0);
	job->next_ns += plan_gap(job, job->tokens);
	if (job->tokens < job->total_target)
		job->next_ns = chunk_due(job, plan_chunk_tokens(job));
	buf_fini(&text);
}

static void
finish(struct job *job)
{
	take_stock(job);
	hold_kv(job, job->prompt_tokens + job->tokens, 0);
	if (fault_has(job->faults, FAULT_BAD_COUNTS))
		job->prompt_said = job->tokens = 0;
	tell_end(job);
	job_over(job, "ok");
}

static void
decode(struct job *job, int64_t now_ns)
{
	for (int i = 0; i < BURST && job->state == JOB_DECODE; i++) {
		if (plan_interrupts(job)) {
			job_interrupt(job);
			return;
		}
		if (job->tokens >= job->total_target) {
			finish(job);
			return;
		}
		if (job->next_ns > now_ns)
			break;
		send_chunk(job);
		if (job->x->wire.is_gone) {
			job_gone(job);
			return;
		}
	}
	wake_at(job, job->next_ns);
}

/* ---- prefill ----------------------------------------------------------- */

static int64_t
prefill_step_at(const struct job *job)
{
	return job->prefill_ns + (job->prefill_end_ns - job->prefill_ns) *
	    job->prefill_step / PREFILL_STEPS;
}

static void
prefill(struct job *job, int64_t now_ns)
{
	int64_t at;

	while (job->prefill_step <= PREFILL_STEPS &&
	    (at = prefill_step_at(job)) <= now_ns) {
		if (job->prefill_step == PREFILL_STEPS)
			tell_start(job);	/* late headers */
		tell_prefill(job,
		    (double)job->prefill_step / (double)PREFILL_STEPS,
		    at);
		job->prefill_step++;
	}
	if (job->prefill_step <= PREFILL_STEPS) {
		wake_at(job, prefill_step_at(job));
		return;
	}
	hold_kv(job, job->prompt_tokens, 0);
	job->state = JOB_DECODE;
	job->next_ns = job->prefill_end_ns;
	job->next_ns = chunk_due(job, plan_chunk_tokens(job));
	decode(job, now_ns);
}

/* A slot is ours from at_ns on. */
static void
start_prefill(struct job *job, int64_t at_ns)
{
	bool is_asleep = sim_is_asleep(job->sim, job->inst);
	bool is_late = job->sim->catalogue->has_late_headers ||
	    fault_has(job->faults, FAULT_LATE_HEADERS);

	take_slot(job);
	job->queued_ns = at_ns;
	job->prefill_ns = at_ns;
	plan_tokens(job);
	job->prefill_end_ns = at_ns + plan_prefill(job) +
	    (is_asleep ? job->model->load_ns : 0);
	job->state = JOB_PREFILL;
	if (!is_late)
		tell_start(job);
	hold_kv(job, job->prompt_tokens, job->model->compute_bytes);
	prefill(job, clock_mono_ns());
}

/* ---- waiting ----------------------------------------------------------- */

/* The model is there: take a slot or wait for one. */
static void
enqueue(struct job *job, int64_t at_ns)
{
	if (job->inst->active < job->model->parallel) {
		job->inst->waiting--;
		start_prefill(job, at_ns);
	} else {
		job->state = JOB_QUEUED;
		wake_at(job, INT64_MAX);
	}
}

void
job_wake_waiting(struct sim *sim, struct instance *inst)
{
	struct exchange *x;
	struct job *oldest;

	while (inst->state == INST_LOADED && inst->waiting > 0 &&
	    inst->active < inst->model->parallel) {
		oldest = NULL;
		for (x = sim->exchanges; x != NULL; x = x->next)
			if (x->job != NULL && x->job->inst == inst &&
			    x->job->state == JOB_QUEUED &&
			    (oldest == NULL || x->job->req < oldest->req))
				oldest = x->job;
		if (oldest == NULL)
			return;
		enqueue(oldest, clock_mono_ns());
	}
}

static void
instance_lost(struct job *job)
{
	struct problem p;

	if (job->state == JOB_LOADING)
		problem_set(&p, 500, "model_load_failed",
		    "Failed to load model \"%.80s\". Error: %.140s",
		    job->model->key, job->inst->error);
	else
		problem_set(&p, 500, "internal_error", "%.240s",
		    job->inst->error[0] != '\0' ? job->inst->error :
		    "Model unloaded.");
	job_fail(job, &p);
}

/* The instance that a job waits for or uses has changed. */
static void
instance_changed(struct exchange *x)
{
	struct job *job = x->job;
	struct instance *inst = job->inst;

	if (job->state == JOB_OVER || inst == NULL)
		return;
	if (inst->state != INST_LOADING && inst->state != INST_LOADED) {
		instance_lost(job);
	} else if (job->state == JOB_LOADING && inst->state == INST_LOADED) {
		job->load_ns = inst->end_ns - inst->begin_ns;
		tell_load(job, 1, inst->end_ns);
		enqueue(job, inst->end_ns);
	} else if (job->state == JOB_LOADING) {
		tell_load(job, inst->progress, clock_mono_ns());
	}
}

void
job_attach(struct job *job, struct instance *inst)
{
	int64_t received = job->x->received_ns;

	job->inst = inst;
	job->x->inst = inst;
	job->x->on_instance = instance_changed;
	job->context_length = inst->context_length;
	snprintf(job->instance_id, sizeof(job->instance_id), "%s", inst->id);
	inst->waiting++;
	if (inst->state == INST_LOADED) {
		enqueue(job, received);
	} else if (inst->state == INST_LOADING) {
		job->state = JOB_LOADING;
		job->is_jit = true;
		if (job->dialect == &dialect_v1)
			tell_start(job);
		tell_load(job, 0, clock_mono_ns());
		wake_at(job, INT64_MAX);
	} else {
		instance_lost(job);
	}
}

/* ---- faults that take over --------------------------------------------- */

void
job_interrupt(struct job *job)
{
	struct problem p;

	take_stock(job);
	if (fault_has(job->faults, FAULT_CRASH)) {
		instance_crash(job->inst);
		job->state = JOB_HANGING;	/* until its end is heard of */
		wake_at(job, INT64_MAX);
	} else if (fault_has(job->faults, FAULT_DIE)) {
		truth_flush(job->sim->truth);
		raise(SIGKILL);
	} else if (fault_has(job->faults, FAULT_ERROR_LATE) ||
	    fault_has(job->faults, FAULT_ERROR_STREAM)) {
		problem_set(&p, 500, "internal_error",
		    "The engine stopped: context overflow");
		job_fail(job, &p);
	} else if (fault_has(job->faults, FAULT_RESET)) {
		wire_reset(&job->x->wire);
		exchange_end(job->x, STREAM_ABORT);
		job_over(job, "cut");
	} else if (fault_has(job->faults, FAULT_CUT) ||
	    fault_has(job->faults, FAULT_ABORT)) {
		exchange_end(job->x, fault_has(job->faults, FAULT_CUT) ?
		    STREAM_OK : STREAM_ABORT);
		job_over(job, "cut");
	} else if (plan_is_flood(job)) {
		job->state = JOB_STREAM_FAULT;
		heap_set(&job->sim->timers, &job->timer, clock_mono_ns());
	} else {
		job->state = JOB_HANGING;
		wake_at(job, INT64_MAX);
	}
}

/* Bytes without end, as fast as the client takes them. */
static void
pour(struct job *job)
{
	struct wire *w = &job->x->wire;

	if (wire_waiting(w) == 0) {
		plan_flood(job, &job->out);
		job->fault_bytes += (int64_t)job->out.len;
		wire_send(w, job->out.data, job->out.len);
		buf_clear(&job->out);
	}
	if (w->is_gone)
		job_gone(job);
	else if (plan_flood_is_over(job))
		finish(job);
	else
		heap_set(&job->sim->timers, &job->timer, clock_mono_ns() +
		    (wire_waiting(w) > 0 ? NS_PER_MS : 0));
}

void
job_tick(struct job *job, int64_t now_ns)
{
	struct wire *w = &job->x->wire;

	if (job->x->state == X_STREAMING && w->is_open &&
	    job->state != JOB_STREAM_FAULT && job->next_ns > now_ns &&
	    wire_check(w)) {
		job_gone(job);
		return;
	}
	switch (job->state) {
	case JOB_PREFILL:
		prefill(job, now_ns);
		break;
	case JOB_DECODE:
		decode(job, now_ns);
		break;
	case JOB_STREAM_FAULT:
		pour(job);
		break;
	case JOB_LOADING:
	case JOB_QUEUED:
	case JOB_HANGING:
		if (job->x->state == X_STREAMING && w->is_open &&
		    wire_check(w))
			job_gone(job);
		else
			wake_at(job, INT64_MAX);
		break;
	case JOB_OVER:
		break;
	}
}

void
job_free(struct job *job)
{
	job_over(job, "gone");
	heap_clear(&job->sim->timers, &job->timer);
	ask_fini(&job->ask);
	buf_fini(&job->answer);
	buf_fini(&job->call.name);
	buf_fini(&job->call.text);
	buf_fini(&job->content);
	buf_fini(&job->reasoning);
	buf_fini(&job->out);
	buf_fini(&job->hold);
	free(job->words);
	free(job->served);
	free(job);
}
