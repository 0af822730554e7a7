#include <string.h>

#include "agent.h"
#include "tap.h"
#include "toolcall.h"

static const char tools[] = "{\"tools\":[{\"name\":\"find\",\"parameters\":"
    "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},"
    "\"lines\":{\"type\":\"integer\"},\"share\":{\"type\":\"number\"},"
    "\"deep\":{\"type\":[\"boolean\",\"null\"]},\"mode\":{\"enum\":[\"a\","
    "\"b\"]},\"words\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"filter\":{\"type\":\"object\",\"properties\":{\"kind\":{\"const\":7}},"
    "\"required\":[\"kind\"]}},\"required\":[\"path\"],"
    "\"additionalProperties\":false}},{\"name\":\"now\"}]}";

/* name, arguments -> what it is, and where. */
static const struct {
	const char *name, *arguments, *result, *at;
} calls[] = {
	{ "find", "{\"path\":\"x\"}", "ok", "" },
	{ "find", " {\"path\": \"x\", \"lines\": 3, \"share\": 0.5, \"deep\": "
	    "null, \"mode\": \"b\", \"words\": [\"a\"], \"filter\": {\"kind\": "
	    "7, \"more\": 1}} ",
	    "ok", "" },
	{ "now", "", "ok", "" },
	{ "now", "{\"any\":1}", "ok", "" },
	{ "Find", "{\"path\":\"x\"}", "unknown_tool", "" },
	{ "", "{}", "unknown_tool", "" },
	{ "find", "", "missing_argument", "path" },
	{ "find", "{\"path\":\"x\"", "broken_json", "" },
	{ "find", "{\"path\":\"x\"}}", "broken_json", "" },
	/* to all but cJSON */
	{ "find", "{\"path\":\"x\ty\"}", "broken_json", "" },
	{ "find", "{\t\"path\": \"\\\"\\n\" }", "ok", "" },
	{ "find", "[\"x\"]", "broken_json", "" },
	{ "find", "null", "broken_json", "" },
	{ "find", "\"{\\\"path\\\":1}\"", "broken_json", "" },
	{ "find", "{\"lines\":1}", "missing_argument", "path" },
	{ "find", "{\"path\":null}", "wrong_argument", "path" },
	{ "find", "{\"path\":\"x\",\"lines\":1.5}", "wrong_argument", "lines" },
	{ "find", "{\"path\":\"x\",\"lines\":\"1\"}", "wrong_argument",
	    "lines" },
	{ "find", "{\"path\":\"x\",\"deep\":0}", "wrong_argument", "deep" },
	{ "find", "{\"path\":\"x\",\"mode\":\"c\"}", "wrong_argument", "mode" },
	{ "find", "{\"path\":\"x\",\"words\":[\"a\",1]}", "wrong_argument",
	    "words" },
	{ "find", "{\"path\":\"x\",\"filter\":{}}", "missing_argument",
	    "filter.kind" },
	{ "find", "{\"path\":\"x\",\"filter\":{\"kind\":8}}", "wrong_argument",
	    "filter.kind" },
	{ "find", "{\"path\":\"x\",\"color\":1}", "wrong_argument", "" }
};

static struct tool_call
call_of(const char *name, const char *arguments)
{
	struct tool_call c = { "", BUF_INIT, BUF_INIT };

	buf_adds(&c.name, name);
	buf_adds(&c.arguments, arguments);
	return c;
}

static void
test_calls(const struct agent *a)
{
	struct buf at = BUF_INIT;
	struct tool_call c;
	enum call_result r;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		buf_clear(&at);
		c = call_of(calls[i].name, calls[i].arguments);
		r = toolcall_check(a->tools, &c, NULL, NULL, &at);
		is_text(call_result_name(r), calls[i].result,
		    calls[i].arguments);
		is_text(buf_cstr(&at), calls[i].at, "where it is");
		tool_call_fini(&c);
	}
	buf_fini(&at);
}

