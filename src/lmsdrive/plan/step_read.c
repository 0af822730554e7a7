#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "json.h"
#include "nearest.h"
#include "step.h"
#include "step_table.h"
#include "xalloc.h"

enum {
	LOAD_DEPTH_MAX = 8,
	WORDS_MAX = 10000000,	/* a prompt of 60 MB */
	TURNS_MAX = 100000
};

struct reader {
	const char *where;
	const struct step_field *field;
};

static int
wrong(const struct reader *r, const char *expected, const cJSON *v)
{
	char got[48] = "nothing";

	if (cJSON_IsString(v))
		snprintf(got, sizeof(got), "'%.40s'", v->valuestring);
	else if (cJSON_IsNumber(v))
		snprintf(got, sizeof(got), "%g", v->valuedouble);
	else if (v != NULL)
		snprintf(got, sizeof(got), "%s", cJSON_IsBool(v) ?
		    "true or false" : cJSON_IsArray(v) ? "an array" :
		    cJSON_IsObject(v) ? "an object" : "null");
	diag_warnx("%s: %s%s%s: expected %s, got %s", r->where,
	    r->field->group != NULL ? r->field->group : "",
	    r->field->group != NULL ? "." : "", r->field->key, expected, got);
	return -1;
}

static int
read_text(const struct reader *r, const cJSON *v, char **out)
{
	if (!cJSON_IsString(v))
		return wrong(r, "text", v);
	free(*out);
	*out = xstrdup(v->valuestring);
	return 0;
}

/* An integer from lo to 2^53 - 1. */
static int
read_integer(const struct reader *r, const cJSON *v, int64_t lo, int64_t *out)
{
	double d = cJSON_IsNumber(v) ? v->valuedouble : NAN;
	char expected[64];

	if (!(d >= (double)lo && d < 0x1p53) || d != floor(d)) {
		snprintf(expected, sizeof(expected),
		    "an integer of at least %" PRId64, lo);
		return wrong(r, expected, v);
	}
	*out = (int64_t)d;
	return 0;
}

static int
read_seed(const struct reader *r, const cJSON *v, uint64_t *out)
{
	int64_t n;

	if (read_integer(r, v, 0, &n) == -1)
		return -1;
	*out = (uint64_t)n;
	return 0;
}

static int
read_number(const struct reader *r, const cJSON *v, double *out)
{
	double d = cJSON_IsNumber(v) ? v->valuedouble : NAN;

	if (!(d >= (double)r->field->lo && d <= 1e12))
		return wrong(r, "a number, 0 or more", v);
	*out = d;
	return 0;
}

static int
read_bool(const struct reader *r, const cJSON *v, bool *out)
{
	if (!cJSON_IsBool(v))
		return wrong(r, "true or false", v);
	*out = cJSON_IsTrue(v) != 0;
	return 0;
}

/* The index of v in words, or -1 after a message. */
static int
read_word(const struct reader *r, const cJSON *v, const char *const *words)
{
	struct buf expected = BUF_INIT;
	const char *near;
	int i;

	for (i = 0; cJSON_IsString(v) && words[i] != NULL; i++)
		if (strcmp(v->valuestring, words[i]) == 0)
			return i;
	near = cJSON_IsString(v) ? nearest_word(v->valuestring, words) : NULL;
	for (i = 0; words[i] != NULL; i++)
		if (near == NULL || strcmp(near, words[i]) == 0)
			buf_addf(&expected, "%s%s", expected.len > 0 ?
			    " | " : near != NULL ? "perhaps " : "", words[i]);
	wrong(r, buf_cstr(&expected), v);
	buf_fini(&expected);
	return -1;
}

static int
read_argv(const struct reader *r, const cJSON *v, char ***out)
{
	int i, n = cJSON_GetArraySize(v);
	const cJSON *item;
	char **argv;

	if (!cJSON_IsArray(v) || n == 0)
		return wrong(r, "an array of text", v);
	argv = xcalloc((size_t)n + 1, sizeof(*argv));
	i = 0;
	cJSON_ArrayForEach(item, v) {
		if (!cJSON_IsString(item)) {
			step_free_argv(argv);
			return wrong(r, "an array of text", item);
		}
		argv[i++] = xstrdup(item->valuestring);
	}
	step_free_argv(*out);
	*out = argv;
	return 0;
}

/* Copy the tree v to j; -1 when it is nested too deeply. */
static int
copy_tree(struct json *j, const char *key, const cJSON *v)
{
	const cJSON *child;

	if (cJSON_IsString(v)) {
		json_str(j, key, v->valuestring);
	} else if (cJSON_IsNumber(v)) {
		json_num(j, key, v->valuedouble);
	} else if (cJSON_IsBool(v)) {
		json_bool(j, key, cJSON_IsTrue(v) != 0);
	} else if (!cJSON_IsArray(v) && !cJSON_IsObject(v)) {
		json_null(j, key);
	} else {
		if (j->depth >= LOAD_DEPTH_MAX)
			return -1;
		if (cJSON_IsArray(v))
			json_array(j, key);
		else
			json_object(j, key);
		cJSON_ArrayForEach(child, v)
			if (copy_tree(j, child->string, child) == -1)
				return -1;
		json_close(j);
	}
	return 0;
}

