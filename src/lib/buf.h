#ifndef LMG_LIB_BUF_H
#define LMG_LIB_BUF_H

/* A growable byte buffer.  data may hold NUL bytes; see buf_cstr(). */

#include <stddef.h>

struct buf {
	char *data;	/* len bytes in use, cap allocated; NULL when cap is
			 * 0 */
	size_t len;
	size_t cap;
};

#define BUF_INIT { NULL, 0, 0 }

/* Release the storage; b is then empty and usable again. */
void buf_fini(struct buf *b);

/* Empty b, keeping its storage. */
void buf_clear(struct buf *b);

/* Make sure that n more bytes fit; returns where they would go. */
char *buf_reserve(struct buf *b, size_t n);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *s);
void buf_addf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Drop the first n (at most len) bytes. */
void buf_consume(struct buf *b, size_t n);

/* The contents as a string: a NUL is put behind them.  Valid until the next
 * call on b. */
const char *buf_cstr(struct buf *b);

/* The contents as a heap string now the caller's to free(); b is empty. */
char *buf_steal(struct buf *b);

#endif
