#ifndef LMG_LIB_TOOLCALL_H
#define LMG_LIB_TOOLCALL_H

/*
 * Is what a model answered the tool call that it should be?  Pure.
 *
 * Of a schema these are held: type (one or several), enum, const, required,
 * properties, additionalProperties when it is false, and items when it is a
 * schema, at any depth.  Everything else in it (formats, patterns, bounds,
 * $ref, anyOf and the like) is not looked at, and excuses nothing.
 */

#include <stddef.h>

#include "buf.h"
#include "json.h"
#include "words.h"

/* A call as it came; arguments is text that should be a JSON object. */
struct tool_call {
	char id[128];
	struct buf name, arguments;
};

void tool_call_fini(struct tool_call *c);

/* A tool: {"name", "description", "parameters" (a schema)}; NULL: none of
 * that name. */
const cJSON *toolcall_tool(const cJSON *tools, const char *name);

/*
 * One call against the tools, and what was asked for: wanted's name, and its
 * arguments among those that came (NULL: any).  CALL_OK, or what is the matter;
 * where, in our own words, is put into at: the path of a member
 * ("filter.kind"), but nothing of what the model said.
 */
enum call_result toolcall_check(const cJSON *tools, const struct tool_call *c,
    const char *wanted, const cJSON *wanted_arguments, struct buf *at);

/*
 * Text came where a call was due: the first marker of a chat template's tool
 * calls in it ("<tool_call>", which the server should have taken out), or
 * NULL.
 */
const char *toolcall_marker(const char *text);

/* Does v follow the schema?  CALL_OK, CALL_MISSING_ARGUMENT or
 * CALL_WRONG_ARGUMENT; at: as above. */
enum call_result toolcall_follows(const cJSON *schema, const cJSON *v,
    struct buf *at);

#endif
