/* A JSON object into a row, by its table. */
#include "field.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "nearest.h"
#include "xalloc.h"

/* One member on its way: field f of a row, at at. */
struct member {
	const struct field_reader *r;
	const struct field *f;
	char *at;
};

/* v is not what was expected: -1 after a message, where there are any. */
static int
wrong(const struct member *m, const char *expected, const cJSON *v)
{
	const char *group = m->f->group;
	char got[48] = "nothing";

	if (m->r->where == NULL)
		return 0;
	if (cJSON_IsString(v))
		snprintf(got, sizeof(got), "'%.40s'", v->valuestring);
	else if (cJSON_IsNumber(v))
		snprintf(got, sizeof(got), "%g", v->valuedouble);
	else if (v != NULL)
		snprintf(got, sizeof(got), "%s", cJSON_IsBool(v) ?
		    "true or false" : cJSON_IsArray(v) ? "an array" :
		    cJSON_IsObject(v) ? "an object" : "null");
	return diag_warnx("%s: %s%s%s: expected %s, got %s", m->r->where,
	    group != NULL ? group : "", group != NULL ? "." : "", m->f->key,
	    expected, got);
}

/* Store text (NULL: none) in place of the one that is there. */
static void
store_text(const struct member *m, const char *text, bool is_brief)
{
	char *old;

	if (m->r->keep != NULL) {
		if (text != NULL)
			text = m->r->keep(m->r->arg, text, is_brief);
		memcpy(m->at, &text, sizeof(text));
		return;
	}
	memcpy(&old, m->at, sizeof(old));
	free(old);
	old = text != NULL ? xstrdup(text) : NULL;
	memcpy(m->at, &old, sizeof(old));
}

static int
read_text(const struct member *m, const cJSON *v)
{
	char number[32];

	if (m->f->kind == FIELD_LABEL && cJSON_IsNumber(v))
		store_text(m, json_number_text(number, v->valuedouble), true);
	else if (!cJSON_IsString(v))
		return wrong(m, "text", v);
	else if (m->f->kind == FIELD_NAME && v->valuestring[0] == '\0')
		return wrong(m, "a name", v);
	else
		store_text(m, v->valuestring, false);
	return 0;
}

static int
read_count(const struct member *m, const cJSON *v)
{
	double d = cJSON_IsNumber(v) ? v->valuedouble : NAN;
	char expected[64];
	int64_t n;

	if (!(d >= m->f->lo && d < 0x1p53) || d != floor(d)) {
		snprintf(expected, sizeof(expected),
		    "an integer of at least %.0f", m->f->lo);
		return wrong(m, expected, v);
	}
	n = (int64_t)d;
	memcpy(m->at, &n, sizeof(n));
	return 0;
}

/* What was measured may be anything; what is asked for is in bounds. */
static int
read_real(const struct member *m, const cJSON *v)
{
	double d = cJSON_IsNumber(v) ? v->valuedouble : NAN;

	if (!isfinite(d) || (m->r->where != NULL &&
	    !(d >= m->f->lo && d <= 1e12)))
		return wrong(m, "a number, 0 or more", v);
	memcpy(m->at, &d, sizeof(d));
	return 0;
}

static int
read_bool(const struct member *m, const cJSON *v)
{
	bool is_true = cJSON_IsTrue(v) != 0;
	int flag = is_true;

	if (!cJSON_IsBool(v))
		return wrong(m, "true or false", v);
	if (m->f->kind == FIELD_FLAG)
		memcpy(m->at, &flag, sizeof(flag));
	else
		memcpy(m->at, &is_true, sizeof(is_true));
	return 0;
}

static int
no_word(const struct member *m, const cJSON *v)
{
	const char *const *words = m->f->words, *near;
	struct buf expected = BUF_INIT;
	int rc;

	if (m->r->where == NULL)
		return 0;
	near = cJSON_IsString(v) ? nearest_word(v->valuestring, words) : NULL;
	for (int i = 0; words[i] != NULL; i++)
		if (near == NULL || strcmp(near, words[i]) == 0)
			buf_addf(&expected, "%s%s", expected.len > 0 ?
			    " | " : near != NULL ? "perhaps " : "", words[i]);
	rc = wrong(m, buf_cstr(&expected), v);
	buf_fini(&expected);
	return rc;
}

