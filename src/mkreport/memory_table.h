#ifndef LMG_MEMORY_TABLE_H
#define LMG_MEMORY_TABLE_H

/* The full memory tables, of which the section on memory shows a part. */

#include "report.h"

/* Every counter by phase; nothing when there is none. */
void memory_counter_table(const struct report *r, const struct subject *p);

/*
 * The leak verdicts of the pair: of the deciding counter, or of every
 * counter.  Nothing when there is none.
 */
void memory_leak_rows(const struct report *r, const struct subject *p,
    bool all);

#endif
