#include "agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "quiz.h"
#include "rng.h"
#include "toolcall.h"

enum { RESULT_WORDS = 60, NESTED_MOST = 8, LISTED = 2 };

/* Neighbouring seeds and turns must not give related streams. */
static uint64_t
stream_of(const struct agent *a, const char *what, int64_t turn)
{
	return rng_seed(rng_seed(a->seed, what) + (uint64_t)turn, what);
}

/* With a name of its own, and a schema where it has one. */
static bool
is_tool(const struct agent *a, const cJSON *tool)
{
	const char *name = json_get_str(tool, "name", "");
	const cJSON *schema = json_get(tool, "parameters");

	return name[0] != '\0' && toolcall_tool(a->tools, name) == tool &&
	    (schema == NULL || cJSON_IsObject(schema));
}

int
agent_init(struct agent *a, const char *text, uint64_t seed)
{
	const cJSON *tool;

	*a = (struct agent){ .seed = seed };
	if (text != NULL)
		a->o = json_parse(text, strlen(text));
	a->tools = json_get(a->o, "tools");
	if (cJSON_IsArray(a->tools) && cJSON_GetArraySize(a->tools) > 0) {
		cJSON_ArrayForEach(tool, a->tools)
			if (!is_tool(a, tool))
				break;
		if (tool == NULL)
			return 0;
	}
	agent_fini(a);
	return -1;
}

void
agent_fini(struct agent *a)
{
	cJSON_Delete(a->o);
	a->o = NULL;
}

bool
agent_must_call(const struct agent *a)
{
	return strcmp(json_get_str(a->o, "tool_choice", ""), "required") == 0;
}

int64_t
agent_result_words(const struct agent *a)
{
	return json_get_int(a->o, "result_words", RESULT_WORDS);
}

/* ---- what a call has --------------------------------------------------- */

/* The first type that is not null. */
static const char *
type_of(const cJSON *schema)
{
	const cJSON *type = json_get(schema, "type"), *one;

	cJSON_ArrayForEach(one, type)
		if (cJSON_IsString(one) &&
		    strcmp(one->valuestring, "null") != 0)
			return one->valuestring;
	return cJSON_IsString(type) ? type->valuestring : cJSON_IsObject(
	    json_get(schema, "properties")) ? "object" : "string";
}

static bool
is_required(const cJSON *schema, const char *key)
{
	const cJSON *m;

	cJSON_ArrayForEach(m, json_get(schema, "required"))
		if (cJSON_IsString(m) && strcmp(m->valuestring, key) == 0)
			return true;
	return false;
}

static cJSON *draw_value(const cJSON *schema, uint64_t *rng, int depth);

/* All that is required, and every other one of the rest. */
static cJSON *
draw_object(const cJSON *schema, uint64_t *rng, int depth)
{
	cJSON *o = cJSON_CreateObject();
	const cJSON *m;

	cJSON_ArrayForEach(m, json_get(schema, "properties"))
		if (m->string != NULL && (rng_below(rng, 2) == 0 ||
		    is_required(schema, m->string)))
			cJSON_AddItemToObject(o, m->string,
			    draw_value(m, rng, depth + 1));
	return o;
}

static cJSON *
draw_list(const cJSON *schema, uint64_t *rng, int depth)
{
	cJSON *list = cJSON_CreateArray();

	for (int i = 0; i < LISTED; i++)
		cJSON_AddItemToArray(list, draw_value(json_get(schema,
		    "items"), rng, depth + 1));
	return list;
}

static int64_t
draw_integer(const cJSON *schema, uint64_t *rng)
{
	int64_t lo = json_get_int(schema, "minimum", 10);
	int64_t hi = json_get_int(schema, "maximum", lo + 89);

	return hi <= lo ? lo : lo + (int64_t)rng_below(rng,
	    (uint64_t)(hi - lo) + 1);
}

/* A value that follows the schema. */
static cJSON *
draw_value(const cJSON *schema, uint64_t *rng, int depth)
{
	const cJSON *among = json_get(schema, "enum");
	const char *type = type_of(schema);

	if (json_get(schema, "const") != NULL)
		return cJSON_Duplicate(json_get(schema, "const"), true);
	if (cJSON_GetArraySize(among) > 0)
		return cJSON_Duplicate(cJSON_GetArrayItem(among,
		    (int)rng_below(rng, (uint64_t)cJSON_GetArraySize(among))),
		    true);
	if (strcmp(type, "object") == 0 && depth < NESTED_MOST)
		return draw_object(schema, rng, depth);
	if (strcmp(type, "array") == 0 && depth < NESTED_MOST)
		return draw_list(schema, rng, depth);
	if (strcmp(type, "boolean") == 0)
		return cJSON_CreateBool(rng_below(rng, 2) == 0);
	if (strcmp(type, "integer") == 0)
		return cJSON_CreateNumber((double)draw_integer(schema, rng));
	if (strcmp(type, "number") == 0)
		return cJSON_CreateNumber((double)draw_integer(schema, rng) +
		    0.5);
	return cJSON_CreateString(quiz_word(rng));
}

