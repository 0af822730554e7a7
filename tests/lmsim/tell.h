#ifndef LMG_TESTS_LMSIM_TELL_H
#define LMG_TESTS_LMSIM_TELL_H

/*
 * From a job to its client: events go through the faults that disturb bytes,
 * onto the wire, and into the truth log with their instants.
 */

#include <stdint.h>

#include "dialect.h"

struct job;

/* The header goes out now. */
void tell_start(struct job *job);

/* Load progress, 0 (start) to 1 (end). */
void tell_load(struct job *job, double progress, int64_t planned_ns);

/* Prompt progress, 0 to 1. */
void tell_prefill(struct job *job, double progress, int64_t planned_ns);

/* The text s of n tokens, due at planned_ns; returns when it was sent. */
int64_t tell_text(struct job *job, enum text_kind kind, const char *s,
    size_t len, int64_t n, int64_t planned_ns);

/* An error: inside the stream when one is open, else as the reply. */
void tell_error(struct job *job, const struct problem *p);

/* The end: the closing events and the end of the body, or the reply. */
void tell_end(struct job *job);

/* What is held back (the fault coalesce) goes out. */
void tell_release(struct job *job);

/* The request's line in the truth log. */
void tell_truth(struct job *job);

#endif
