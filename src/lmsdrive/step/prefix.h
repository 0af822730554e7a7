#ifndef LMG_LMSDRIVE_STEP_PREFIX_H
#define LMG_LMSDRIVE_STEP_PREFIX_H

/*
 * Beginnings of texts, after which the next token is asked for: of English,
 * code, German and arithmetic.  Each is one of a few passages, cut behind one
 * of its words.  Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/* The kinds, up to a NULL. */
extern const char *const prefix_kinds[];

bool prefix_is_kind(const char *name);

/*
 * Append one of that kind to out.  Seeds that follow each other give different
 * ones, as many as there are.
 */
void prefix_add(struct buf *out, const char *kind, uint64_t seed);

/* Which of them that is: behind the last they begin again. */
uint64_t prefix_place(const char *kind, uint64_t seed);

#endif
