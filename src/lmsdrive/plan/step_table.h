#ifndef LMG_STEP_TABLE_H
#define LMG_STEP_TABLE_H

/* The members of a plan line: one table for step.c, which writes them, and
 * step_read.c, which reads them. */

#include <stddef.h>
#include <stdint.h>

#include "step.h"

enum step_field_type {
	STEP_STR,			/* char *, null when NULL */
	STEP_NEED,			/* char *, must be there and not empty */
	STEP_COUNT,		/* int64_t >= lo, null when negative */
	STEP_SEED,			/* uint64_t < 2^53 */
	STEP_NUM,			/* double >= lo, null when NAN */
	STEP_BOOL,
	STEP_OP, STEP_API, STEP_ARRIVAL,	/* an enum, as a word */
	STEP_ARGV,			/* char **, array of text */
	STEP_JSON			/* char *, a JSON object */
};

/* One member: where it stands in the text and in struct step. */
struct step_field {
	const char *group;	/* member object, or NULL: top level */
	const char *key;
	enum step_field_type type;
	int ops;		/* which steps carry it */
	size_t offset;
	int64_t lo;
};

enum { STEP_FIELDS = 59 };

/* In the order they are written; the members of a group stand together. */
extern const struct step_field step_fields[STEP_FIELDS];

/* The words of the enums, NULL-terminated. */
extern const char *const step_op_words[], *const step_api_words[],
    *const step_arrival_words[];

#endif
