#ifndef LMG_LIB_AGENT_H
#define LMG_LIB_AGENT_H

/*
 * A conversation of an agent, made from a seed: in each turn one tool call is
 * asked for, by the name of the tool and the values of its arguments, and the
 * result of the call before is given.  What the turns ask for does not depend
 * on any answer.  Pure: the same tools and seed give the same conversation
 * everywhere.
 *
 * As text, a JSON object: {"tools": [TOOL, ...], "tool_choice": "auto" or
 * "required", "result_words": n}.  TOOL: {"name", "description", "parameters"
 * (toolcall.h has what of a schema counts), "result" (what the tool answers;
 * else so many generated words)}.
 */

#include <stdint.h>

#include "buf.h"
#include "json.h"

struct agent {
	cJSON *o;
	const cJSON *tools;	/* in o */
	uint64_t seed;
};

/* Read the text (may be NULL); -1 when it is no such object, has no tool, or
 * two of one name.  Release with agent_fini(). */
int agent_init(struct agent *a, const char *text, uint64_t seed);
void agent_fini(struct agent *a);

/* Must a call be made, or may the model answer with text? */
bool agent_must_call(const struct agent *a);

/* How many are generated for a result, where the tool has none. */
int64_t agent_result_words(const struct agent *a);

/* Append the system prompt, with so many generated words. */
void agent_system(struct buf *out, const struct agent *a, int64_t words);

/* Append the text of the turn (from 1): the user's, then the tools'. */
void agent_say(struct buf *out, const struct agent *a, int64_t turn);

/* If text is that of a turn: whose and which, 0; else -1. */
int agent_heard(const char *text, uint64_t *seed, int64_t *turn);

/* The call that the turn asks for: the tool, and its arguments (the caller's,
 * to cJSON_Delete()). */
const cJSON *agent_call(const struct agent *a, int64_t turn,
    cJSON **arguments);

/* Arguments of a tool, drawn from rng (the caller's, to cJSON_Delete()). */
cJSON *agent_arguments(const cJSON *tool, uint64_t *rng);

/* Append arguments as JSON as models write it, with a space behind every comma
 * and colon. */
void agent_write(struct buf *out, const cJSON *arguments);

#endif
