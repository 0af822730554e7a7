#ifndef LMG_TESTS_LMSIM_JOB_H
#define LMG_TESTS_LMSIM_JOB_H

/*
 * One generation: wait for the model, for a slot, process the prompt, then
 * send each token at its instant.
 *
 * All deadlines follow from the instant the request was received, never from
 * when the step before really happened: prefill ends at received + waiting +
 * prefill (plan.h), the first token is due then, and token k + 1 is due a gap
 * after token k was due:
 *
 *	gap = 1 / (decode_tps * domain factor)
 *	    * (1 + depth_slowdown * context / 1000)
 *	    * (1 + batch_slowdown * (active requests at the start - 1))
 *	    * (1 + min(drift * requests served before, drift_max))
 *	    * (1 + jitter * u), u uniform with mean 0 and standard deviation 1
 *	    * noise of its load * noise of the request (noise.h), as prefill
 */

#include <stdbool.h>
#include <stdint.h>

#include "dialect.h"
#include "exchange.h"
#include "heap.h"
#include "instance.h"

enum job_state {
	JOB_LOADING, JOB_QUEUED, JOB_PREFILL, JOB_DECODE, JOB_HANGING,
	JOB_STREAM_FAULT,	/* endless, huge_line, flood */
	JOB_OVER
};

struct job {
	struct timer timer;		/* first member */
	struct sim *sim;
	struct exchange *x;
	const struct dialect *dialect;
	struct ask ask;
	struct instance *inst;
	const struct model *model;	/* of inst */
	fault_set faults;
	enum job_state state;
	int64_t req;
	char id[32];			/* chatcmpl-..., resp_... */
	char *served;			/* the name told to the client */
	const char *domain;

	/* what will be generated */
	uint64_t seed, rng;
	int64_t prompt_tokens, prompt_said, cached_tokens, context_length;
	int64_t reasoning_target, total_target;
	const char *finish;		/* "stop", "length" */
	struct buf answer;		/* to a question of a check, or empty */
	int64_t parts_at;		/* word from which on the answer is
					   not that of other models; -1 */
	const char *checked;		/* right, wrong, or what becomes of a
					 * call; NULL: no question */
	struct calls_reply call;	/* when it is asked for one */
	double noise;			/* factor on its times */
	double gap_ns;			/* between tokens at context 0 */

	/* when */
	int64_t queued_ns, prefill_ns, prefill_end_ns, next_ns;
	int64_t first_ns, first_planned_ns, last_ns, end_ns, load_ns;
	int prefill_step;

	/* what was */
	int64_t tokens, reasoning_tokens, chunks, text_bytes, event_i;
	enum text_kind kind;		/* of the last text */
	struct buf content, reasoning;
	struct buf out, hold;		/* event being built; held back */
	int held;
	uint32_t *words;
	size_t n_words, cap_words;
	double ttft_s, tokens_per_s;	/* told */
	const char *status;		/* NULL until it is over */
	bool has_slot, is_jit, is_cut;
	int64_t active_at_start;	/* requests in slots, this one
					 * included */
	int64_t kv_held_bytes;		/* counted in inst->kv_active_bytes */
	int64_t fault_bytes;		/* sent by JOB_STREAM_FAULT */
	char instance_id[128];
	int64_t leaked_bytes;
};

/*
 * Begin the generation that x asks for in the given dialect: parse the body,
 * find the model, and go.  Replies with the error when that fails.
 */
void job_begin(struct exchange *x, const struct dialect *d);

/* The job's timer fired. */
void job_tick(struct job *job, int64_t now_ns);

/* The exchange is over or its connection gone: log, and free the job. */
void job_free(struct job *job);

/* inst holds the model: wait for it, for a slot, and generate. */
void job_attach(struct job *job, struct instance *inst);

/* Over, after the last byte was handed on: give back what the job held and
 * log it.  status is as in the truth log. */
void job_over(struct job *job, const char *status);

/* A fault takes over from here. */
void job_interrupt(struct job *job);

/* Slots of inst have become free: let waiting jobs begin. */
void job_wake_waiting(struct sim *sim, struct instance *inst);

/* Seconds from the end of prefill to the last token, as statistics have it:
 * tokens / tokens_per_s. */
double job_generation_s(const struct job *job);

/* In how many bursts its tokens came, where some were guessed. */
int64_t job_bursts(const struct job *job);

#endif
