#ifndef LMG_MKREPORT_SECTION_RESERVE_H
#define LMG_MKREPORT_SECTION_RESERVE_H

/* Why an answer about two variants may not be one about their formats. */

#include "section.h"
#include "verdict/verdict.h"

/*
 * Add ", with reserve (not like for like: bits per weight, 4.5 and 6.6, ...)"
 * where the two are not like for like in what moves an answer, or one of them
 * failed requests or a load; else nothing.
 */
void reserve_add(struct buf *out, const struct report *r, const char *pair,
    const struct answer answers[QUESTIONS]);

/* Only the list, "bits per weight 4.5 and 6.6; ...", behind before; nothing
 * without one.  Returns whether there was one. */
bool reserve_list(struct buf *out, const struct report *r, const char *pair,
    const struct answer answers[QUESTIONS], const char *before);

#endif
