#ifndef LMG_METRICSAGG_COMPARE_COMPARE_TABLE_H
#define LMG_METRICSAGG_COMPARE_COMPARE_TABLE_H

/* What "metricsagg compare" prints: the verdict, then the table. */

#include "judge.h"

/* The names of what was compared. */
struct table_names {
	char *const *base, *const *new;
	size_t n_base, n_new;
};

/*
 * Print to stdout.  Returns EXIT_DONE (no regression), EXIT_NO (one line or
 * more is a regression) or EXIT_UNSURE (cannot tell).
 */
int compare_table(const struct lines *l, const struct table_names *names);

#endif
