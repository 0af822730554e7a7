#include <math.h>
#include <stdio.h>
#include <string.h>

#include "export.h"
#include "json.h"
#include "utf8.h"

struct table_name {
	const char *name;
	enum row_type type;
};

static const struct table_name names[] = {
	{ "requests", ROW_SAMPLE }, { "metrics", ROW_METRIC },
	{ "memory", ROW_MEMORY }, { "leak", ROW_LEAK },
	{ "compare", ROW_COMPARE }
};

static enum row_type
type_of(const char *table)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, table) == 0)
			return names[i].type;
	return ROW_TYPES;
}

bool
export_is_table(const char *name)
{
	return type_of(name) != ROW_TYPES;
}

static const void *
at(const void *row, const struct field *f)
{
	return (const char *)row + f->offset;
}

static const char *
str_at(const void *row, const struct field *f)
{
	return *(char *const *)at(row, f);
}

/* ---- CSV ---------------------------------------------------------------- */

void
export_csv_field(struct buf *out, const char *s)
{
	size_t left;
	uint32_t c;
	size_t n;

	if (s == NULL)
		return;
	left = strlen(s);
	buf_addc(out, '"');
	if (*s != '\0' && strchr("=+-@\t\r", *s) != NULL)
		buf_addc(out, '\'');
	while (left > 0) {
		n = utf8_decode(s, left, &c);
		if (n == 0 || utf8_is_control(c)) {
			buf_adds(out, n > 0 && (c == '\n' || c == '\t') ? " " :
			    "\xef\xbf\xbd");
			n = n == 0 ? 1 : n;
		} else {
			if (c == '"')
				buf_addc(out, '"');
			buf_add(out, s, n);
		}
		s += n, left -= n;
	}
	buf_addc(out, '"');
}

static void
csv_value(struct buf *out, const void *row, const struct field *f)
{
	char number[32];
	int b;

	if (f->kind == FIELD_NUM) {
		if (isfinite(*(const double *)at(row, f)))
			buf_adds(out, json_number_text(number,
			    *(const double *)at(row, f)));
	} else if (f->kind == FIELD_BOOL) {
		b = *(const int *)at(row, f);
		buf_adds(out, b == 1 ? "true" : b == 0 ? "false" : "");
	} else {
		export_csv_field(out, str_at(row, f));
	}
}

void
export_csv(struct buf *out, const struct evidence_set *set, const char *table)
{
	enum row_type type = type_of(table != NULL ? table : "metrics");
	const struct schema *s = schema_of(type);
	const struct rows *rows;
	size_t i, k, f;

	buf_adds(out, "run");
	for (f = 0; f < s->n_fields; f++)
		buf_addf(out, ",%s", s->fields[f].key);
	buf_addc(out, '\n');
	for (i = 0; i < set->n; i++) {
		rows = &set->v[i].rows[type];
		for (k = 0; k < rows->n; k++) {
			export_csv_field(out, set->v[i].run);
			for (f = 0; f < s->n_fields; f++) {
				buf_addc(out, ',');
				csv_value(out, (const char *)rows->v +
				    k * s->size, &s->fields[f]);
			}
			buf_addc(out, '\n');
		}
	}
}

/* ---- JSON --------------------------------------------------------------- */

static void
json_value(struct json *j, const void *row, const struct field *f)
{
	int b;

	if (f->kind == FIELD_NUM) {
		json_num(j, f->key, *(const double *)at(row, f));
	} else if (f->kind == FIELD_BOOL) {
		b = *(const int *)at(row, f);
		if (b == -1)
			json_null(j, f->key);
		else
			json_bool(j, f->key, b == 1);
	} else if (f->kind == FIELD_JSON && str_at(row, f) != NULL) {
		json_raw(j, f->key, str_at(row, f), strlen(str_at(row, f)));
	} else {
		json_str(j, f->key, str_at(row, f));
	}
}

void
export_json(struct buf *out, const struct evidence_set *set,
    const char *table)
{
	const struct schema *s;
	const struct rows *rows;
	const char *sep = "[\n";
	struct json j;
	size_t i, k, f;

	if (table == NULL) {
		export_summary(out, set);
		return;
	}
	s = schema_of(type_of(table));
	for (i = 0; i < set->n; i++) {
		rows = &set->v[i].rows[type_of(table)];
		for (k = 0; k < rows->n; k++) {
			buf_adds(out, sep);
			sep = ",\n";
			json_init(&j, out);
			json_object(&j, NULL);
			json_str(&j, "run", set->v[i].run);
			for (f = 0; f < s->n_fields; f++)
				json_value(&j, (const char *)rows->v +
				    k * s->size, &s->fields[f]);
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
	int b;

	if (f->kind == FIELD_NUM) {
		v = *(const double *)at(row, f);
		buf_adds(out, isfinite(v) ? json_number_text(number, v) :
		    "NULL");
	} else if (f->kind == FIELD_BOOL) {
		b = *(const int *)at(row, f);
		buf_adds(out, b == -1 ? "NULL" : b == 1 ? "1" : "0");
	} else {
		sql_text(out, str_at(row, f));
	}
}

/* A key as a column name: "host.cpu" becomes "host_cpu", all are quoted. */
static void
sql_column(struct buf *out, const char *key)
{
	buf_addc(out, '"');
	for (; *key != '\0'; key++)
		buf_addc(out, *key == '.' ? '_' : *key);
	buf_addc(out, '"');
}

static void
sql_create(struct buf *out, const struct schema *s)
{
	size_t f;

	buf_addf(out, "CREATE TABLE IF NOT EXISTS \"lmgauge_%s\" "
	    "(\"run_id\" TEXT NOT NULL", s->type);
	for (f = 0; f < s->n_fields; f++) {
		buf_adds(out, ", ");
		sql_column(out, s->fields[f].key);
		buf_adds(out, s->fields[f].kind == FIELD_NUM ?
		    " DOUBLE PRECISION" :
		    s->fields[f].kind == FIELD_BOOL ? " INTEGER" : " TEXT");
	}
	buf_adds(out, ");\n");
}

void
export_sql(struct buf *out, const struct evidence_set *set, const char *arg)
{
	const struct schema *s;
	const struct rows *rows;
	size_t i, k, f, t;

	(void)arg;
	buf_adds(out, "BEGIN;\n");
	for (t = 0; t < ROW_TYPES; t++) {
		s = schema_of((enum row_type)t);
		sql_create(out, s);
		for (i = 0; i < set->n; i++) {
			rows = &set->v[i].rows[t];
			for (k = 0; k < rows->n; k++) {
				buf_addf(out, "INSERT INTO \"lmgauge_%s\" "
				    "VALUES (", s->type);
				sql_text(out, set->v[i].run);
				for (f = 0; f < s->n_fields; f++) {
					buf_adds(out, ", ");
					sql_value(out, (const char *)rows->v +
					    k * s->size, &s->fields[f]);
				}
				buf_adds(out, ");\n");
			}
		}
	}
	buf_adds(out, "COMMIT;\n");
}
