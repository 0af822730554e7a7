#ifndef LMG_MKREPORT_SECTION_SPEED_TABLE_H
#define LMG_MKREPORT_SECTION_SPEED_TABLE_H

/*
 * Tables of speed by scenario, shared by the sections that have one.  A
 * scenario that varies something (prompt length, concurrency, rate, domain,
 * turn) is shown by level: a median over a ladder says nothing of any rung.
 */

#include "section.h"

/* When a metric has a row. */
enum {
	ROW_ALWAYS = 0,
	ROW_UNVARIED = 1,	/* only where the scenario varies nothing */
	ROW_VARIED = 2,		/* only where it does, level by level */
	ROW_IF_OTHER = 4,	/* only where it is not the same as ttft_s */
	ROW_IF_COUNTED_APART = 8,	/* only where the tokens of one prompt
					 * are not as many for all variants */
	ROW_IF_BURSTS = 16	/* only where tokens come in bursts */
};

struct speed_row {
	const char *metric;
	const char *label;
	int when;
};

/* Which scenarios a table is about. */
enum speed_part {
	SPEED_COMPARED,		/* all but the next two */
	SPEED_DOMAINS,		/* those that vary the prompt's domain, level
				   by level; in SPEED_COMPARED they have their
				   rows of all levels */
	SPEED_SESSIONS		/* of whole sessions, see speed_is_session() */
};

/*
 * Append the pair's table with these rows; returns how many rows it has.
 * Without any, nothing is written.
 */
size_t speed_table(const struct report *r, const struct subject *p,
    const struct speed_row *rows, size_t n_rows, enum speed_part part);

/*
 * Is this a scenario of one long session per variant, made for its memory
 * floors, whose speeds are not compared for that reason?
 */
bool speed_is_session(const struct report *r, const char *pair,
    const char *scenario);

/* Are the medians of a metric of tokens apart where like is: do the variants
 * count those of one prompt differently, or answer at another length? */
bool speed_is_apart(const struct report *r, const struct subject *p,
    const struct row_metric *like, const char *metric);

/* "`simple_gen`, cold" */
void speed_scenario_cell(struct md_table *t, const struct row_metric *m);

/* "57.5 ms [57.4, 57.6], n 20" */
void speed_value_cell(struct md_table *t, const struct row_metric *m);

#endif
