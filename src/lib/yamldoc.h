#ifndef LMG_LIB_YAMLDOC_H
#define LMG_LIB_YAMLDOC_H

/*
 * A YAML document (by libyaml) with typed getters.  Whoever asks for a value
 * says what type it must have; a value of another type, out of range or
 * misspelt is reported once as "path:line:col: key: expected ..., got ...".
 *
 * Getters return 0, or -1 after a message.  An absent key is not an error:
 * *out keeps the caller's default.  Nodes and strings are views, valid until
 * yamldoc_free().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct yamldoc;

/* A node of a document; the null node (is_set false) stands for "absent". */
struct ynode {
	const struct yamldoc *doc;
	int id;
	bool is_set;
};

/*
 * Load the file path.  Returns the document or NULL after a message; a second
 * document in the file is refused, and so is nesting deeper than 32.
 */
struct yamldoc *yamldoc_load(const char *path);

/* Parse len bytes at text; path is for messages. */
struct yamldoc *yamldoc_parse(const char *path, const char *text, size_t len);

void yamldoc_free(struct yamldoc *doc);

/* The bytes the document was parsed from (for its digest). */
const char *yamldoc_source(const struct yamldoc *doc, size_t *len);
const char *yamldoc_path(const struct yamldoc *doc);

struct ynode yamldoc_root(const struct yamldoc *doc);

/* ---- shape ------------------------------------------------------------ */

bool ynode_is_map(struct ynode n);
bool ynode_is_list(struct ynode n);
bool ynode_is_scalar(struct ynode n);

/* For messages: the text of a scalar, "a mapping", "a list" or "nothing". */
const char *ynode_shape(struct ynode n);

/* Items of a list, or pairs of a mapping; 0 for anything else. */
size_t ynode_len(struct ynode n);

/* Item i < ynode_len() of a list. */
struct ynode ynode_item(struct ynode n, size_t i);

/* Key and value of pair i < ynode_len() of a mapping, in file order. */
const char *ynode_key(struct ynode n, size_t i);
struct ynode ynode_key_node(struct ynode n, size_t i);
struct ynode ynode_value(struct ynode n, size_t i);

/* Has a pair before pair i the same key? */
bool ynode_is_again(struct ynode n, size_t i);

/* The value of key in mapping n, or the null node. */
struct ynode ynode_get(struct ynode n, const char *key);

/* The text of a scalar, or NULL.  An empty or "~" or "null" plain scalar,
 * too, gives NULL. */
const char *ynode_text(struct ynode n);

/* Was the scalar quoted?  ("8" is then text, not a number.) */
bool ynode_is_quoted(struct ynode n);

/* ---- checking --------------------------------------------------------- */

/* Print "path:line:col: " of n and the message.  Returns -1. */
int ynode_error(struct ynode n, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* n must be a mapping (what names it in the message). */
int ynode_expect_map(struct ynode n, const char *what);

/*
 * Every key of mapping n must be one of valid (NULL-terminated) and appear
 * once; each that is not is reported with the nearest valid word, up to 20.
 */
int ynode_check_keys(struct ynode n, const char *what,
    const char *const *valid);

/* ---- typed members of mapping n --------------------------------------- */

int ynode_get_str(struct ynode n, const char *key, const char **out);
int ynode_get_bool(struct ynode n, const char *key, bool *out);
int ynode_get_int(struct ynode n, const char *key, int64_t lo, int64_t hi,
    int64_t *out);
int ynode_get_double(struct ynode n, const char *key, double lo, double hi,
    double *out);
/* "100ms", "2s", "5m" -> nanoseconds. */
int ynode_get_duration(struct ynode n, const char *key, int64_t *out_ns);
/* "8GiB" -> bytes. */
int ynode_get_size(struct ynode n, const char *key, int64_t *out_bytes);
/* One of words (NULL-terminated); *out is its index. */
int ynode_get_word(struct ynode n, const char *key, const char *const *words,
    int *out);

#endif
