#ifndef LMG_MKREPORT_SECTION_MEMORY_TABLE_H
#define LMG_MKREPORT_SECTION_MEMORY_TABLE_H

/* The full memory tables, of which the section on memory shows a part. */

#include "section.h"

/* The phases of a visit in order, NULL behind the last. */
const char *memory_phase_name(size_t i);

/* A phase as the report calls it: "between requests". */
const char *memory_phase_label(const char *phase);

/* Every counter by phase; nothing when there is none. */
void memory_counter_table(const struct report *r, const struct subject *p);

/*
 * The leak verdicts of the pair: of the deciding counter, or of every
 * counter.  Nothing when there is none.
 */
void memory_leak_rows(const struct report *r, const struct subject *p,
    bool all);

/* The power by phase: the main ones, or all.  Nothing when not measured. */
void energy_power_table(const struct report *r, const struct subject *p,
    bool all);

#endif
