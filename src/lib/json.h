#ifndef LMG_LIB_JSON_H
#define LMG_LIB_JSON_H

/*
 * JSON.  cJSON reads, this module writes: cJSON's printer alters doubles in
 * the last digit and has no way to say "not measured", ours writes the
 * shortest text that reads back as the same number, and null for what is not
 * finite.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "buf.h"

/* ---- writing ---------------------------------------------------------- */

enum { JSON_DEPTH_MAX = 32 };

/*
 * One JSON text being written to the end of a buffer.  key is NULL inside an
 * array and for the outermost value.
 */
struct json {
	struct buf *out;	/* borrowed */
	int depth;
	bool need_comma[JSON_DEPTH_MAX];
	char closer[JSON_DEPTH_MAX];
};

/* Begin writing to out, which must outlive j. */
void json_init(struct json *j, struct buf *out);

/* The same, with the object that it will be. */
void json_begin(struct json *j, struct buf *out);

void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
/* Close the innermost open object or array. */
void json_close(struct json *j);
/* Close all that is open and add a newline: one NDJSON record is done. */
void json_end_line(struct json *j);

/* A string; NULL writes null.  Invalid UTF-8 becomes U+FFFD. */
void json_str(struct json *j, const char *key, const char *s);
void json_strn(struct json *j, const char *key, const char *s, size_t len);
void json_int(struct json *j, const char *key, int64_t v);
/* An integer, or null when v is negative ("not measured"). */
void json_count(struct json *j, const char *key, int64_t v);
/* The shortest decimal that reads back as v; null when v is not finite. */
void json_num(struct json *j, const char *key, double v);
void json_bool(struct json *j, const char *key, bool v);
void json_null(struct json *j, const char *key);
/* A value that is already JSON text, copied as it is. */
void json_raw(struct json *j, const char *key, const char *text, size_t len);

/*
 * The tree v, written again.  What is nested more than levels deep becomes
 * null, and the result is -1 instead of 0.
 */
int json_copy(struct json *j, const char *key, const cJSON *v, int levels);

/* The shortest "%.{15,16,17}g" of v that reads back as v, into out (32). */
char *json_number_text(char out[32], double v);

/* ---- reading ---------------------------------------------------------- */

/*
 * Parse exactly one JSON value from the len bytes at text; trailing white
 * space is allowed, anything else is not.  Returns the tree (the caller's, to
 * cJSON_Delete()), or NULL.  Nesting beyond cJSON's limit is an error, too.
 */
cJSON *json_parse(const char *text, size_t len);

/*
 * The same of what was written by who should know how: cJSON lets control
 * characters stand in a string, other readers do not.
 */
cJSON *json_parse_strict(const char *text, size_t len);

/* Member key of object o, case-sensitive; NULL when absent or o is NULL. */
const cJSON *json_get(const cJSON *o, const char *key);

/*
 * Typed members of object o.  A member that is absent, null or of another
 * type gives the fallback.  Strings are views into the tree.
 */
const char *json_get_str(const cJSON *o, const char *key, const char *fallback);
double json_get_num(const cJSON *o, const char *key, double fallback);
bool json_get_bool(const cJSON *o, const char *key, bool fallback);
/* Also gives the fallback for a number that is no integer below 2^53. */
int64_t json_get_int(const cJSON *o, const char *key, int64_t fallback);

#endif
