#ifndef LMG_LIB_FIELD_H
#define LMG_LIB_FIELD_H

/*
 * Tables that say which key of a JSON object is which member of a struct.
 * Everything that is done with all members follows them: a row starts empty,
 * is read, written, released and shown as a line of CSV here and nowhere else,
 * so a key is named once.
 *
 * "Not measured" is NULL for texts, NAN for numbers, -1 for counts and flags,
 * and null in JSON.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"

enum field_kind {
	FIELD_TEXT,		/* char * */
	FIELD_LABEL,		/* char *; a number is read as text, too */
	FIELD_NAME,		/* char *, must be there and not empty */
	FIELD_REAL,		/* double, lo or more */
	FIELD_COUNT,	/* int64_t (or uint64_t) below 2^53, lo or more */
	FIELD_BOOL,		/* bool; false when not there */
	FIELD_FLAG,		/* int: -1, 0 or 1 */
	FIELD_WORD,		/* an enum: one of words, the first when not
				 * there; must be there when lo is 1 */
	FIELD_TIME,	/* int64_t in ns, lo or more; YAML: with a unit */
	FIELD_SIZE,		/* int64_t in bytes; YAML: with a unit */
	FIELD_TEXTS,		/* char **, up to a NULL: an array of text */
	FIELD_JSON,		/* char *: an object or array as its own text */
	FIELD_OTHER		/* only the key is known here */
};

struct field {
	const char *group;	/* the member object that holds it, or NULL */
	const char *key;
	enum field_kind kind;
	unsigned when;		/* written in these cases only; 0: always */
	size_t offset;
	double lo, hi;		/* hi: of YAML alone */
	const char *const *words;	/* up to a NULL */
};

/*
 * Two values of when for tables that are read as rows with columns.  Whole
 * objects and lists are written, but read only by whom asks for them, and are
 * no columns; parts of such an object are read, and never written alone.
 */
#define FIELD_WHOLE (1u << 31)
#define FIELD_PART (1u << 30)

/* An object that is kept as text is nested no deeper. */
enum { FIELD_DEPTH = 16 };

struct schema {
	const char *type;	/* of the record */
	size_t size;		/* of the struct */
	const struct field *fields;	/* as written; groups stand together */
	size_t n_fields;
};

/* Everything "not measured". */
void field_init(const struct schema *s, void *row);

/* A row as another is, with texts of its own. */
void field_copy(const struct schema *s, void *row, const void *from);

/* Release what a row owns (texts read without .keep). */
void field_fini(const struct schema *s, void *row);

/*
 * How to read.  where (may be NULL) is for messages: with it a member that is
 * not as it should be is an error, without it is taken as not measured.  keep
 * (may be NULL) gives the text to store for one that was read, which is
 * brief when it goes away at once, else it lasts as long as what is read;
 * without it texts are copied, and belong to the row.
 */
struct field_reader {
	const char *where;
	bool wants_whole;	/* also what is FIELD_WHOLE */
	const char *(*keep)(void *arg, const char *text, bool is_brief);
	void *arg;
};

/*
 * Read the members of o that the table names into row, which was begun with
 * field_init() or holds defaults: what o does not have stays.  Returns 0, or
 * -1 after a message.
 */
int field_read(const struct schema *s, void *row, const cJSON *o,
    const struct field_reader *r);

/* Write the members that stand in these cases to the open object of j. */
void field_write(const struct schema *s, const void *row, unsigned cases,
    struct json *j);

/* The member of that name, or NULL. */
const struct field *field_of(const struct schema *s, const char *key);

/* Does it stand in that member object (NULL: in none)? */
bool field_is_in(const struct field *f, const char *group);

/* Let the text member of that name, if there is one, be text (a view). */
void field_set_text(const struct schema *s, void *row, const char *key,
    const char *text);

/* Does it hold a text?  That, or a number (a flag, too), of a row. */
bool field_is_text(const struct field *f);
const char *field_text(const struct field *f, const void *row);
double field_number(const struct field *f, const void *row);

/*
 * Rows as a table of columns: what is read into rows.  A column's name has sep
 * between group and key ("host.cpu").  One line of CSV has the names, or the
 * values behind the text first; what was not measured is empty.  A text that
 * a spreadsheet would take for a formula (= + - @, tab or CR first) gets an
 * apostrophe in front.
 */
bool field_is_column(const struct field *f);
void field_column(const struct field *f, char sep, struct buf *out);
void field_csv_names(const struct schema *s, const char *first,
    struct buf *out);
void field_csv(const struct schema *s, const void *row, const char *first,
    struct buf *out);

/* Free a NULL-terminated array of heap strings; NULL is harmless. */
void field_free_texts(char **texts);

#endif