static int
read_json(const struct reader *r, const cJSON *v, char **out)
{
	struct buf b = BUF_INIT;
	struct json j;

	json_init(&j, &b);
	if (!cJSON_IsObject(v) || copy_tree(&j, NULL, v) == -1) {
		buf_fini(&b);
		return wrong(r, "an object, not deeply nested", v);
	}
	free(*out);
	*out = buf_steal(&b);
	return 0;
}

static int
read_enum(const struct reader *r, const cJSON *v, struct step *s)
{
	int i;

	if (r->field->type == STEP_OP) {
		if ((i = read_word(r, v, step_op_words)) != -1)
			s->op = (enum step_op)i;
	} else if (r->field->type == STEP_API) {
		if ((i = read_word(r, v, step_api_words)) != -1)
			s->server.api = (enum api)i;
	} else if ((i = read_word(r, v, step_arrival_words)) != -1) {
		s->arrival = (enum arrival)i;
	}
	return i == -1 ? -1 : 0;
}

/* v is there and not null. */
static int
read_field(const struct reader *r, const cJSON *v, struct step *s)
{
	void *at = (char *)s + r->field->offset;

	switch (r->field->type) {
	case STEP_STR:
	case STEP_NEED:
		return read_text(r, v, at);
	case STEP_COUNT:
		return read_integer(r, v, r->field->lo, at);
	case STEP_SEED:
		return read_seed(r, v, at);
	case STEP_NUM:
		return read_number(r, v, at);
	case STEP_BOOL:
		return read_bool(r, v, at);
	case STEP_ARGV:
		return read_argv(r, v, at);
	case STEP_JSON:
		return read_json(r, v, at);
	case STEP_OP:
	case STEP_API:
	case STEP_ARRIVAL:
		break;
	}
	return read_enum(r, v, s);
}

/* null is the way to say "no token variable"; elsewhere it is the default. */
static void
read_null(const struct step_field *f, struct step *s)
{
	if (f->type == STEP_STR && strcmp(f->key, "token_env") == 0) {
		free(s->server.token_env);
		s->server.token_env = NULL;
	}
}

static int
read_fields(struct step *s, const cJSON *tree, const char *where)
{
	struct reader r = { .where = where };
	const cJSON *o, *v;
	size_t i;

	for (i = 0; i < STEP_FIELDS; i++) {
		r.field = &step_fields[i];
		o = r.field->group == NULL ? tree :
		    json_get(tree, r.field->group);
		v = json_get(o, r.field->key);
		if (cJSON_IsNull(v))
			read_null(r.field, s);
		if (v != NULL && !cJSON_IsNull(v)) {
			if (read_field(&r, v, s) == -1)
				return -1;
		} else if (r.field->type == STEP_OP) {
			return wrong(&r, "load, unload, idle or request", v);
		}
		if (r.field->type == STEP_NEED && (*(char **)(void *)((char *)s +
		    r.field->offset) == NULL || **(char **)(void *)((char *)s +
		    r.field->offset) == '\0'))
			return wrong(&r, "a name", v);
	}
	return 0;
}

/* What no single member can tell. */
static int
check(const struct step *s, const char *where)
{
	if (s->op != OP_REQUEST)
		return 0;
	if (s->prompt.text == NULL && s->prompt.words == 0) {
		diag_warnx("%s: prompt: expected text, or words to generate",
		    where);
		return -1;
	}
	if (s->prompt.words > WORDS_MAX || s->turns > TURNS_MAX) {
		diag_warnx("%s: prompt: expected at most %d words and %d "
		    "turns", where, WORDS_MAX, TURNS_MAX);
		return -1;
	}
	if (s->arrival != ARRIVAL_CLOSED && (!(s->rate_per_s > 0) ||
	    s->rate_end_per_s <= 0)) {
		diag_warnx("%s: rate_per_s: an open loop (arrival %s) needs "
		    "rates above 0", where, arrival_name(s->arrival));
		return -1;
	}
	if ((s->turn == -1) != (s->turns == -1) || s->turn > s->turns) {
		diag_warnx("%s: turn: expected turn and turns, "
		    "1 <= turn <= turns", where);
		return -1;
	}
	return 0;
}

/* The line as a tree, when it is one of a plan. */
static cJSON *
plan_line(const char *line, size_t len, const char *where)
{
	cJSON *tree = json_parse(line, len);
	const char *type = json_get_str(tree, "type", NULL);

	if (tree == NULL) {
		diag_warnx("%s: not a JSON object; expected a line written by "
		    "'lmsdrive plan'", where);
	} else if (type == NULL || strcmp(type, "plan") != 0) {
		diag_warnx("%s: not a plan line (type '%.40s'); expected the "
		    "output of 'lmsdrive plan'", where,
		    type != NULL ? type : "");
	} else if (json_get_int(tree, "v", 0) != 1) {
		diag_warnx("%s: v: this lmsdrive reads plans of version 1; "
		    "write the plan again", where);
	} else {
		return tree;
	}
	cJSON_Delete(tree);
	return NULL;
}

int
step_read(struct step *s, const char *line, size_t len, const char *where)
{
	cJSON *tree = plan_line(line, len, where);
	int rc;

	if (tree == NULL)
		return -1;
	step_init(s);
	rc = read_fields(s, tree, where);
	if (rc == 0)
		rc = check(s, where);
	if (rc == -1)
		step_fini(s);
	cJSON_Delete(tree);
	return rc;
}
