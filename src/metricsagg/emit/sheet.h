#ifndef LMG_METRICSAGG_EMIT_SHEET_H
#define LMG_METRICSAGG_EMIT_SHEET_H

/*
 * What a variant answered, prompt by prompt: one row for each prompt of a
 * scenario, so that what two variants made of it is found by bsearch() with
 * sheet_cmp().
 */

#include "judge/view.h"

/* Begins each row, in order of scenario and prompt. */
struct sheet_row {
	const struct request_row *q;
};

struct sheet {
	const struct variant *of;
	void *rows;			/* never NULL */
	size_t n;
};

/* What a row is, and of which requests. */
struct sheet_form {
	size_t size;		/* all 0 at first, behind struct sheet_row */
	bool (*wants)(const struct request_row *q);
	/* The prompt of a row was asked again by q; NULL: that is passed
	 * over. */
	void (*again)(void *row, const struct request_row *q);
	/* Are all of a group passed over?  NULL: none are. */
	bool (*skips)(const struct view *v, const struct group *g);
};

/* The sheets of n variants of a pair; sheets_free() them. */
struct sheet *sheets_of(const struct view *v, const struct variant *va,
    size_t n, const struct sheet_form *form);
void sheets_free(struct sheet *s, size_t n);

/* By what two rows are the same. */
int sheet_cmp(const void *a, const void *b);

/* Which of n sheets of a pair the others are to be near to. */
struct sheet_reference {
	size_t at;
	const char *from;		/* why it is that one */
	const char *missing;		/* was named, and answered nothing */
};

/* Of those that answered the one that is named, else the largest file; where
 * not all sizes are told, the first. */
struct sheet_reference sheet_reference(const struct sheet *s, size_t n);

#endif
