#ifndef LMG_LMSDRIVE_RUN_PROGRESS_H
#define LMG_LMSDRIVE_RUN_PROGRESS_H

/*
 * What is going on, for people, on stderr: one line redrawn in place on a
 * terminal (statusline.h), plain lines otherwise.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "decisions.h"
#include "exchange.h"
#include "step/step.h"

enum progress_level { PROGRESS_QUIET, PROGRESS_NORMAL, PROGRESS_VERBOSE };

struct progress;

/*
 * steps and n are the plan (borrowed).  decided: what is certain, and how
 * large the server is (borrowed).  log: a file every message goes to as well,
 * or NULL.
 */
struct progress *progress_new(enum progress_level level,
    const struct step *steps, size_t n, const struct decisions *decided,
    FILE *log);
void progress_free(struct progress *p);

/* Step i of the plan begins; or it is not needed. */
void progress_step(struct progress *p, size_t i);
void progress_not_needed(struct progress *p, size_t i);

/* A request is over; one was skipped; a load failed. */
void progress_response(struct progress *p, const struct exchange *x);
void progress_skipped(struct progress *p);
void progress_load_failed(struct progress *p);

/* How many responses of each status the run that is resumed had, how many
 * requests were not needed, and when it began: the time that the report says
 * is from then on. */
void progress_resume(struct progress *p, const int64_t before[],
    int64_t not_needed, int64_t origin_ns);

/* Nothing happened, but time passes: redraw if it is due. */
void progress_tick(struct progress *p);

/* A line of its own, above the progress line. */
void progress_say(struct progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Take the line off the terminal (before messages, and at the end). */
void progress_clear(struct progress *p);

/* The closing line. */
void progress_finish(struct progress *p, bool was_interrupted);

#endif
