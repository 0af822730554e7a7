#ifndef LMG_TESTS_LMSIM_SKILL_H
#define LMG_TESTS_LMSIM_SKILL_H

/*
 * Questions of a check (quiz.h), answered as well as the model's skill says.
 * Which of them it answers rightly depends on the seed of the server, on the
 * model and on the question, not on when it is asked.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "yamldoc.h"

/* The chance of a right answer to one kind of question. */
struct skill {
	char *kind;		/* "needle_10", "needle", "all" */
	double p;
};

struct skills {
	struct skill *v;
	size_t n;
};

/* Read the mapping key of a model, {all: 0.9, needle: 0.5}; 0, or -1 after a
 * message. */
int skills_read(struct skills *s, struct ynode model, const char *key);
void skills_fini(struct skills *s);

/*
 * If prompt is a question, and the model has a skill for it, put its answer
 * into out and return the word for it, "right" or "wrong"; else NULL.  Of the
 * text of a needle so many per cent are lost, from its beginning; has_form: the
 * form of the answer was asked for.
 */
const char *skill_answer(struct buf *out, const struct skills *s,
    uint64_t seed, const char *model, const char *prompt, int64_t lost,
    bool has_form);

#endif
