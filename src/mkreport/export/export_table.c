/* Metric records as tables: CSV, JSON and SQL. */

#include <math.h>
#include <string.h>

#include "export.h"
#include "json.h"

enum { SQL_ROWS = 100 };	/* in one statement */

struct table_name {
	const char *name;
	enum row_type type;
};

static const struct table_name names[] = {
	{ "requests", ROW_SAMPLE }, { "metrics", ROW_METRIC },
	{ "memory", ROW_MEMORY }, { "leak", ROW_LEAK },
	{ "compare", ROW_COMPARE }, { "quality", ROW_QUALITY },
	{ "quality_compare", ROW_QUALITY_COMPARE }, { "calls", ROW_CALLS },
	{ "fidelity", ROW_FIDELITY },
	{ "fidelity_compare", ROW_FIDELITY_COMPARE },
	{ "agreement", ROW_AGREEMENT },
	{ "prompt_cache", ROW_PROMPT_CACHE }, { "turns", ROW_TURN },
	{ "predictions", ROW_PREDICTION }, { "crossings", ROW_CROSSING },
	{ "bandwidth", ROW_BANDWIDTH }
};

static enum row_type
type_of(const char *table)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, table) == 0)
			return names[i].type;
	return ROW_TYPES;
}

bool
export_is_table(const char *name)
{
	return type_of(name) != ROW_TYPES;
}

/* ---- CSV ---------------------------------------------------------------- */

void
export_csv(struct buf *out, const struct evidence_set *set, const char *table)
{
	enum row_type type = type_of(table != NULL ? table : "metrics");
	const struct schema *s = schema_of(type);
	const struct rows *rows;

	field_csv_names(s, "run", out);
	for (size_t i = 0; i < set->n; i++) {
		rows = &set->v[i].rows[type];
		for (size_t k = 0; k < rows->n; k++)
			field_csv(s, (const char *)rows->v + k * s->size,
			    set->v[i].run, out);
	}
}

/* ---- JSON --------------------------------------------------------------- */

void
export_json(struct buf *out, const struct evidence_set *set,
    const char *table)
{
	const struct schema *s;
	const struct rows *rows;
	const char *sep = "[\n";
	struct json j;

	if (table == NULL) {
		export_summary(out, set);
		return;
	}
	s = schema_of(type_of(table));
	for (size_t i = 0; i < set->n; i++) {
		rows = &set->v[i].rows[type_of(table)];
		for (size_t k = 0; k < rows->n; k++) {
			buf_adds(out, sep);
			sep = ",\n";
			json_begin(&j, out);
			json_str(&j, "run", set->v[i].run);
			field_write(s, (const char *)rows->v + k * s->size,
			    ~FIELD_WHOLE, &j);
			json_close(&j);
		}
	}
	buf_adds(out, *sep == '[' ? "[]\n" : "\n]\n");
}

/* ---- SQL ---------------------------------------------------------------- */

static void
sql_text(struct buf *out, const char *s)
{
	if (s == NULL) {
		buf_adds(out, "NULL");
		return;
	}
	buf_addc(out, '\'');
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			buf_addc(out, '\'');
		buf_addc(out, *s);
	}
	buf_addc(out, '\'');
}

static void
sql_value(struct buf *out, const void *row, const struct field *f)
{
	char number[32];
	double v;

	if (field_is_text(f)) {
		sql_text(out, field_text(f, row));
	} else {
		v = field_number(f, row);
		buf_adds(out, isfinite(v) ? json_number_text(number, v) :
		    "NULL");
	}
}

/* The columns: their names and, where they are made, their types. */
static void
sql_columns(struct buf *out, const struct schema *s, bool is_typed)
{
	const struct field *f;

	buf_adds(out, is_typed ? "\"run_id\" TEXT NOT NULL" : "\"run_id\"");
	for (f = s->fields; f < s->fields + s->n_fields; f++) {
		if (!field_is_column(f))
			continue;
		buf_adds(out, ", \"");
		field_column(f, '_', out);
		buf_addc(out, '"');
		if (is_typed)
			buf_adds(out, f->kind == FIELD_REAL ?
			    " DOUBLE PRECISION" : f->kind == FIELD_FLAG ?
			    " INTEGER" : " TEXT");
	}
}

/* A row, some of them to a statement, which names the columns: a table that an
 * older mkreport has made may have others. */
static void
sql_row(struct buf *out, const struct schema *s, const void *row,
    const char *run, size_t k)
{
	const struct field *f;

	if (k % SQL_ROWS == 0) {
		buf_addf(out, "INSERT INTO \"lmgauge_%s\" (", s->type);
		sql_columns(out, s, false);
		buf_adds(out, ") VALUES\n(");
	} else {
		buf_adds(out, ",\n(");
	}
	sql_text(out, run);
	for (f = s->fields; f < s->fields + s->n_fields; f++)
		if (field_is_column(f)) {
			buf_adds(out, ", ");
			sql_value(out, row, f);
		}
	buf_addc(out, ')');
}

void
export_sql(struct buf *out, const struct evidence_set *set, const char *arg)
{
	const struct schema *s;
	const struct rows *rows;

	(void)arg;
	buf_adds(out, "BEGIN;\n");
	for (size_t t = 0; t < ROW_TYPES; t++) {
		s = schema_of((enum row_type)t);
		buf_addf(out, "CREATE TABLE IF NOT EXISTS \"lmgauge_%s\" (",
		    s->type);
		sql_columns(out, s, true);
		buf_adds(out, ");\n");
		for (size_t i = 0; i < set->n; i++) {
			rows = &set->v[i].rows[t];
			for (size_t k = 0; k < rows->n; k++) {
				sql_row(out, s, (const char *)rows->v +
				    k * s->size, set->v[i].run, k);
				if ((k + 1) % SQL_ROWS == 0 ||
				    k + 1 == rows->n)
					buf_adds(out, ";\n");
			}
		}
	}
	buf_adds(out, "COMMIT;\n");
}
