#ifndef LMG_MKREPORT_SECTION_RECOMMENDATION_H
#define LMG_MKREPORT_SECTION_RECOMMENDATION_H

/* The sentences about two variants around the table of answers. */

#include "section.h"
#include "verdict/verdict.h"

/* Where one scenario favours one and another the other: that comes first. */
void recommendation_contradictions(const struct report *r, const char *pair,
    const struct answer *a);

/* "**Recommendation:** take ...", from all n answers. */
void recommendation_add(const struct report *r, const char *pair,
    const struct answer *a, size_t n);

#endif
