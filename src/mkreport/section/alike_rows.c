/* Of several things: what differs as a table, what does not as a line. */

#include "alike_rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "text/markdown.h"
#include "xalloc.h"

const char alike_not_known[] = "not known";

struct buf *
alike_cell(struct alike_rows *t)
{
	t->cells = xgrow(t->cells, t->n, &t->cap, sizeof(*t->cells));
	t->cells[t->n] = (struct buf)BUF_INIT;
	return &t->cells[t->n++];
}

/* Do all sides of the row say the same, with nothing to remark? */
static bool
is_alike(struct buf *row, size_t n_names)
{
	if (n_names < 2 || row[n_names + 1].len > 0)
		return false;
	for (size_t k = 2; k <= n_names; k++)
		if (strcmp(buf_cstr(&row[k]), buf_cstr(&row[1])) != 0)
			return false;
	return true;
}

/* "; Parameters: `70B`" */
static void
add_alike(struct buf *out, struct buf *row, bool with_value)
{
	buf_addf(out, "%s%s", out->len > 0 ? "; " : "", buf_cstr(&row[0]));
	if (with_value)
		buf_addf(out, ": %s", buf_cstr(&row[1]));
}

static void
end_alike(struct buf *out, const char *what, struct buf *alike)
{
	if (alike->len > 0)
		buf_addf(out, "%s: %s.\n\n", what, buf_cstr(alike));
	buf_fini(alike);
}

static void
add_row(struct md_table *t, struct buf *row, size_t columns)
{
	for (size_t k = 0; k < columns; k++) {
		md_cell_begin(t);
		buf_add(t->out, row[k].data, row[k].len);
		md_cell_end(t);
	}
	md_row_end(t);
}

void
alike_write(struct alike_rows *t, struct buf *out)
{
	struct buf alike = BUF_INIT, unknown = BUF_INIT, *row;
	const size_t columns = t->n_names + 2;
	struct md_table table;
	bool is_known;

	assert(t->n % columns == 0);
	md_table_begin_names(&table, out, "Attribute", t->names, t->n_names,
	    "Remark");
	for (row = t->cells; row < t->cells + t->n; row += columns) {
		is_known = strncmp(buf_cstr(&row[1]), alike_not_known,
		    strlen(alike_not_known)) != 0;
		if (is_alike(row, t->n_names))
			add_alike(is_known ? &alike : &unknown, row, is_known);
		else
			add_row(&table, row, columns);
	}
	md_table_end(&table);
	end_alike(out, "The same in all", &alike);
	end_alike(out, "Not known of any", &unknown);
	while (t->n > 0)
		buf_fini(&t->cells[--t->n]);
	free(t->cells);
}
