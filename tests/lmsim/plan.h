#ifndef LMG_TESTS_LMSIM_PLAN_H
#define LMG_TESTS_LMSIM_PLAN_H

/*
 * What a job will generate and when, from its request, its model, its faults
 * and its seed.  No clock, no sockets.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct job;

/* Count the prompt, look into the cache, decide length and speed. */
void plan_tokens(struct job *job);

/*
 * Nanoseconds from getting a slot to the first token:
 *	prefill_overhead * (1 - cached / prompt)
 *	+ (prompt - cached tokens) / prefill_tps
 *	* (1 + prefill_slowdown * prompt / 1000), at least prefill_min
 */
int64_t plan_prefill(const struct job *job);

/* Nanoseconds between token i - 1 and token i >= 1 (job.h has the formula);
 * the same for the same job and i. */
int64_t plan_gap(const struct job *job, int64_t i);

/* Tokens in the next chunk, >= 1. */
int64_t plan_chunk_tokens(const struct job *job);

/* Does a fault take over before the next token? */
bool plan_interrupts(const struct job *job);

/* Put the odd characters that a fault wants into a chunk's text. */
void plan_odd_text(const struct job *job, struct buf *text);

/* The faults that send bytes without end: which they are, the next piece,
 * and whether it was enough. */
bool plan_is_flood(const struct job *job);
void plan_flood(struct job *job, struct buf *out);
bool plan_flood_is_over(const struct job *job);

#endif
