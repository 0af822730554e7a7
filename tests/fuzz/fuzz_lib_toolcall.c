/*
 * Any tools, call and text: the first line is an agent's text, the second the
 * name of a tool, the rest its arguments.  It is judged: a sound call names a
 * tool.  What the agent asks for can be said and judged, too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "toolcall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is asked for in turn 1. */
static void
own_call(const struct agent *a)
{
	struct tool_call c = { "", BUF_INIT, BUF_INIT };
	struct buf at = BUF_INIT;
	cJSON *arguments;
	const cJSON *tool = agent_call(a, 1, &arguments);

	buf_adds(&c.name, json_get_str(tool, "name", ""));
	agent_write(&c.arguments, arguments);
	(void)toolcall_check(a->tools, &c, buf_cstr(&c.name), arguments, &at);
	agent_say(&at, a, 2);
	tool_call_fini(&c);
	buf_fini(&at);
	cJSON_Delete(arguments);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tool_call c = { "", BUF_INIT, BUF_INIT };
	struct buf text = BUF_INIT, at = BUF_INIT;
	char *name, *arguments;
	struct agent a;

	buf_add(&text, data, len);
	buf_addc(&text, '\0');
	if ((name = strchr(text.data, '\n')) != NULL)
		*name++ = '\0';
	if (name != NULL && (arguments = strchr(name, '\n')) != NULL) {
		*arguments++ = '\0';
		buf_adds(&c.arguments, arguments);
	}
	buf_adds(&c.name, name != NULL ? name : "");
	(void)toolcall_marker(text.data);
	if (agent_init(&a, text.data, len) == 0) {
		if (toolcall_check(a.tools, &c, NULL, NULL, &at) == CALL_OK &&
		    toolcall_tool(a.tools, buf_cstr(&c.name)) == NULL)
			abort();
		own_call(&a);
		agent_fini(&a);
	}
	tool_call_fini(&c);
	buf_fini(&text);
	buf_fini(&at);
	return 0;
}
