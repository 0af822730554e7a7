#include "chunk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stats/order.h"
#include "xalloc.h"

/*
 * The words of a list are the instant of the last chunk, the i behind it, and
 * the chunks: one that has this i is a word of what it is later than the one
 * before, its kind and flags, and its bytes, if they fit; others are marked,
 * bytes and i, and then struct chunk.when.
 */
#define LONG (UINT64_C(1) << 63)
enum { WHAT_BITS = 12, BYTES_BITS = 7, LATER_BITS = 44 };
_Static_assert(WHAT_BITS + BYTES_BITS + LATER_BITS == 63, "beside LONG");

/* Most requests that are many have few.  What derive.h makes of a request comes
 * in their place, and is about as large. */
enum { HEAD = 2, FIRST = 7, FURTHER = 2 };

void
chunk_list_fini(struct chunk_list *l)
{
	free(l->w);
	memset(l, 0, sizeof(*l));
}

static void
add_word(struct chunk_list *l, uint64_t word)
{
	if (l->n == l->cap) {
		l->cap += l->cap == 0 ? FIRST : FURTHER + l->cap / 8 * 2;
		l->w = xreallocarray(l->w, l->cap, sizeof(*l->w));
	}
	l->w[l->n++] = word;
}

void
chunk_list_add(struct chunk_list *l, struct chunk c)
{
	uint64_t t = c.when >> WHAT_BITS, later;

	if (l->n == 0)
		for (int i = 0; i < HEAD; i++)
			add_word(l, 0);
	later = t - l->w[0];	/* huge if it is earlier */
	if (c.i == l->w[1] && later >> LATER_BITS == 0 &&
	    c.bytes >> BYTES_BITS == 0) {
		add_word(l, (later << WHAT_BITS | (c.when & ((1 << WHAT_BITS) -
		    1))) << BYTES_BITS | c.bytes);
	} else {
		add_word(l, LONG | (uint64_t)c.bytes << 32 | c.i);
		add_word(l, c.when);
	}
	l->w[0] = t;
	l->w[1] = (uint64_t)c.i + 1;
}

struct chunk_list
chunk_list_copy(const struct chunk_list *l)
{
	struct chunk_list copy = { NULL, l->n, l->n };

	copy.w = xreallocarray(NULL, l->n, sizeof(*l->w));
	if (l->n > 0)
		memcpy(copy.w, l->w, l->n * sizeof(*l->w));
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

struct chunk *
chunk_list_sorted(const struct chunk_list *l, size_t *n)
{
	struct chunk *all = xreallocarray(NULL, l->n, sizeof(*all));
	struct chunk c = { 0, UINT32_MAX, 0 };
	uint64_t w;

	*n = 0;
	for (uint32_t i = HEAD; i < l->n; i++) {
		w = l->w[i];
		if (w & LONG) {
			c.i = (uint32_t)w;
			c.bytes = (uint32_t)((w & ~LONG) >> 32);
			c.when = l->w[++i];
		} else {
			c.i++;
			c.bytes = w & ((1 << BYTES_BITS) - 1);
			w >>= BYTES_BITS;
			c.when = (c.when >> WHAT_BITS << WHAT_BITS) + w;
		}
		all[(*n)++] = c;
	}
	order_rows(all, *n, sizeof(*all), by_index);
	return all;
}

struct chunk
chunk_pack(const struct chunk_event *e)
{
	struct chunk c;

	assert(e->t_ns >= 0 && e->kind < 16 && e->flags < 256);
	c.when = (uint64_t)e->t_ns << 12 | (uint64_t)e->kind << 8 | e->flags;
	c.i = (uint32_t)e->i;
	c.bytes = e->bytes > INT32_MAX ? INT32_MAX : (uint32_t)e->bytes;
	return c;
}

unsigned
chunk_unsure(int64_t early_ns)
{
	unsigned n = 0;

	while (n < 15 && early_ns > (n == 0 ? 0 : CHUNK_UNSURE_NS << n))
		n++;
	return n << 4;
}
