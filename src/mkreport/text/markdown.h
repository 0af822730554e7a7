#ifndef LMG_MKREPORT_TEXT_MARKDOWN_H
#define LMG_MKREPORT_TEXT_MARKDOWN_H

/*
 * GitHub-flavoured Markdown into a buffer.  Names that come from a server or
 * a configuration are data: they are written as code spans, in which nothing
 * is formatted, linked or mentioned, and in which no character can end a
 * table cell, a line or the span.
 */

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

/* Names longer than this many characters have an ellipsis in their middle: what
 * tells two apart is mostly at the end ("...-q4_k_m"). */
enum { MD_NAME_CHARS = 64 };

/*
 * Append name as a code span.  Control and bidirectional characters and
 * invalid UTF-8 become U+FFFD, line ends and tabs a space, a backtick an
 * apostrophe, a vertical bar a broken bar.  NULL writes "not known", an empty
 * name "(empty)".
 */
void md_name(struct buf *out, const char *name);

/* As md_name(), max characters of it. */
void md_name_cut(struct buf *out, const char *name, size_t max);

/*
 * Append text as running prose, for messages: characters cleaned as in
 * md_name(), Markdown punctuation escaped with a backslash, addresses and
 * mentions broken by one; cut after max characters.
 */
void md_text(struct buf *out, const char *text, size_t max);

/*
 * A table.  Cells are appended with md_cell(), md_cell_name() or by writing
 * to out between md_cell_begin() and md_cell_end(); rows end with md_row_end().
 */
struct md_table {
	struct buf *out;	/* borrowed */
	size_t column;
};

/*
 * Begin a table.  columns is a list "Name|:Name|Name:" in which a colon marks
 * the alignment (leading: left, trailing: right).
 */
void md_table_begin(struct md_table *t, struct buf *out, const char *columns);

/*
 * A table whose columns are: the fixed ones of columns, then one per name
 * (right-aligned, the name a code span), then last, unless it is NULL.
 */
void md_table_begin_names(struct md_table *t, struct buf *out,
    const char *columns, const char *const *names, size_t n, const char *last);

void md_cell(struct md_table *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void md_cell_name(struct md_table *t, const char *name);
void md_cell_begin(struct md_table *t);
void md_cell_end(struct md_table *t);
void md_row_end(struct md_table *t);
/* The blank line behind the table. */
void md_table_end(struct md_table *t);

#endif
