#ifndef LMG_BODY_H
#define LMG_BODY_H

/* What is sent: path and body of a request, by dialect.  Pure. */

#include <stdint.h>

#include "buf.h"
#include "plan/step.h"

/* A conversation so far: user and assistant texts in turn. */
struct history {
	struct history_turn {
		char *user, *assistant;
	} *v;
	size_t n;
	char *response_id;	/* of the last answer (LM Studio v1), or NULL */
	char *key;		/* which conversation this is, or NULL */
};

void history_init(struct history *h);
void history_fini(struct history *h);
/* Add a turn; the strings are copied, response_id may be NULL. */
void history_add(struct history *h, const char *user, const char *assistant,
    const char *response_id);

/* The path that s goes to. */
const char *body_path(enum api api, const struct step *s);

/* Whom a body is for. */
struct addressee {
	enum api api;
	enum server_kind kind;
	const char *model;	/* the instance to address */
};

/*
 * Append the JSON body of a streamed request of step s to out.  prompt is the
 * user's text; h is the conversation, NULL outside one.
 */
void body_write(struct buf *out, const struct addressee *to,
    const struct step *s, const char *prompt, const struct history *h);

#endif
