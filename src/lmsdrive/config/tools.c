#include "tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "quiz.h"
#include "rng.h"
#include "toolcall.h"
#include "yamlread.h"

#define TEXT "{\"type\":\"string\"}"
#define NUMBER "{\"type\":\"integer\"}"
#define TRUTH "{\"type\":\"boolean\"}"
#define TEXTS "{\"type\":\"array\",\"items\":" TEXT "}"
#define ONE_OF(words) "{\"type\":\"string\",\"enum\":[" words "]}"
#define OBJECT(required, members) "{\"type\":\"object\",\"properties\":{" \
	members "},\"required\":[" required "],\"additionalProperties\":false}"

static const struct tool {
	const char *name, *description, *parameters;
} built_in[] = {
	{ "read_file", "Read lines of a text file.",
	    OBJECT("\"path\"", "\"path\":" TEXT ",\"first_line\":" NUMBER
	    ",\"lines\":" NUMBER) },
	{ "write_file", "Write a text to a file, or to the end of it.",
	    OBJECT("\"path\",\"text\",\"mode\"", "\"path\":" TEXT ",\"text\":"
	    TEXT ",\"mode\":" ONE_OF("\"create\",\"append\",\"replace\"")) },
	{ "search_files", "Find the lines that contain all of the words.",
	    OBJECT("\"words\"", "\"words\":" TEXTS ",\"folder\":" TEXT
	    ",\"ignore_case\":" TRUTH ",\"most\":" NUMBER) },
	{ "run_command", "Run a program and return what it prints.",
	    OBJECT("\"program\",\"arguments\"", "\"program\":" TEXT
	    ",\"arguments\":" TEXTS ",\"timeout_s\":{\"type\":\"number\"}") },
	{ "add_event", "Put an appointment into the calendar.",
	    OBJECT("\"title\",\"when\"", "\"title\":" TEXT ",\"when\":"
	    OBJECT("\"day\",\"hour\"", "\"day\":" ONE_OF("\"monday\","
	    "\"tuesday\",\"wednesday\",\"thursday\",\"friday\"")
	    ",\"hour\":{\"type\":\"integer\",\"minimum\":8,\"maximum\":18}")
	    ",\"guests\":" TEXTS) },
	{ "query_table", "Rows of a table that fulfil a condition.",
	    OBJECT("\"table\",\"where\"", "\"table\":" TEXT ",\"where\":"
	    OBJECT("\"column\",\"operator\",\"value\"", "\"column\":" TEXT
	    ",\"operator\":" ONE_OF("\"equal\",\"less\",\"greater\"")
	    ",\"value\":" NUMBER) ",\"most\":" NUMBER) },
	{ "send_message", "Send a message to people.",
	    OBJECT("\"to\",\"text\"", "\"to\":" TEXTS ",\"text\":" TEXT
	    ",\"is_urgent\":" TRUTH) },
	{ "set_light", "Set a lamp to a colour and a brightness.",
	    OBJECT("\"lamp\",\"brightness\"", "\"lamp\":" TEXT
	    ",\"brightness\":{\"type\":\"integer\",\"minimum\":0,"
	    "\"maximum\":100},\"colour\":" ONE_OF("\"white\",\"red\","
	    "\"green\",\"blue\"")) }
};

enum { TOOLS_MOST = 64 };
enum { N_TOOLS = sizeof(built_in) / sizeof(built_in[0]) };

/* ---- writing ---------------------------------------------------------- */

static void
write_tool(struct json *j, const struct tool *t, const char *word)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_%s", word, t->name);
	json_object(j, NULL);
	json_str(j, "name", name);
	json_str(j, "description", t->description);
	json_raw(j, "parameters", t->parameters, strlen(t->parameters));
	json_close(j);
}

