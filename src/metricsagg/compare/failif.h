#ifndef LMG_METRICSAGG_COMPARE_FAILIF_H
#define LMG_METRICSAGG_COMPARE_FAILIF_H

/*
 * Thresholds of "metricsagg compare": what counts as a regression.  Pure.
 *
 *	decode_tps < -5%	decode speed fell by more than 5 %
 *	ttft_s > 10%		time to first token rose by more than 10 %
 */

#include <stdbool.h>
#include <stddef.h>

#include "stats/quantile.h"

struct failif {
	char metric[32];
	bool is_below;		/* '<': fails when the change is below */
	double change;		/* -0.05 */
};

enum failif_verdict {
	FAILIF_PASS,		/* the interval excludes such a change */
	FAILIF_FAIL,		/* the change is beyond, and significant */
	FAILIF_UNSURE		/* the data allow both */
};

/* Parse one threshold.  Returns 0 or -1; prints nothing. */
int failif_parse(struct failif *f, const char *text);

/*
 * ratio: estimate of new / base with its 95 % interval; NAN where there is
 * none.  p: adjusted p of "no difference".
 */
enum failif_verdict failif_decide(const struct failif *f, double ratio,
    struct interval ci, double p);

#endif
