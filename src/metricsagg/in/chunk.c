#include "chunk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

/* Blocks grow, so that short answers stay cheap.  What derive.h makes of a
 * request comes in place of its first block, which is about as large. */
enum { FIRST = 5, FULL = 62 };

struct chunk_block {
	struct chunk_block *next;
	uint32_t n, cap;
	struct chunk c[];
};

void
chunk_list_fini(struct chunk_list *l)
{
	struct chunk_block *b = l->tail, *next;

	if (b != NULL) {
		next = b->next;
		b->next = NULL;		/* the last now */
	}
	for (b = b != NULL ? next : NULL; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	memset(l, 0, sizeof(*l));
}

void
chunk_list_add(struct chunk_list *l, struct chunk c)
{
	struct chunk_block *b = l->tail;
	uint32_t cap;

	if (b == NULL || b->n == b->cap) {
		cap = b == NULL ? FIRST : b->cap * 2 < FULL ? b->cap * 2 : FULL;
		b = xmalloc(sizeof(*b) + cap * sizeof(b->c[0]));
		b->next = b;
		b->n = 0;
		b->cap = cap;
		if (l->tail != NULL) {
			b->next = l->tail->next;
			l->tail->next = b;
		}
		l->tail = b;
	}
	b->c[b->n++] = c;
	l->n++;
}

static int
by_index(const void *pa, const void *pb)
{
	const struct chunk *a = pa, *b = pb;

	if (a->i != b->i)
		return a->i < b->i ? -1 : 1;
	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

void
chunk_list_sorted(const struct chunk_list *l, struct chunk *out)
{
	const struct chunk_block *b = l->tail;
	size_t n = 0;
	bool is_sorted = true;

	while (n < l->n) {
		b = b->next;
		memcpy(out + n, b->c, b->n * sizeof(*out));
		n += b->n;
	}
	for (size_t k = 1; k < n && is_sorted; k++)
		is_sorted = by_index(&out[k - 1], &out[k]) <= 0;
	if (!is_sorted)
		qsort(out, n, sizeof(*out), by_index);
}

struct chunk
chunk_pack(const struct chunk_event *e)
{
	struct chunk c;

	assert(e->t_ns >= 0 && e->kind < 16 && e->flags < 256);
	c.when = (uint64_t)e->t_ns << 12 | (uint64_t)e->kind << 8 | e->flags;
	c.i = (uint32_t)e->i;
	c.bytes = e->bytes > UINT32_MAX ? UINT32_MAX : (uint32_t)e->bytes;
	return c;
}

#define UNSURE_NS INT64_C(62500)	/* the fourth doubling is 1 ms */

unsigned
chunk_unsure(int64_t early_ns)
{
	unsigned n = 0;

	while (n < 15 && early_ns > (n == 0 ? 0 : UNSURE_NS << n))
		n++;
	return n << 4;
}

int64_t
chunk_unsure_ns(struct chunk c)
{
	unsigned n = chunk_flags(c) >> 4;

	return n == 0 ? 0 : UNSURE_NS << n;
}

int64_t
chunk_t(struct chunk c)
{
	return (int64_t)(c.when >> 12);
}

enum chunk_kind
chunk_kind(struct chunk c)
{
	return (enum chunk_kind)(c.when >> 8 & 15);
}

unsigned
chunk_flags(struct chunk c)
{
	return (unsigned)(c.when & 255);
}

bool
chunk_has_token(struct chunk c)
{
	return chunk_is_token(chunk_kind(c)) && c.bytes > 0;
}