static int
read_word(const struct member *m, const cJSON *v)
{
	const char *const *words = m->f->words;
	int i;

	for (i = 0; cJSON_IsString(v) && words[i] != NULL; i++)
		if (strcmp(v->valuestring, words[i]) == 0) {
			memcpy(m->at, &i, sizeof(i));
			return 0;
		}
	return no_word(m, v);
}

static int
read_texts(const struct member *m, const cJSON *v)
{
	int i = 0, n = cJSON_GetArraySize(v);
	char **texts, **old;
	const cJSON *item;

	if (!cJSON_IsArray(v) || n == 0)
		return wrong(m, "an array of text", v);
	texts = xcalloc((size_t)n + 1, sizeof(*texts));
	cJSON_ArrayForEach(item, v) {
		if (!cJSON_IsString(item)) {
			field_free_texts(texts);
			return wrong(m, "an array of text", item);
		}
		texts[i++] = xstrdup(item->valuestring);
	}
	memcpy(&old, m->at, sizeof(old));
	field_free_texts(old);
	memcpy(m->at, &texts, sizeof(texts));
	return 0;
}

static int
read_json(const struct member *m, const cJSON *v)
{
	struct buf b = BUF_INIT;
	struct json j;
	int rc = 0;

	json_init(&j, &b);
	if ((m->r->where != NULL && !cJSON_IsObject(v)) ||
	    json_copy(&j, NULL, v, FIELD_DEPTH) == -1)
		rc = wrong(m, "an object, not deeply nested", v);
	else
		store_text(m, buf_cstr(&b), true);
	buf_fini(&b);
	return rc;
}

static int
read_value(const struct member *m, const cJSON *v)
{
	switch (m->f->kind) {
	case FIELD_TEXT:
	case FIELD_LABEL:
	case FIELD_NAME:
		return read_text(m, v);
	case FIELD_COUNT:
	case FIELD_TIME:
	case FIELD_SIZE:
		return read_count(m, v);
	case FIELD_REAL:
		return read_real(m, v);
	case FIELD_BOOL:
	case FIELD_FLAG:
		return read_bool(m, v);
	case FIELD_WORD:
		return read_word(m, v);
	case FIELD_TEXTS:
		return read_texts(m, v);
	case FIELD_JSON:
		return read_json(m, v);
	case FIELD_OTHER:
		break;
	}
	return 0;
}

/* There is no value: null says that a text has none, nothing says nothing. */
static int
read_nothing(const struct member *m, const cJSON *v)
{
	if (m->f->kind == FIELD_NAME)
		return wrong(m, "a name", v);
	if (m->f->kind == FIELD_WORD && m->f->lo > 0)
		return no_word(m, v);
	if (m->f->kind == FIELD_TEXT && v != NULL)
		store_text(m, NULL, false);
	return 0;
}

/*
 * Member key of o.  Keys stand in the order of the table as a rule: the one
 * behind *last is looked at first.
 */
static const cJSON *
find(const cJSON *o, const char *key, const cJSON **last)
{
	const cJSON *v = *last != NULL ? (*last)->next : NULL;

	if (v == NULL || v->string == NULL || strcmp(v->string, key) != 0)
		v = json_get(o, key);
	if (v != NULL)
		*last = v;
	return v;
}

int
field_read(const struct schema *s, void *row, const cJSON *o,
    const struct field_reader *r)
{
	const cJSON *in = o, *v, *last = NULL, *last_group = NULL;
	const char *group = NULL;
	struct member m = { .r = r };
	int rc;

	for (m.f = s->fields; m.f < s->fields + s->n_fields; m.f++) {
		if (!field_is_column(m.f) && !r->wants_whole)
			continue;
		if (!field_is_in(m.f, group)) {
			group = m.f->group;
			if (group != NULL && in == o)
				last_group = last;
			in = group == NULL ? o : find(o, group, &last_group);
			last = group == NULL ? last_group : NULL;
			if (in != NULL && r->where != NULL &&
			    !cJSON_IsObject(in) && !cJSON_IsNull(in))
				return diag_warnx("%s: %s: expected an object "
				    "with its members", r->where, group);
		}
		v = find(in, m.f->key, &last);
		m.at = (char *)row + m.f->offset;
		rc = v == NULL || cJSON_IsNull(v) ? read_nothing(&m, v) :
		    read_value(&m, v);
		if (rc == -1)
			return -1;
	}
	return 0;
}
