#include "heap.h"

#include <stdlib.h>

#include "xalloc.h"

void
heap_fini(struct heap *h)
{
	free(h->items);
	h->items = NULL;
	h->n = h->cap = 0;
}

static void
put(struct heap *h, size_t i, struct timer *t)
{
	h->items[i] = t;
	t->at = i + 1;
}

static void
sift_up(struct heap *h, size_t i, struct timer *t)
{
	size_t parent;

	while (i > 0) {
		parent = (i - 1) / 2;
		if (h->items[parent]->due_ns <= t->due_ns)
			break;
		put(h, i, h->items[parent]);
		i = parent;
	}
	put(h, i, t);
}

static void
sift_down(struct heap *h, size_t i, struct timer *t)
{
	size_t child;

	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n && h->items[child + 1]->due_ns <
		    h->items[child]->due_ns)
			child++;
		if (t->due_ns <= h->items[child]->due_ns)
			break;
		put(h, i, h->items[child]);
		i = child;
	}
	put(h, i, t);
}

void
heap_clear(struct heap *h, struct timer *t)
{
	struct timer *last;
	size_t i;

	if (t->at == 0)
		return;
	i = t->at - 1;
	t->at = 0;
	last = h->items[--h->n];
	if (last == t)
		return;
	if (i > 0 && h->items[(i - 1) / 2]->due_ns > last->due_ns)
		sift_up(h, i, last);
	else
		sift_down(h, i, last);
}

void
heap_set(struct heap *h, struct timer *t, int64_t due_ns)
{
	heap_clear(h, t);
	t->due_ns = due_ns;
	h->items = xgrow(h->items, h->n, &h->cap, sizeof(*h->items));
	sift_up(h, h->n++, t);
}

int64_t
heap_next(const struct heap *h)
{
	return h->n > 0 ? h->items[0]->due_ns : INT64_MAX;
}

struct timer *
heap_pop(struct heap *h, int64_t now_ns)
{
	struct timer *t;

	if (h->n == 0 || h->items[0]->due_ns > now_ns)
		return NULL;
	t = h->items[0];
	heap_clear(h, t);
	return t;
}
