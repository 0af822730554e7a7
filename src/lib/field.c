/* Rows by their tables: begun, written, released, and as lines of CSV. */
#include "field.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "xalloc.h"

/*
 * Members are reached by memcpy(), so that a table may name a char * as well
 * as a const char *, and an int64_t as well as a uint64_t.
 */
#define GET(type, name) \
	static type \
	name(const struct field *f, const void *row) \
	{ \
		type v; \
	\
		memcpy(&v, (const char *)row + f->offset, sizeof(v)); \
		return v; \
	}
GET(char *, text_at)
GET(char **, texts_at)
GET(double, real_at)
GET(int64_t, count_at)
GET(bool, bool_at)
GET(int, int_at)

const struct field *
field_of(const struct schema *s, const char *key)
{
	for (size_t i = 0; i < s->n_fields; i++)
		if (strcmp(s->fields[i].key, key) == 0)
			return &s->fields[i];
	return NULL;
}

void
field_set_text(const struct schema *s, void *row, const char *key,
    const char *text)
{
	const struct field *f = field_of(s, key);

	if (f != NULL)
		memcpy((char *)row + f->offset, &text, sizeof(text));
}

const char *
field_text(const struct field *f, const void *row)
{
	return text_at(f, row);
}

double
field_number(const struct field *f, const void *row)
{
	int flag;

	if (f->kind != FIELD_FLAG)
		return real_at(f, row);
	flag = int_at(f, row);
	return flag == -1 ? (double)NAN : flag;
}

bool
field_is_text(const struct field *f)
{
	return f->kind == FIELD_TEXT || f->kind == FIELD_LABEL ||
	    f->kind == FIELD_NAME || f->kind == FIELD_JSON;
}

static bool
is_count(const struct field *f)
{
	return f->kind == FIELD_COUNT || f->kind == FIELD_TIME ||
	    f->kind == FIELD_SIZE;
}

void
field_init(const struct schema *s, void *row)
{
	static const int64_t no_count = -1;
	static const double no_real = NAN;
	static const int no_flag = -1;
	const struct field *f;
	char *at;

	memset(row, 0, s->size);
	for (f = s->fields; f < s->fields + s->n_fields; f++) {
		at = (char *)row + f->offset;
		if (f->kind == FIELD_REAL)
			memcpy(at, &no_real, sizeof(no_real));
		else if (is_count(f))
			memcpy(at, &no_count, sizeof(no_count));
		else if (f->kind == FIELD_FLAG)
			memcpy(at, &no_flag, sizeof(no_flag));
	}
}

static char **
copy_texts(char *const *texts)
{
	size_t n = 0;
	char **copy;

	if (texts == NULL)
		return NULL;
	while (texts[n] != NULL)
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(texts[i]);
	return copy;
}

void
field_copy(const struct schema *s, void *row, const void *from)
{
	const struct field *f;
	char *text, **texts, *at;

	memcpy(row, from, s->size);
	for (f = s->fields; f < s->fields + s->n_fields; f++) {
		at = (char *)row + f->offset;
		if (field_is_text(f) && (text = text_at(f, from)) != NULL) {
			text = xstrdup(text);
			memcpy(at, &text, sizeof(text));
		} else if (f->kind == FIELD_TEXTS) {
			texts = copy_texts(texts_at(f, from));
			memcpy(at, &texts, sizeof(texts));
		}
	}
}

void
field_free_texts(char **texts)
{
	for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
		free(texts[i]);
	free(texts);
}

void
field_fini(const struct schema *s, void *row)
{
	const struct field *f;

	for (f = s->fields; f < s->fields + s->n_fields; f++)
		if (field_is_text(f))
			free(text_at(f, row));
		else if (f->kind == FIELD_TEXTS)
			field_free_texts(texts_at(f, row));
	memset(row, 0, s->size);
}

/* ---- writing ---------------------------------------------------------- */

static void
write_texts(struct json *j, const char *key, char *const *texts)
{
	if (texts == NULL) {
		json_null(j, key);
		return;
	}
	json_array(j, key);
	for (; *texts != NULL; texts++)
		json_str(j, NULL, *texts);
	json_close(j);
}

