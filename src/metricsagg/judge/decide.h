#ifndef LMG_METRICSAGG_JUDGE_DECIDE_H
#define LMG_METRICSAGG_JUDGE_DECIDE_H

/*
 * What is certain already, while the records still come: so that lmsdrive can
 * leave out what would not change it.
 *
 * A look takes everything read so far to the same judgement as the analysis at
 * the end, so both decide the same.  It uses the tables up, and is therefore
 * done in a process of its own, which has them as they are at that moment.
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

/* What tells that a visit is over.  Begin with all 0. */
struct decide_visits {
	uint64_t unloads, steps;	/* of the run, when last asked */
	const char *pair;		/* of its last step */
	int64_t block;
	uint64_t chunks;		/* at the last look */
};

/* Has a visit of r ended since this was last asked, with something in it? */
bool decide_is_due(struct decide_visits *d, const struct run *r);

/*
 * What is decided now, into out, by a process that has its own tables.  Where
 * that fails out stays as it was.
 */
void decide_look(struct tables *t, struct buf *out);

struct decide;

/*
 * Look whenever a visit is over (for leaks, more often), and keep what is
 * decided, and the last size of the server (a mem record of two sizes), in the
 * file at path, replaced whole.  Returns NULL after a message when it cannot be
 * that.
 */
struct decide *decide_new(const char *path);

/* A line was read into t; look when it is time. */
void decide_line(struct decide *d, struct tables *t);

/* The file is removed. */
void decide_free(struct decide *d);

#endif
