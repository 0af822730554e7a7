#ifndef LMG_MKREPORT_SECTION_HOW_MUCH_H
#define LMG_MKREPORT_SECTION_HOW_MUCH_H

/* What stands behind an answer of the verdict: its size, and its evidence. */

#include "section.h"
#include "verdict/verdict.h"

/* "34 % less time (0.66 times, 95 % interval 0.61 to 0.71)", what is needed to
 * tell, or why it cannot be told; and what the answer rests on. */
void how_much_cell(struct md_table *t, const struct evidence *ev,
    const struct answer *a);
void how_much_evidence(struct md_table *t, const struct answer *a);

/* "about 6 more rounds (12 min) needed", "more rounds (of 2 min) needed" */
void how_much_further(struct buf *out, double further, double round_s);

#endif
