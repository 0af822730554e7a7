#ifndef LMG_METRICSAGG_JUDGE_BANDWIDTH_H
#define LMG_METRICSAGG_JUDGE_BANDWIDTH_H

/*
 * Is one variant faster because it has less to read?  Each token takes all
 * weights once, so where reading them is all there is to it the speeds are as
 * the bytes are, the other way round, and where it is not, nearer to each
 * other.  A ratio that is farther off than that, or on the other side, is
 * not of the bytes: the engine computes in another way.
 *
 * Bytes are those of the file, a few more than a token needs (of a table of
 * token embeddings it takes a line): BANDWIDTH_MARGIN is not told apart.  Of a
 * mixture of experts only some are read, nobody tells how many: it has no
 * bandwidth, but the ratio of the bytes holds.
 */

#include "stats/quantile.h"
#include "view.h"

#define BANDWIDTH_MARGIN 0.05

struct bandwidth {
	const struct group *base, *new;	/* of the scenario that decides */
	double bytes[2], decode[2];	/* of base, of new */
	bool is_sparse;
	double bytes_ratio;		/* new is faster so, by the bytes */
	double ratio;			/* as measured, and its interval */
	struct interval ci;
	enum bandwidth_verdict verdict;
};

/* Of two variants of a pair; false: they have nothing to compare. */
bool bandwidth_of(struct view *v, const struct variant *base,
    const struct variant *new, struct bandwidth *out);

/* Findings: speeds that the bytes do not explain. */
void audit_bandwidth(struct view *v);

#endif
