#ifndef LMG_TESTS_LMSIM_CALLS_H
#define LMG_TESTS_LMSIM_CALLS_H

/*
 * The tool call that an agent (agent.h) is asked for, made rightly or with a
 * planted fault: which it is depends on the seed of the server, on the model
 * and on the turn, not on when it is asked.
 */

#include "skill.h"

struct calls_reply {
	const char *result;	/* the planted word, of words.h */
	bool is_whole;		/* it comes in one piece */
	struct buf name;	/* of the tool; empty: text instead */
	struct buf text;	/* the arguments, or that text */
};

/* Read the mapping calls of a model, {leaked: 0.1}; 0, or -1 after a
 * message. */
int calls_read(struct skills *s, struct ynode model);

/*
 * What a model with these chances of faults answers to text, when it has these
 * tools ({"tools": [...]}, as agent.h); result stays NULL when the text is none
 * of an agent's.
 */
void calls_answer(struct calls_reply *r, const struct skills *s, uint64_t seed,
    const char *model, const char *tools, const char *text);

#endif