/* n of those, each named anew. */
static void
write_tools(struct json *j, int64_t n, uint64_t seed)
{
	const char *words[TOOLS_MOST / N_TOOLS + 1];
	uint64_t rng = rng_seed(seed, "tools");
	int order[N_TOOLS];

	quiz_words(words, sizeof(words) / sizeof(words[0]), &rng);
	for (int i = 0, k; i < N_TOOLS; i++) {	/* a shuffle, inside out */
		k = (int)rng_below(&rng, (uint64_t)i + 1);
		order[i] = order[k];
		order[k] = i;
	}
	for (int64_t i = 0; i < n; i++)
		write_tool(j, &built_in[order[i % N_TOOLS]],
		    words[i / N_TOOLS]);
}

char *
tools_agent(const struct scenario_agent *a, uint64_t seed)
{
	struct buf b = BUF_INIT;
	cJSON *own = a->own_tools == NULL ? NULL : json_parse(a->own_tools,
	    strlen(a->own_tools));
	struct json j;

	json_begin(&j, &b);
	json_str(&j, "tool_choice", a->tool_choice == CHOICE_REQUIRED ?
	    "required" : "auto");
	if (a->result_words >= 0)
		json_int(&j, "result_words", a->result_words);
	if (own != NULL) {
		json_copy(&j, "tools", json_get(own, "tools"), FIELD_DEPTH);
	} else {
		json_array(&j, "tools");
		write_tools(&j, a->n_tools, seed);
		json_close(&j);
	}
	json_close(&j);
	cJSON_Delete(own);
	return buf_steal(&b);
}

/* ---- reading ---------------------------------------------------------- */

/* Do the arguments that are made up by its schema follow that? */
static int
check_tool(const cJSON *tool, struct ynode at)
{
	enum call_result r = CALL_OK;
	struct buf where = BUF_INIT;
	uint64_t rng = 1;
	cJSON *arguments;

	/* Each time with others of the optional ones. */
	for (int i = 0; i < 32 && r == CALL_OK; i++) {
		arguments = agent_arguments(tool, &rng);
		r = toolcall_follows(json_get(tool, "parameters"), arguments,
		    &where);
		cJSON_Delete(arguments);
	}
	if (r != CALL_OK)
		ynode_error(at, "agent.tools: %s: no arguments can follow its "
		    "parameters: look at %s", json_get_str(tool, "name", ""),
		    where.len > 0 ? buf_cstr(&where) : "their type");
	buf_fini(&where);
	return r == CALL_OK ? 0 : -1;
}

/* A list of tools of one's own. */
static int
read_own_tools(struct scenario_agent *a, struct ynode tools)
{
	struct buf b = BUF_INIT, again = BUF_INIT;
	const cJSON *tool;
	struct agent probe;
	struct json j;
	int rc;

	json_begin(&j, &b);
	yamlread_json(&j, "tools", tools);
	json_close(&j);
	if ((rc = agent_init(&probe, buf_cstr(&b), 0)) == -1) {
		ynode_error(tools, "agent.tools: expected a number, or a list "
		    "of {name, description, parameters}, each with another "
		    "name");
	} else {
		cJSON_ArrayForEach(tool, probe.tools)
			rc |= check_tool(tool, tools);
		json_init(&j, &again);
		if (json_copy(&j, NULL, probe.o, FIELD_DEPTH) == -1)
			rc = ynode_error(tools, "agent.tools: nested deeper "
			    "than a plan can hold: %d levels", FIELD_DEPTH);
		buf_fini(&again);
		agent_fini(&probe);
		free(a->own_tools);
		a->own_tools = buf_steal(&b);
	}
	buf_fini(&b);
	return rc;
}

int
tools_read(struct scenario_agent *a, struct ynode map)
{
	struct ynode tools = ynode_get(map, "tools");

	if (ynode_is_list(tools))
		return read_own_tools(a, tools);
	if (tools.is_set) {
		free(a->own_tools);
		a->own_tools = NULL;
	}
	return ynode_get_int(map, "tools", 1, TOOLS_MOST, &a->n_tools);
}
