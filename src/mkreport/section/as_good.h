#ifndef LMG_MKREPORT_SECTION_AS_GOOD_H
#define LMG_MKREPORT_SECTION_AS_GOOD_H

/* What else is known of the quality of two variants, in words. */

#include "section.h"
#include "verdict/verdict.h"

/*
 * Append "`q8_0` same first choice 97.0 % [94.4, 98.4], divergence at least
 * 0.0031 [0.0026, 0.0037] nat, against `f16`", of those that were held against
 * a reference, or the same of whole answers; nothing when none was.  Without
 * intervals where it is brief.
 */
void as_good_described(struct buf *out, const struct answer *a, bool is_brief);

/*
 * Append before, and "questions `a` 92 %, `b` 60 %; tool calls `a` 70 %, `b`
 * 80 %", where not all point the same way; else nothing.
 */
void as_good_parts(struct buf *out, const char *before,
    const struct evidence *ev, const struct answer *a);

#endif
