#ifndef LMG_COMPARE_TABLE_H
#define LMG_COMPARE_TABLE_H

/* The table that "metricsagg compare" prints, and the verdict beneath it. */

#include <stdbool.h>
#include <stddef.h>

#include "failif.h"
#include "side.h"
#include "stats/compare_test.h"

/* One line of the table. */
struct line {
	const struct side_row *key;	/* pair, variant, scenario, cache */
	enum metric m;			/* M_COUNT: the share that failed */
	size_t failed_base, failed_new;
	struct comparison c;
	enum failif_verdict verdict;
	bool is_judged;			/* some rule is about it */
	bool is_missing;		/* measured in base and not in new */
};

struct lines {
	struct line *at;
	size_t n, cap;
	bool is_identical;		/* both sides are the same figures */
};

/*
 * Print the table to stdout.  Returns EXIT_DONE (no regression), EXIT_NO (one
 * line or more is a regression) or EXIT_UNSURE (cannot tell).
 */
int compare_table(const struct lines *l, const struct side *base,
    const struct side *new);

#endif
