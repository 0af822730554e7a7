#ifndef LMG_LIB_XALLOC_H
#define LMG_LIB_XALLOC_H

/*
 * Allocation that ends the tool (status 4) instead of returning NULL: without
 * memory none of the tools can do useful work, and what was already written
 * stays valid.  Sizes that overflow end it the same way.
 */

#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
/* Room for n elements of size bytes; p may be NULL. */
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
/* A NUL-terminated copy of the len bytes at s. */
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Make room for one more element in a growing array: returns p, or p moved,
 * with *cap raised (doubling) so that *cap > n.
 */
void *xgrow(void *p, size_t n, size_t *cap, size_t size);

#endif
