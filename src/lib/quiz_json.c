/* An object with members of given names, types and bounds. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "json.h"
#include "quiz.h"
#include "rng.h"
#include "toolcall.h"

enum { MEMBERS_MOST = 20 };

enum member_type { A_NUMBER, A_TEXT, A_TRUTH, A_LIST, MEMBER_TYPES };

struct member {
	const char *name, *text;
	enum member_type type;
	int64_t lo, hi;		/* of a number; hi: texts in a list */
};

/* The members, drawn from rng alone: for the question, and for its judge. */
static void
members_of(struct member *m, size_t n, uint64_t *rng)
{
	const char *names[MEMBERS_MOST];

	quiz_words(names, n, rng);
	for (size_t i = 0; i < n; i++) {
		m[i].name = names[i];
		m[i].text = quiz_word(rng);
		m[i].type = (enum member_type)rng_below(rng, MEMBER_TYPES);
		m[i].lo = quiz_number(2, rng);
		m[i].hi = m[i].type == A_LIST ? 2 + (int64_t)rng_below(rng,
		    3) : m[i].lo + 5;
	}
}

static void
ask_member(struct buf *out, const struct member *m)
{
	buf_addf(out, "\n- \"%s\": ", m->name);
	switch (m->type) {
	case A_NUMBER:
		buf_addf(out, "a whole number from %" PRId64 " to %" PRId64,
		    m->lo, m->hi);
		break;
	case A_TEXT:
		buf_addf(out, "the text \"%s\"", m->text);
		break;
	case A_TRUTH:
		buf_adds(out, "true or false");
		break;
	default:
		buf_addf(out, "a list of %" PRId64 " texts", m->hi);
	}
}

static void
answer_member(struct json *j, const struct member *m)
{
	switch (m->type) {
	case A_NUMBER:
		json_int(j, m->name, m->hi);
		break;
	case A_TEXT:
		json_str(j, m->name, m->text);
		break;
	case A_TRUTH:
		json_bool(j, m->name, true);
		break;
	default:
		json_array(j, m->name);
		for (int64_t i = 0; i < m->hi; i++)
			json_str(j, NULL, m->text);
		json_close(j);
	}
}

static void
make_json(struct quiz_text *t, int64_t size, uint64_t *rng)
{
	struct member m[MEMBERS_MOST];
	struct json j;

	members_of(m, (size_t)size, rng);
	buf_adds(&t->ask, "Write one JSON object, and nothing else. It has "
	    "exactly these members:\n");
	json_begin(&j, &t->right);
	for (int64_t i = 0; i < size; i++) {
		ask_member(&t->ask, &m[i]);
		answer_member(&j, &m[i]);
	}
	json_close(&j);
}

static bool
is_list_of_texts(const cJSON *v, int64_t n)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, v)
		if (!cJSON_IsString(item))
			return false;
	return cJSON_IsArray(v) && cJSON_GetArraySize(v) == (int)n;
}

static bool
fits(const struct member *m, const cJSON *v)
{
	switch (m->type) {
	case A_NUMBER:
		return cJSON_IsNumber(v) && v->valuedouble >= (double)m->lo &&
		    v->valuedouble <= (double)m->hi &&
		    v->valuedouble == floor(v->valuedouble);
	case A_TEXT:
		return cJSON_IsString(v) && strcmp(v->valuestring, m->text) ==
		    0;
	case A_TRUTH:
		return cJSON_IsBool(v);
	default:
		return is_list_of_texts(v, m->hi);
	}
}

/* What stands from the first brace to the last: no fence, no sentence. */
static cJSON *
object_in(const char *text)
{
	const char *from = strchr(text, '{'), *to = strrchr(text, '}');

	return from == NULL || to == NULL || to < from ? NULL :
	    json_parse(from, (size_t)(to - from) + 1);
}

static bool
is_object(const char *right, const char *text, int64_t size, uint64_t *rng)
{
	struct member m[MEMBERS_MOST];
	cJSON *o = object_in(text);
	bool is_right = cJSON_IsObject(o) && cJSON_GetArraySize(o) ==
	    (int)size;

	(void)right;
	members_of(m, (size_t)size, rng);
	for (int64_t i = 0; i < size && is_right; i++)
		is_right = fits(&m[i], json_get(o, m[i].name));
	cJSON_Delete(o);
	return is_right;
}

const struct quiz_kind quiz_json = {
	"json", 4, 1, MEMBERS_MOST, make_json, is_object, NULL
};

/* ---- the form alone ------------------------------------------------------ */

static void
form_member(struct json *j, const struct member *m)
{
	static const char *const types[] = { "integer", "string", "boolean",
		"array" };

	json_object(j, m->name);
	json_str(j, "type", types[m->type]);
	if (m->type == A_LIST) {
		json_object(j, "items");
		json_str(j, "type", "string");
		json_close(j);
	} else if (m->type == A_TEXT) {
		json_array(j, "enum");
		json_str(j, NULL, m->text);
		json_close(j);
	}
	json_close(j);
}

static void
write_form(struct buf *out, int64_t size, uint64_t *rng)
{
	struct member m[MEMBERS_MOST];
	struct json j;

	members_of(m, (size_t)size, rng);
	json_begin(&j, out);
	json_str(&j, "type", "object");
	json_object(&j, "properties");
	for (int64_t i = 0; i < size; i++)
		form_member(&j, &m[i]);
	json_close(&j);
	json_array(&j, "required");
	for (int64_t i = 0; i < size; i++)
		json_str(&j, NULL, m[i].name);
	json_close(&j);
	json_bool(&j, "additionalProperties", false);
	json_close(&j);
}

/* Words to write about; the right answer is that of make_json(). */
static void
make_form(struct quiz_text *t, int64_t size, uint64_t *rng)
{
	struct member m[MEMBERS_MOST];
	uint64_t again = *rng;

	make_json(t, size, rng);
	buf_clear(&t->ask);
	members_of(m, (size_t)size, &again);
	buf_adds(&t->ask, "Say something short about each of these:");
	for (int64_t i = 0; i < size; i++)
		buf_addf(&t->ask, "%s %s", i > 0 ? "," : "", m[i].name);
	buf_addc(&t->ask, '.');
}

/* The whole answer is JSON by that schema: no fence, no sentence. */
static bool
has_form(const char *right, const char *text, int64_t size, uint64_t *rng)
{
	struct buf form = BUF_INIT, at = BUF_INIT;
	cJSON *schema, *o;
	bool has;

	(void)right;
	text += strspn(text, " \t\r\n");
	write_form(&form, size, rng);
	schema = json_parse(form.data, form.len);
	o = json_parse_strict(text, strlen(text));
	has = cJSON_IsObject(o) && toolcall_follows(schema, o, &at) ==
	    CALL_OK;
	cJSON_Delete(schema);
	cJSON_Delete(o);
	buf_fini(&form);
	buf_fini(&at);
	return has;
}

const struct quiz_kind quiz_form = {
	"schema", 4, 1, MEMBERS_MOST, make_form, has_form, write_form
};
