#ifndef LMG_METRICSAGG_JUDGE_AUDIT_H
#define LMG_METRICSAGG_JUDGE_AUDIT_H

/* What speaks against believing a run: fills the findings of a view. */

#include "view.h"

/* The run itself: its records, its ends, its memory, its notes. */
void audit_run(struct view *v);
void audit_memory(struct view *v);

/* Its requests, by pair, variant and scenario. */
void audit_requests(struct view *v);

/* Whether the variants of each pair did the same work. */
void audit_likeness(struct view *v);

/* Lines of the input that could not be used (they belong to no run). */
void audit_input(struct view *v);

#endif