static void
write_flag(struct json *j, const char *key, int v)
{
	if (v == -1)
		json_null(j, key);
	else
		json_bool(j, key, v == 1);
}

static void
write_json(struct json *j, const char *key, const char *text)
{
	if (text == NULL)
		json_null(j, key);
	else
		json_raw(j, key, text, strlen(text));
}

static void
write_field(struct json *j, const struct field *f, const void *row)
{
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_LABEL:
	case FIELD_NAME:
		json_str(j, f->key, text_at(f, row));
		break;
	case FIELD_REAL:
		json_num(j, f->key, real_at(f, row));
		break;
	case FIELD_COUNT:
	case FIELD_TIME:
	case FIELD_SIZE:
		json_count(j, f->key, count_at(f, row));
		break;
	case FIELD_BOOL:
		json_bool(j, f->key, bool_at(f, row));
		break;
	case FIELD_FLAG:
		write_flag(j, f->key, int_at(f, row));
		break;
	case FIELD_WORD:
		json_str(j, f->key, f->words[int_at(f, row)]);
		break;
	case FIELD_TEXTS:
		write_texts(j, f->key, texts_at(f, row));
		break;
	case FIELD_JSON:
		write_json(j, f->key, text_at(f, row));
		break;
	case FIELD_OTHER:
		break;
	}
}

bool
field_is_in(const struct field *f, const char *group)
{
	return group == f->group || (group != NULL && f->group != NULL &&
	    strcmp(group, f->group) == 0);
}

void
field_write(const struct schema *s, const void *row, unsigned cases,
    struct json *j)
{
	const char *group = NULL;
	const struct field *f;

	for (f = s->fields; f < s->fields + s->n_fields; f++) {
		if (f->when != 0 && (f->when & cases) == 0)
			continue;
		if (!field_is_in(f, group)) {
			if (group != NULL)
				json_close(j);
			if (f->group != NULL)
				json_object(j, f->group);
			group = f->group;
		}
		write_field(j, f, row);
	}
	if (group != NULL)
		json_close(j);
}

/* ---- columns ---------------------------------------------------------- */

bool
field_is_column(const struct field *f)
{
	return f->when != FIELD_WHOLE;
}

void
field_column(const struct field *f, char sep, struct buf *out)
{
	if (f->group != NULL) {
		buf_adds(out, f->group);
		buf_addc(out, sep);
	}
	buf_adds(out, f->key);
}

void
field_csv_names(const struct schema *s, const char *first, struct buf *out)
{
	const struct field *f;

	buf_adds(out, first);
	for (f = s->fields; f < s->fields + s->n_fields; f++)
		if (field_is_column(f)) {
			buf_addc(out, ',');
			field_column(f, '.', out);
		}
	buf_addc(out, '\n');
}

static void
csv_text(struct buf *out, const char *s)
{
	size_t left, n;
	uint32_t c;

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
csv_value(const struct field *f, const void *row, struct buf *out)
{
	char number[32];

	if (field_is_text(f))
		csv_text(out, text_at(f, row));
	else if (f->kind == FIELD_WORD)
		csv_text(out, f->words[int_at(f, row)]);
	else if (f->kind == FIELD_REAL && isfinite(real_at(f, row)))
		buf_adds(out, json_number_text(number, real_at(f, row)));
	else if (f->kind == FIELD_FLAG && int_at(f, row) != -1)
		buf_adds(out, int_at(f, row) == 1 ? "true" : "false");
	else if (f->kind == FIELD_BOOL)
		buf_adds(out, bool_at(f, row) ? "true" : "false");
	else if (is_count(f) && count_at(f, row) >= 0)
		buf_addf(out, "%" PRId64, count_at(f, row));
}

void
field_csv(const struct schema *s, const void *row, const char *first,
    struct buf *out)
{
	const struct field *f;

	csv_text(out, first);
	for (f = s->fields; f < s->fields + s->n_fields; f++)
		if (field_is_column(f)) {
			buf_addc(out, ',');
			csv_value(f, row, out);
		}
	buf_addc(out, '\n');
}
