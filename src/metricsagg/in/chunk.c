#include "chunk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stats/order.h"
#include "xalloc.h"

/* Most requests that are many have few.  What derive.h makes of a request comes
 * in their place, and is about as large. */
enum { FIRST = 3, MANY = 32 };

void
chunk_list_fini(struct chunk_list *l)
{
	free(l->c);
	memset(l, 0, sizeof(*l));
}

void
chunk_list_add(struct chunk_list *l, struct chunk c)
{
	if (l->n == l->cap) {
		l->cap += l->cap == 0 ? FIRST :
		    l->cap < MANY ? l->cap : l->cap / 4;
		l->c = xreallocarray(l->c, l->cap, sizeof(c));
	}
	l->c[l->n++] = c;
}

struct chunk_list
chunk_list_copy(const struct chunk_list *l)
{
	struct chunk_list copy = { NULL, l->n, l->n };

	copy.c = xreallocarray(NULL, l->n, sizeof(*l->c));
	if (l->n > 0)
		memcpy(copy.c, l->c, l->n * sizeof(*l->c));
	return copy;
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
chunk_list_sort(struct chunk_list *l)
{
	order_rows(l->c, l->n, sizeof(*l->c), by_index);
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
