#include "row_table.h"

#include <assert.h>
#include <math.h>

static char *
number_text(char *out, enum cell_kind kind, const double *v)
{
	switch (kind) {
	case CELL_COUNT:
		return quantity_count(out, *v);
	case CELL_P:
		return quantity_p(out, *v);
	case CELL_CHANGE:
		return quantity_change(out, *v);
	case CELL_DURATION:
		return quantity_duration(out, *v);
	case CELL_RATIO:
		return quantity(out, QUANTITY_RATIO, *v);
	case CELL_BYTES:
		return quantity(out, QUANTITY_BYTES, *v);
	case CELL_SECONDS:
		return quantity(out, QUANTITY_SECONDS, *v);
	case CELL_NS:
		return quantity(out, QUANTITY_SECONDS, *v / 1e9);
	case CELL_PLAIN_95:
		return quantity_interval(out, QUANTITY_PLAIN, v[0], v[1], v[2]);
	case CELL_RATIO_95:
		return quantity_interval(out, QUANTITY_RATIO, v[0], v[1], v[2]);
	case CELL_SECONDS_95:
		return quantity_interval(out, QUANTITY_SECONDS, v[0], v[1],
		    v[2]);
	case CELL_POINTS_95:
		return quantity_interval(out, QUANTITY_PLAIN, 100 * v[0],
		    100 * v[1], 100 * v[2]);
	default:
		return quantity(out, QUANTITY_PLAIN, *v);
	}
}

static void
add_member(struct buf *out, const struct column *c, const struct field *f,
    const void *row)
{
	char text[QUANTITY_CAP];

	assert(f != NULL && field_is_text(f) == (c->kind == CELL_NAME));
	if (c->unknown != NULL && (c->kind == CELL_NAME ?
	    field_text(f, row) == NULL : isnan(field_number(f, row))))
		buf_adds(out, c->unknown);
	else if (c->kind == CELL_NAME)
		md_name(out, field_text(f, row));
	else
		buf_adds(out, number_text(text, c->kind,
		    (const void *)((const char *)row + f->offset)));
}

static void
begin(struct md_table *m, const struct row_table *t, struct buf *out)
{
	struct buf heads = BUF_INIT;

	buf_adds(out, t->intro != NULL ? t->intro : "");
	for (const struct column *c = t->columns; c->head != NULL; c++)
		buf_addf(&heads, "%s|", c->head);
	md_table_begin(m, out, buf_cstr(&heads));
	buf_fini(&heads);
}

static void
add_line(struct md_table *m, const struct report *r,
    const struct row_table *t, const void *row)
{
	for (const struct column *c = t->columns; c->head != NULL; c++) {
		md_cell_begin(m);
		if (c->add != NULL)
			c->add(r, row);
		else
			add_member(r->out, c, field_of(schema_of(t->type),
			    c->key), row);
		md_cell_end(m);
	}
	md_row_end(m);
}

/* The row behind last in the order of the table. */
static const void *
next_row(const struct report *r, const char *pair, const struct row_table *t,
    const void *last)
{
	const struct row_key key = { .pair = pair };
	const char *row = NULL, *at = last, *next = NULL;
	double size;

	if (t->size == NULL)
		return evidence_find(r->ev, t->type, &key, last);
	while ((row = evidence_find(r->ev, t->type, &key, row)) != NULL) {
		size = t->size(row);
		if (at != NULL && (size > t->size(at) ||
		    (size == t->size(at) && row <= at)))
			continue;
		if (next == NULL || size > t->size(next))
			next = row;
	}
	return next;
}

bool
row_table(const struct report *r, const char *pair, const struct row_table *t)
{
	struct md_table m = { NULL, 0 };
	const void *row = NULL;
	size_t lines = 0;

	while ((t->size == NULL || lines < t->most) &&
	    (row = next_row(r, pair, t, row)) != NULL)
		if (t->is_shown == NULL || t->is_shown(r, row)) {
			if (lines++ == 0)
				begin(&m, t, r->out);
			add_line(&m, r, t, row);
		}
	if (m.out != NULL)
		md_table_end(&m);
	else
		buf_adds(r->out, t->none != NULL ? t->none : "");
	return m.out != NULL;
}
