#ifndef LMG_METRICSAGG_IN_NAMES_H
#define LMG_METRICSAGG_IN_NAMES_H

/*
 * Texts kept once (names of pairs, variants, prompts, digests), and a map from
 * numbers to numbers.  Two equal texts are one pointer.  Neither is ever
 * walked in its own order: nothing in the output depends on a hash.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names;

struct names *names_new(void);
void names_free(struct names *n);

/* The one copy of the len bytes at s (a text, or a struct without gaps or with
 * gaps of zeroes), NUL-terminated; owned by n. */
const void *names_add(struct names *n, const void *s, size_t len);

/* The same of a string; NULL gives NULL. */
const char *names_adds(struct names *n, const char *s);

/* The same as field_reader.keep, with the names as its arg. */
const char *names_keep(void *names, const char *text, bool is_brief);

/* The one copy of "a/b/c" with separators that no text contains. */
const char *names_key(struct names *n, const char *a, const char *b,
    const char *c);

/*
 * A text by its hash, where no more is needed than whether two are equal; 0
 * for NULL.  keep: names_text() gives it back, else NULL.
 */
uint64_t names_id(struct names *n, const char *s, bool keep);
const char *names_text(const struct names *n, uint64_t id);

/* 64-bit FNV-1a of the len bytes at p. */
uint64_t names_hash(const void *p, size_t len);

/* Another, of whole lines: eight bytes at a time. */
uint64_t names_digest(const void *p, size_t len);

/* strcmp() that takes NULL, which sorts first. */
int names_cmp(const char *a, const char *b);

/* ---- number -> index -------------------------------------------------- */

struct idmap {
	struct idmap_slot *slots;	/* NULL while empty */
	size_t n, cap;
	uint32_t *low;	/* of small keys, by key: ix + 1, or 0 */
	size_t n_low, n_given;	/* of it those that are there */
};

#define IDMAP_NONE SIZE_MAX

void idmap_fini(struct idmap *m);

/* The index stored for key, or IDMAP_NONE. */
size_t idmap_get(const struct idmap *m, uint64_t key);

/* Store ix for key, which has none yet. */
void idmap_put(struct idmap *m, uint64_t key, size_t ix);

#endif