/* What was asked for may be more, but must be all there. */
static void
test_wanted(const struct agent *a)
{
	static const char asked[] = "{\"path\":\"x\",\"filter\":{\"kind\":7}}";
	cJSON *wanted = json_parse(asked, strlen(asked));
	struct buf at = BUF_INIT;
	struct tool_call c = call_of("find",
	    "{\"filter\":{\"kind\":7,\"n\":1},\"path\":\"x\",\"lines\":2}");
	struct tool_call d = call_of("find", "{\"path\":\"y\"}");
	struct tool_call e = call_of("now", "{}");

	ok(toolcall_check(a->tools, &c, "find", wanted, &at) == CALL_OK,
	    "more than was asked for");
	ok(toolcall_check(a->tools, &d, "find", wanted, &at) == CALL_OTHER,
	    "another value");
	is_text(buf_cstr(&at), "path", "named");
	ok(toolcall_check(a->tools, &e, "find", wanted, &at) == CALL_OTHER,
	    "another tool");
	tool_call_fini(&c);
	tool_call_fini(&d);
	tool_call_fini(&e);
	buf_fini(&at);
	cJSON_Delete(wanted);
}

static void
test_markers(void)
{
	is_text(toolcall_marker("so <|python_tag|> then <tool_call>"),
	    "<|python_tag|>", "the first");
	is_text(toolcall_marker("<tool_calls_begin>"), "<tool_call",
	    "its beginning");
	is_text(toolcall_marker("[TOOL_CALLS][]"), "[TOOL_CALLS]", "brackets");
	is_text(toolcall_marker("<function=now>"), "<function=", "a function");
	ok(toolcall_marker("I call <tool> in a function = now.") == NULL,
	    "plain text has none");
}

/* The call of every turn is what its schema and the turn ask for. */
static void
test_agent(struct agent *a)
{
	struct buf text = BUF_INIT, at = BUF_INIT;
	struct tool_call c = call_of("", "");
	int n_ok = 0, heard = 0, again = 0;
	uint64_t seed;
	cJSON *arguments, *same;
	const cJSON *tool;
	int64_t turn;

	for (int64_t t = 1; t <= 200; t++) {
		tool = agent_call(a, t, &arguments);
		again += agent_call(a, t, &same) == tool &&
		    cJSON_Compare(same, arguments, true);
		buf_clear(&c.name);
		buf_clear(&c.arguments);
		buf_clear(&text);
		buf_adds(&c.name, json_get_str(tool, "name", ""));
		agent_write(&c.arguments, arguments);
		n_ok += toolcall_check(a->tools, &c, buf_cstr(&c.name),
		    arguments, &at) == CALL_OK;
		agent_say(&text, a, t);
		heard += agent_heard(buf_cstr(&text), &seed, &turn) == 0 &&
		    seed == a->seed && turn == t;
		cJSON_Delete(arguments);
		cJSON_Delete(same);
	}
	ok(n_ok == 200 && heard == 200 && again == 200,
	    "200 turns: %d sound, %d heard, %d the same again", n_ok, heard,
	    again);
	ok(agent_heard("Job done.", &seed, &turn) == -1,
	    "another text is no turn");
	tool_call_fini(&c);
	buf_fini(&text);
	buf_fini(&at);
}

int
main(void)
{
	static const char *const bad[] = { "{}", "[]", "{\"tools\":[]}",
	    "{\"tools\":{}}", "{\"tools\":[1]}",
	    "{\"tools\":[{\"name\":\"\"}]}", "",
	    "{\"tools\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"a\"}]}",
	    "{\"tools\":[{\"name\":\"a\",\"parameters\":\"{}\"}]}" };
	struct agent a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(agent_init(&a, bad[i], 1) == -1, "no agent: %s", bad[i]);
	ok(agent_init(&a, tools, 0xffffffffff) == 0, "an agent");
	test_calls(&a);
	test_wanted(&a);
	test_markers();
	test_agent(&a);
	agent_fini(&a);
	return tap_done();
}
