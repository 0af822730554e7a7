#ifndef LMG_MKREPORT_SECTION_ROW_TABLE_H
#define LMG_MKREPORT_SECTION_ROW_TABLE_H

/* Tables with a line for each row of one type: what stands in a column is told
 * once, beside its heading. */

#include "section.h"

/* How a member of the row is shown: a text, or a number as by quantity.h. */
enum cell_kind {
	CELL_NAME, CELL_COUNT, CELL_P, CELL_CHANGE, CELL_DURATION, CELL_PLAIN,
	CELL_RATIO, CELL_BYTES,
	CELL_SECONDS,
	CELL_NS,		/* nanoseconds */
	CELL_PLAIN_95,		/* a number and behind it its two bounds */
	CELL_RATIO_95,
	CELL_SECONDS_95,
	CELL_POINTS_95		/* a share, in points of a hundred */
};

struct column {
	const char *head;	/* as in md_table_begin() */
	enum cell_kind kind;
	const char *key;	/* of the member */
	const char *unknown;	/* not NULL: stands for NULL and NAN */
	/* Not NULL: appends what stands in the cell, in place of kind. */
	void (*add)(const struct report *r, const void *row);
};

#define COLUMN_OR(head, kind, key, unknown) \
	{ head, CELL_##kind, #key, unknown, NULL }
#define COLUMN(head, kind, key) COLUMN_OR(head, kind, key, NULL)
#define COLUMN_ADD(head, add) { head, CELL_NAME, NULL, NULL, add }

struct row_table {
	enum row_type type;
	const char *intro;	/* stands before it, or NULL */
	const char *none;	/* stands where it has no line, or NULL */
	/* Not NULL: which rows have a line. */
	bool (*is_shown)(const struct report *r, const void *row);
	double (*size)(const void *row);	/* not NULL: the most largest
						   have a line, the largest
						   first */
	size_t most;
	struct column columns[12];	/* up to one without head */
};

/* Append the table of the pair's rows (NULL: of all); returns whether it has a
 * line. */
bool row_table(const struct report *r, const char *pair,
    const struct row_table *t);

#endif
