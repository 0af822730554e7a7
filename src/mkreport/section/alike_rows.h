#ifndef LMG_MKREPORT_SECTION_ALIKE_ROWS_H
#define LMG_MKREPORT_SECTION_ALIKE_ROWS_H

/* A table of attributes of several, of which only those rows are written that
 * tell them apart: cells first, then the table and two lines below it. */

#include <stdbool.h>

#include "buf.h"

struct alike_rows {
	const char *const *names;	/* borrowed: a column each */
	size_t n_names;
	struct buf *cells;	/* row after row: what it is, a cell for each
				   name, a remark */
	size_t n, cap;
};

/* What stands where a value is not known; a reason may follow it. */
extern const char alike_not_known[];

/* The next cell, empty; valid until the next call. */
struct buf *alike_cell(struct alike_rows *t);

/* Append the table, "The same in all: ..." and "Not known of any: ...", and
 * drop the cells. */
void alike_write(struct alike_rows *t, struct buf *out);

#endif
