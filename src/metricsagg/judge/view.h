#ifndef LMG_METRICSAGG_JUDGE_VIEW_H
#define LMG_METRICSAGG_JUDGE_VIEW_H

/*
 * What all of judge/ and emit/ work on: a linked run, what was worked out
 * about it, and where its records go.
 */

#include "buf.h"
#include "findings.h"
#include "join/group.h"
#include "join/phases.h"

struct view {
	struct tables *t;
	const struct run *r;
	struct groups g;
	struct phases p;
	struct findings f;
	bool wants_samples;		/* what each request did, too */
	int64_t requests, failed;	/* sent, and of those not good */
	struct buf *out;		/* records are appended here */
	void (*flush)(struct buf *);	/* empties it when it is long; or
					 * NULL */
	uint64_t records;		/* written so far */
};

#endif
