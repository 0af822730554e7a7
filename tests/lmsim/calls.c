#include "calls.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "rng.h"
#include "words.h"

int
calls_read(struct skills *s, struct ynode model)
{
	static const char *const faults[] = { "leaked", "text", "unknown_tool",
		"broken_json", "missing_argument", "wrong_argument",
		"other_call", "whole", NULL };

	if (ynode_get(model, "calls").is_set && ynode_check_keys(ynode_get(
	    model, "calls"), "calls", faults) == -1)
		return -1;
	return skills_read(s, model, "calls");
}

/* Which fault it has, if any, and whether it comes in one piece. */
static void
draw_ways(struct calls_reply *r, const struct skills *s, uint64_t state)
{
	double u = rng_unit(&state), whole = rng_unit(&state);

	r->result = call_result_name(CALL_OK);
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].kind, "whole") == 0)
			r->is_whole = whole < s->v[i].p;
		else if (u >= 0 && (u -= s->v[i].p) < 0)
			r->result = s->v[i].kind;
}

/* The first argument that is required, spoilt or taken away. */
static void
spoil_argument(const cJSON *tool, cJSON *arguments, bool is_missing)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(json_get(tool,
	    "parameters"), "required"), 0);

	if (!cJSON_IsString(first))
		return;
	if (is_missing)
		cJSON_DeleteItemFromObjectCaseSensitive(arguments,
		    first->valuestring);
	else
		cJSON_ReplaceItemInObjectCaseSensitive(arguments,
		    first->valuestring, cJSON_CreateNull());
}

static bool
is_fault(const struct calls_reply *r, enum call_result kind)
{
	return strcmp(r->result, call_result_name(kind)) == 0;
}

static void
make_reply(struct calls_reply *r, const struct agent *a, int64_t turn)
{
	int64_t other = turn + (is_fault(r, CALL_OTHER) ? 1000 : 0);
	cJSON *arguments;
	const cJSON *tool = agent_call(a, other, &arguments);

	if (is_fault(r, CALL_TEXT)) {
		buf_adds(&r->text, "I would call a tool for this.");
		cJSON_Delete(arguments);
		return;
	}
	if (is_fault(r, CALL_MISSING_ARGUMENT) ||
	    is_fault(r, CALL_WRONG_ARGUMENT))
		spoil_argument(tool, arguments, is_fault(r,
		    CALL_MISSING_ARGUMENT));
	buf_adds(&r->name, json_get_str(tool, "name", ""));
	buf_adds(&r->name, is_fault(r, CALL_UNKNOWN_TOOL) ? "s" : "");
	if (is_fault(r, CALL_LEAKED)) {
		buf_addf(&r->text, "<tool_call> {\"name\": \"%s\", "
		    "\"arguments\": ", buf_cstr(&r->name));
		buf_clear(&r->name);
	}
	agent_write(&r->text, arguments);
	if (is_fault(r, CALL_LEAKED))
		buf_adds(&r->text, "} </tool_call>");
	if (is_fault(r, CALL_BROKEN_JSON))
		r->text.len--;
	cJSON_Delete(arguments);
}

void
calls_answer(struct calls_reply *r, const struct skills *s, uint64_t seed,
    const char *model, const char *tools, const char *text)
{
	struct agent a;
	uint64_t asked;
	char what[64];
	int64_t turn;

	if (agent_heard(text, &asked, &turn) == -1 ||
	    agent_init(&a, tools, asked) == -1)
		return;
	snprintf(what, sizeof(what), "call %" PRId64, turn);
	draw_ways(r, s, rng_seed(rng_seed(seed + asked, model), what));
	make_reply(r, &a, turn);
	agent_fini(&a);
}
