#ifndef LMG_METRICSAGG_JUDGE_DECIDE_H
#define LMG_METRICSAGG_JUDGE_DECIDE_H

/*
 * What is certain already, while the records still come: so that lmsdrive can
 * leave out what would not change it.  Everything read so far goes to the same
 * judgement as the analysis at the end, so both decide the same.
 */

#include "buf.h"
#include "in/tables.h"

/*
 * A description has this many rounds when its pair is decided; one that sets
 * domain against domain needs a text of each for every round.
 */
enum { DECIDE_ROUNDS = 4, DECIDE_ROUNDS_DOMAINS = 6 };

/*
 * Append the decided records of all runs in t: of each pair, the headline
 * metrics of the deciding scenario that are different or equivalent, and,
 * where none is left, every scenario that has the rounds it needs.  Memory is
 * no reason to go on: its peaks differ less from visit to visit than times do.
 * And the scenarios in which a variant shows that it has no leak worth the name
 * (leak_is_settled() by the counter that decides, and no other grows).
 * The tables are used up.
 */
void decide_write(struct tables *t, struct buf *out);

#endif
