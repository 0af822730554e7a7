#ifndef LMG_LIB_QUIZ_H
#define LMG_LIB_QUIZ_H

/*
 * Questions whose answer a program can verify, made from a seed, so that no
 * model can have seen them.  Pure: the same kind, size and seed give the same
 * question and the same right answer everywhere.
 *
 *	arithmetic_3	a sum, difference or product of numbers of 3 digits
 *	strings_5	a word backwards, initials, order: among 5 words
 *	copy_12		a line of 12 words and numbers, to be repeated exactly
 *	json_4		an object of 4 members with types and bounds
 *	schema_4	the same, said by a schema alone (quiz_schema())
 *	choice		the right one of four
 *	needle_50	a fact at 50 % of a long text
 *
 * The number is the size; without it, that shown here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct quiz {
	const struct quiz_kind *kind;
	int64_t size;
	uint64_t seed;
};

/* The kind and size named by "needle_50" into q, seed 0; -1 when there is
 * none. */
int quiz_parse(struct quiz *q, const char *name);

/* The names of the kinds, up to a NULL. */
extern const char *const quiz_names[];

/* Does the question stand in a long text? */
bool quiz_is_long(const struct quiz *q);

/*
 * Append the question to out.  It begins "Question SEED, NAME." (the seed as
 * ten hexadecimal digits), so that no two begin alike; one that is long
 * stands behind so many generated words.
 */
void quiz_ask(struct buf *out, const struct quiz *q, int64_t words);

/* If text is a question: its kind, size and seed, 0; else -1. */
int quiz_heard(struct quiz *q, const char *text);

/*
 * The form that the server is to hold the answer to (response_format), of which
 * the question says nothing: append it, a JSON schema.  False: it has none.
 */
bool quiz_schema(struct buf *out, const struct quiz *q);

/* Append a right answer. */
void quiz_answer(struct buf *out, const struct quiz *q);

/*
 * Is text, an answer without its reasoning, right?  What stands around the
 * answer does not count: a sentence, Markdown, quotes, a last full stop.
 */
bool quiz_is_right(const struct quiz *q, const char *text);

/* ---- for the kinds ----------------------------------------------------- */

/* A question in the making. */
struct quiz_text {
	struct buf ask, right;
	struct buf fact;		/* hidden in the long text */
};

struct quiz_kind {
	const char *name;
	int64_t size, least, most;
	void (*make)(struct quiz_text *t, int64_t size, uint64_t *rng);
	/* size and rng: as for make(), for who needs more than the answer */
	bool (*is_right)(const char *right, const char *text, int64_t size,
	    uint64_t *rng);
	void (*schema)(struct buf *out, int64_t size, uint64_t *rng);	/* or
						 * NULL */
};

extern const struct quiz_kind quiz_arithmetic, quiz_needle, quiz_strings,
    quiz_copy, quiz_choice, quiz_json, quiz_form;

/* A word drawn from rng. */
const char *quiz_word(uint64_t *rng);

/* n different words drawn from rng. */
void quiz_words(const char **out, size_t n, uint64_t *rng);

/* n digits, the first of them not 0, as a number; n <= 9. */
int64_t quiz_number(int64_t n, uint64_t *rng);

#endif