cJSON *
agent_arguments(const cJSON *tool, uint64_t *rng)
{
	return draw_object(json_get(tool, "parameters"), rng, 0);
}

const cJSON *
agent_call(const struct agent *a, int64_t turn, cJSON **arguments)
{
	uint64_t rng = stream_of(a, "call", turn);
	const cJSON *tool = cJSON_GetArrayItem(a->tools, (int)rng_below(&rng,
	    (uint64_t)cJSON_GetArraySize(a->tools)));

	*arguments = agent_arguments(tool, &rng);
	return tool;
}

void
agent_write(struct buf *out, const cJSON *arguments)
{
	struct buf b = BUF_INIT;
	bool is_text = false;
	struct json j;

	json_init(&j, &b);
	json_copy(&j, NULL, arguments, JSON_DEPTH_MAX);
	for (size_t i = 0; i < b.len; i++) {
		buf_addc(out, b.data[i]);
		if (is_text && b.data[i] == '\\')
			buf_addc(out, b.data[++i]);
		else if (b.data[i] == '"')
			is_text = !is_text;
		else if (!is_text && (b.data[i] == ',' || b.data[i] == ':'))
			buf_addc(out, ' ');
	}
	buf_fini(&b);
}

/* ---- what is said ------------------------------------------------------ */

static void
add_words(struct buf *out, uint64_t *rng, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		buf_addf(out, "%s%s", i > 0 ? " " : "", quiz_word(rng));
}

void
agent_system(struct buf *out, const struct agent *a, int64_t words)
{
	uint64_t rng = stream_of(a, "system", 0);

	if (words > 0) {
		buf_adds(out, "Notes of earlier sessions: ");
		add_words(out, &rng, words);
		buf_adds(out, "\n\n");
	}
	buf_adds(out, "You are an agent that works through a list of jobs. "
	    "Every job is one tool call: call the tool that it names, with "
	    "exactly the arguments that it lists and no others. Do not answer "
	    "with text. The result of a call tells the next job.");
}

/* "path = "kelp", filter.kind = "new"" */
static void
list_values(struct buf *out, const cJSON *o, const char *inside)
{
	struct buf name = BUF_INIT;
	const cJSON *m;
	struct json j;

	cJSON_ArrayForEach(m, o) {
		buf_clear(&name);
		buf_addf(&name, "%s%s", inside, m->string);
		if (cJSON_IsObject(m) && m->child != NULL) {
			buf_addc(&name, '.');
			list_values(out, m, buf_cstr(&name));
			continue;
		}
		buf_addf(out, "\n- %s = ", buf_cstr(&name));
		json_init(&j, out);
		json_copy(&j, NULL, m, NESTED_MOST);
	}
	buf_fini(&name);
}

static void
add_job(struct buf *out, const struct agent *a, int64_t turn)
{
	cJSON *arguments;
	const cJSON *tool = agent_call(a, turn, &arguments);

	buf_addf(out, "Job %010" PRIx64 ".%" PRId64 ": call the tool %s%s",
	    a->seed, turn, json_get_str(tool, "name", ""),
	    arguments->child != NULL ? " with" : " without arguments.");
	list_values(out, arguments, "");
	cJSON_Delete(arguments);
}

/* What the tool of the turn answers. */
static void
add_result(struct buf *out, const struct agent *a, int64_t turn)
{
	uint64_t rng = stream_of(a, "result", turn);
	cJSON *arguments;
	const cJSON *tool = agent_call(a, turn, &arguments);
	const char *result = json_get_str(tool, "result", NULL);

	cJSON_Delete(arguments);
	if (result != NULL)
		buf_adds(out, result);
	else
		add_words(out, &rng, agent_result_words(a));
	buf_adds(out, "\n\n");
}

void
agent_say(struct buf *out, const struct agent *a, int64_t turn)
{
	if (turn > 1)
		add_result(out, a, turn - 1);
	add_job(out, a, turn > 1 ? turn : 1);
}

int
agent_heard(const char *text, uint64_t *seed, int64_t *turn)
{
	const char *at = NULL, *p = text;

	while ((p = strstr(p, "Job ")) != NULL)
		at = p++;
	return at != NULL && sscanf(at, "Job %10" SCNx64 ".%9" SCNd64 ": call",
	    seed, turn) == 2 ? 0 : -1;
}
