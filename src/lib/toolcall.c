#include "toolcall.h"

#include <math.h>
#include <string.h>

void
tool_call_fini(struct tool_call *c)
{
	buf_fini(&c->name);
	buf_fini(&c->arguments);
}

const cJSON *
toolcall_tool(const cJSON *tools, const char *name)
{
	const cJSON *tool;

	cJSON_ArrayForEach(tool, tools)
		if (strcmp(json_get_str(tool, "name", ""), name) == 0)
			return tool;
	return NULL;
}

/* ---- a value and its schema -------------------------------------------- */

static bool
is_of_type(const char *type, const cJSON *v)
{
	if (strcmp(type, "object") == 0)
		return cJSON_IsObject(v);
	if (strcmp(type, "array") == 0)
		return cJSON_IsArray(v);
	if (strcmp(type, "string") == 0)
		return cJSON_IsString(v);
	if (strcmp(type, "boolean") == 0)
		return cJSON_IsBool(v);
	if (strcmp(type, "null") == 0)
		return cJSON_IsNull(v);
	if (strcmp(type, "integer") == 0)
		return cJSON_IsNumber(v) && v->valuedouble ==
		    floor(v->valuedouble);
	return strcmp(type, "number") != 0 || cJSON_IsNumber(v);
}

/* type is one of them, or a list of those that are allowed. */
static bool
has_type(const cJSON *type, const cJSON *v)
{
	const cJSON *one;

	if (cJSON_IsString(type))
		return is_of_type(type->valuestring, v);
	if (!cJSON_IsArray(type))
		return true;
	cJSON_ArrayForEach(one, type)
		if (cJSON_IsString(one) && is_of_type(one->valuestring, v))
			return true;
	return false;
}

static bool
is_among(const cJSON *list, const cJSON *v)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, list)
		if (cJSON_Compare(one, v, true))
			return true;
	return !cJSON_IsArray(list);
}

/* The fault stands in member key: its path grows at the front. */
static enum call_result
fault_in(struct buf *at, const char *key, enum call_result result)
{
	struct buf inner = *at;

	*at = (struct buf)BUF_INIT;
	buf_adds(at, key);
	if (inner.len > 0)
		buf_addf(at, ".%s", buf_cstr(&inner));
	buf_fini(&inner);
	return result;
}

static enum call_result
check_members(const cJSON *schema, const cJSON *v, struct buf *at)
{
	const cJSON *properties = json_get(schema, "properties"), *m;
	enum call_result r;

	cJSON_ArrayForEach(m, json_get(schema, "required"))
		if (cJSON_IsString(m) && json_get(v, m->valuestring) == NULL)
			return fault_in(at, m->valuestring,
			    CALL_MISSING_ARGUMENT);
	cJSON_ArrayForEach(m, v) {
		if (json_get(properties, m->string) == NULL) {
			if (cJSON_IsFalse(json_get(schema,
			    "additionalProperties")))
				return CALL_WRONG_ARGUMENT;
			continue;
		}
		r = toolcall_follows(json_get(properties, m->string), m, at);
		if (r != CALL_OK)
			return fault_in(at, m->string, r);
	}
	return CALL_OK;
}

enum call_result
toolcall_follows(const cJSON *schema, const cJSON *v, struct buf *at)
{
	const cJSON *value = json_get(schema, "const"), *item;
	enum call_result r = CALL_OK;

	if (!has_type(json_get(schema, "type"), v) ||
	    !is_among(json_get(schema, "enum"), v) ||
	    (value != NULL && !cJSON_Compare(value, v, true)))
		return CALL_WRONG_ARGUMENT;
	if (cJSON_IsObject(v))
		return check_members(schema, v, at);
	if (cJSON_IsArray(v) && json_get(schema, "items") != NULL)
		cJSON_ArrayForEach(item, v)
			if (r == CALL_OK)
				r = toolcall_follows(json_get(schema, "items"),
				    item, at);
	return r;
}

/* ---- a call ------------------------------------------------------------ */

/* Is every member of wanted in v, with this value? */
static bool
has_wanted(const cJSON *wanted, const cJSON *v, struct buf *at)
{
	const cJSON *m;

	if (!cJSON_IsObject(wanted) || !cJSON_IsObject(v))
		return cJSON_Compare(wanted, v, true);
	cJSON_ArrayForEach(m, wanted)
		if (!has_wanted(m, json_get(v, m->string), at)) {
			fault_in(at, m->string, CALL_OTHER);
			return false;
		}
	return true;
}

/* No arguments at all are those of a tool that needs none. */
static cJSON *
arguments_of(const struct tool_call *c)
{
	cJSON *o = c->arguments.len == 0 ? cJSON_CreateObject() :
	    json_parse_strict(c->arguments.data, c->arguments.len);

	if (cJSON_IsObject(o))
		return o;
	cJSON_Delete(o);
	return NULL;
}

enum call_result
toolcall_check(const cJSON *tools, const struct tool_call *c,
    const char *wanted, const cJSON *wanted_arguments, struct buf *at)
{
	struct buf copy = BUF_INIT;
	const cJSON *tool;
	enum call_result r;
	const char *name;
	cJSON *o;

	buf_add(&copy, c->name.data, c->name.len);
	name = buf_cstr(&copy);
	tool = toolcall_tool(tools, name);
	o = arguments_of(c);
	if (tool == NULL)
		r = CALL_UNKNOWN_TOOL;
	else if (o == NULL)
		r = CALL_BROKEN_JSON;
	else
		r = toolcall_follows(json_get(tool, "parameters"), o, at);
	if (r == CALL_OK && wanted != NULL && (strcmp(wanted, name) != 0 ||
	    !has_wanted(wanted_arguments, o, at)))
		r = CALL_OTHER;
	cJSON_Delete(o);
	buf_fini(&copy);
	return r;
}

const char *
toolcall_marker(const char *text)
{
	static const char *const markers[] = {
		"<tool_call", "[TOOL_CALLS]", "<|python_tag|>", "<function=",
		"<|tool_call", "<\xef\xbd\x9ctool", "<|channel|>commentary"
	};
	const char *at, *first = NULL, *found = NULL;

	for (size_t i = 0; i < sizeof(markers) / sizeof(markers[0]); i++) {
		at = strstr(text, markers[i]);
		if (at != NULL && (first == NULL || at < first)) {
			first = at;
			found = markers[i];
		}
	}
	return found;
}
