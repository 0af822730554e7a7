#ifndef LMG_BODY_H
#define LMG_BODY_H

/* What is sent: path and body of a request, by dialect.  Pure. */

#include <stdint.h>

#include "buf.h"
#include "step.h"

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

/*
 * Append the JSON body of a streamed request of step s to out.  model is the
 * instance to address, prompt the user's text; h is the conversation, NULL
 * outside one.
 */
void body_write(struct buf *out, enum api api, const struct step *s,
    const char *model, const char *prompt, const struct history *h);

#endif
