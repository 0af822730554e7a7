#ifndef LMG_TESTS_LMSIM_HEAP_H
#define LMG_TESTS_LMSIM_HEAP_H

/* Timers: a binary heap of instants, earliest on top. */

#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t due_ns;
	size_t at;		/* place in the heap + 1; 0: not set */
};

struct heap {
	struct timer **items;
	size_t n, cap;
};

void heap_fini(struct heap *h);

/* Set t (borrowed until it fires or is cleared) to due_ns, or move it. */
void heap_set(struct heap *h, struct timer *t, int64_t due_ns);
void heap_clear(struct heap *h, struct timer *t);

/* The earliest instant, or INT64_MAX. */
int64_t heap_next(const struct heap *h);

/* Take the top off if it is due at now_ns, else NULL. */
struct timer *heap_pop(struct heap *h, int64_t now_ns);

#endif
