#ifndef LMG_LIB_DIGEST_H
#define LMG_LIB_DIGEST_H

/* SHA-256 as lower-case hex, by libmd. */

#include <stddef.h>

enum { DIGEST_CAP = 65 };

/* The digest of the len bytes at data into out.  Returns out. */
char *digest_sha256(const void *data, size_t len, char out[DIGEST_CAP]);

#endif
