#ifndef LMG_LMSDRIVE_SERVER_BODY_H
#define LMG_LMSDRIVE_SERVER_BODY_H

/* What is sent: path and body of a request, by dialect; what is said in
 * OpenAI's words is in openai.c.  Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"
#include "toolcall.h"
#include "step/step.h"

/* A conversation so far: user and assistant texts in turn. */
struct history {
	struct history_turn {
		char *user, *assistant;	/* user: or the tool's result */
		struct tool_call call;	/* the assistant's; no name: none */
	} *v;
	size_t n;
	char *response_id;	/* of the last answer (LM Studio v1), or NULL */
	char *key;		/* which conversation this is, or NULL */
};

/* It begins with zeros, and is so again. */
void history_fini(struct history *h);
/* Add a turn; the strings and the call are copied, the latter and response_id
 * may be NULL. */
void history_add(struct history *h, const char *user, const char *assistant,
    const struct tool_call *call, const char *response_id);

struct server_api;

/* Who answers s: raw completions, tools, and what is asked for by a path of its
 * own may be another API of the same server.  And the path it goes to. */
const struct server_api *body_api(const struct server_api *api,
    const struct step *s);
const char *body_path(const struct server_api *api, const struct step *s);

/*
 * Append the JSON body of a streamed request of step s to out.  model is the
 * instance to address, prompt the user's text; h is the conversation, NULL
 * outside one.
 */
void body_write(struct buf *out, const struct server_api *api,
    const char *model, const struct step *s, const char *prompt,
    const struct history *h);

/* The sampling object of a request record, for s: what is sent in our words,
 * null where nothing is. */
void body_write_sampling(struct buf *out, const struct server_api *api,
    const struct step *s);

/* ---- for the servers ---------------------------------------------------- */

/* What the system prompt is, an agent's included; free().  NULL: none. */
char *body_system(const struct step *s);

/* The messages of a chat; of an agent its tools, too. */
void body_messages(struct json *j, const struct step *s, const char *prompt,
    const struct history *h);

/*
 * A conversation in the words of a path: what somebody said; a call, with what
 * was said before it; what came of it; a tool that is offered; and that a call
 * must be made, as "tool_choice" or as the member choice_in of it.
 */
struct body_words {
	void (*say)(struct json *j, const char *role, const char *text);
	void (*call)(struct json *j, const struct history_turn *t);
	void (*result)(struct json *j, const struct tool_call *c,
	    const char *text);
	void (*tool)(struct json *j, const cJSON *tool);
	const char *must, *choice_in;
};
void body_turns(struct json *j, const struct body_words *w,
    const char *prompt, const struct history *h);
void body_tools(struct json *j, const struct body_words *w,
    const struct step *s);

/* Parts of them: a message; members of a tool, its parameters by the key
 * schema; name and arguments of a call. */
void body_message(struct json *j, const char *role, const char *content);
void body_tool(struct json *j, const cJSON *tool, const char *schema);
void body_call(struct json *j, const struct tool_call *c);

/* How much to reason, in OpenAI's word; NULL: as the model likes. */
const char *body_effort(const struct step *s);

/* What all of OpenAI's API understand; its sampling is written for it. */
void body_chat(struct json *j, const struct step *s, const char *prompt,
    const struct history *h);

/* The same, and whether to reason, in OpenAI's words. */
void body_openai(struct json *j, const struct step *s, const char *prompt,
    const struct history *h);

/* Whether to reason, for servers that hand the chat template what the request
 * says: most templates know the switch, gpt-oss's the effort. */
void body_template_words(struct json *j, const struct step *s);
void body_templated(struct json *j, const struct step *s, const char *prompt,
    const struct history *h);

/* To the token limit, for those who have a word for it. */
void body_fixed_length(struct json *j, const struct step *s);

#endif
