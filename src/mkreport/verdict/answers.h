#ifndef LMG_MKREPORT_VERDICT_ANSWERS_H
#define LMG_MKREPORT_VERDICT_ANSWERS_H

/* How the answers to verdict.h's questions are found: for this room alone. */

#include "verdict.h"

/* The metric that tells of speed, by its question. */
extern const char *const question_metric[];

/* The row of a type that compares these two variants, in this metric (NULL: in
 * any), behind the one after, whichever way round it does; NULL: there is no
 * more. */
const void *answer_next(const struct evidence *ev, enum row_type type,
    const char *pair, const struct answer *a, const char *metric,
    const void *after);

/* What one tested comparison says. */
void answer_take(struct answer *a, const struct row_compare *c);

/* Turn a ratio new/base of the record into winner/other, or as asked. */
void answer_orient(struct answer *a, const struct row_compare *c);

/* The peaks must agree, with the mapped file and without. */
void answer_memory(struct answer *a, const struct evidence *ev,
    const char *pair);

void answer_stable(struct answer *a, const struct evidence *ev,
    const char *pair);

enum leaking { LEAKS_NOT, LEAKS_PERHAPS, LEAKS };

struct leaking_by {
	enum leaking how;
	const char *counter;	/* that has it, where the deciding one has
				   not; or NULL */
	bool is_cache_unknown;	/* a cache may explain it, or none */
};

/*
 * Has the variant a leak, in any part of a load?  By the deciding counter, or,
 * perhaps, by one that counts what that does not.  Growth that a cache still
 * filling would explain is none that anything can be decided from.
 */
struct leaking_by answer_leaks(const struct evidence *ev, const char *pair,
    const char *variant);

#endif
