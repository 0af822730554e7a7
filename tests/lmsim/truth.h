#ifndef LMG_TESTS_LMSIM_TRUTH_H
#define LMG_TESTS_LMSIM_TRUTH_H

/*
 * The truth log: NDJSON of everything lmsim did, against which measurements
 * are compared.  All *_ns are CLOCK_MONOTONIC in nanoseconds (not relative to
 * anything: subtract the run's origin_ns to get t_ns).  Not known is null.
 *
 * server	first line: pid, port, seed, time_scale
 * load		end of a load: instance, model, pid (of the worker), by (api,
 *		jit, start), begin_ns, end_ns, memory_bytes (really allocated),
 *		context_length, parallel, status (ok, failed, refused), error
 * unload	instance, begin_ns, end_ns (worker gone), requests, leaked_bytes
 * worker_exit	instance, pid, at_ns: a worker that died unasked
 * request	a generation is over: req (from 1, in order of arrival),
 *		dialect, stream, model (asked for), served, instance, domain,
 *		odds (of the next token, ln p by name, where logprobs were
 *		asked for and there are some),
 *		check (right or wrong, as planted; null: no question),
 *		prompt_sha256, prompt_bytes (the last user text), body_bytes,
 *		asked (the numbers in it, and draft_model),
 *		prompt_tokens (true), prompt_tokens_said (told to the client),
 *		cached_tokens, completion_tokens, reasoning_tokens, chunks
 *		(token chunks), text_bytes, received_ns (by the kernel's stamp
 *		on Linux), queued_ns (got a slot),
 *		prefill_ns (began), prefill_end_ns (planned), first_ns and
 *		last_ns (token chunks handed to the kernel), first_planned_ns,
 *		end_ns, ttft_s and tokens_per_s (told to the client), finish,
 *		status (ok, error, cut, gone: the client went away), faults,
 *		max_tokens, kv_bytes, leaked_bytes (so far, this instance),
 *		output_sha256
 * chunk	req, i, kind (role, load, prefill, reasoning, content, usage,
 *		end, error), bytes (of text), tokens, planned_ns, sent_ns and
 *		written_ns (before and after the write; the line is written
 *		before that of its request)
 */

#include <stdbool.h>
#include <stdint.h>

#include "json.h"

struct truth;

/* Write to path (created anew, 0600); NULL path: a log that swallows all.
 * Returns NULL after a message. */
struct truth *truth_open(const char *path);

/* Flush and close; -1 after a message when something could not be written. */
int truth_close(struct truth *t);

/* Begin a line of this type; write members to the result, then truth_end(). */
struct json *truth_begin(struct truth *t, const char *type);
void truth_end(struct truth *t);

/* Does anything listen (is it worth building a line)? */
bool truth_is_on(const struct truth *t);

/* Hand what is buffered to the kernel (at a moment that is not timed). */
void truth_flush(struct truth *t);

#endif
