#ifndef LMG_LIB_FAILIF_H
#define LMG_LIB_FAILIF_H

/*
 * Thresholds of "metricsagg compare": what counts as a regression, as its
 * option and "compare: fail_if" of a configuration have it.
 *
 *	decode_tps < -5%	decode speed fell by more than 5 %
 *	ttft_s > 10%		time to first token rose by more than 10 %
 */

#include <stdbool.h>
#include <stddef.h>

#include "metric.h"
#include "yamldoc.h"

struct failif {
	enum metric m;		/* one of metric_compared */
	bool is_below;		/* '<': fails when the change is below */
	double change;		/* -0.05 */
};

enum failif_verdict {
	FAILIF_PASS,		/* the interval excludes such a change */
	FAILIF_FAIL,		/* the change is beyond, and significant */
	FAILIF_UNSURE		/* the data allow both */
};

/* Those that are asked for. */
enum { FAILIF_MOST = 32 };
struct failifs {
	struct failif v[FAILIF_MOST];
	size_t n;
};

/* Add one threshold.  Returns 0, or -1 with what is wrong in why. */
enum { FAILIF_WHY_CAP = 512 };
int failif_add(struct failifs *to, const char *text, char why[FAILIF_WHY_CAP]);

/* Add those of the mapping compare of a configuration, if it has any.  Returns
 * 0, or -1 after messages. */
int failif_read(struct failifs *to, struct ynode compare);

/*
 * ratio: estimate of new / base, lo to hi its 95 % interval; NAN where there
 * is none.  p: adjusted p of "no difference".
 */
enum failif_verdict failif_decide(const struct failif *f, double ratio,
    double lo, double hi, double p);

#endif
