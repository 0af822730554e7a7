#ifndef LMG_LIB_DIGEST_H
#define LMG_LIB_DIGEST_H

/* SHA-256 as lower-case hex, by libmd; and texts word by word. */

#include <stddef.h>

#include "buf.h"

enum { DIGEST_CAP = 65 };

/* The digest of the len bytes at data into out.  Returns out. */
char *digest_sha256(const void *data, size_t len, char out[DIGEST_CAP]);

/*
 * Append, for each word of text, a rolling hash (FNV-1a) of all up to it, as
 * eight hexadecimal digits: two texts have so many of them in common as they
 * begin with the same words.
 */
void digest_words(struct buf *out, const char *text);

#endif
