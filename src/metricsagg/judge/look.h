#ifndef LMG_METRICSAGG_JUDGE_LOOK_H
#define LMG_METRICSAGG_JUDGE_LOOK_H

/*
 * A look at what is certain already (decide.h), whenever there may be news.  It
 * uses the tables up, and is therefore done in a process of its own, which has
 * them as they are at that moment.
 */

#include "buf.h"
#include "in/tables.h"

/* What tells that a visit is over.  Begin with all 0. */
struct look_visits {
	uint64_t unloads, steps;	/* of the run, when last asked */
	const char *pair;		/* of its last step */
	int64_t block;
	uint64_t chunks;		/* at the last look */
};

/* Has a visit of r ended since this was last asked, with something in it? */
bool look_is_due(struct look_visits *l, const struct run *r);

/*
 * What is decided now, into out, by a process that has its own tables.  Where
 * that fails out stays as it was.
 */
void look_now(struct tables *t, struct buf *out);

struct look;

/*
 * Look whenever a visit is over (for leaks, more often), and keep what is
 * decided, and the last size of the server (a mem record of two sizes), in the
 * file at path, replaced whole.  Returns NULL after a message when it cannot be
 * that.
 */
struct look *look_new(const char *path);

/* A line was read into t; look when it is time. */
void look_line(struct look *l, struct tables *t);

/* The file is removed. */
void look_free(struct look *l);

#endif
