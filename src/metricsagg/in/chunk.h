#ifndef LMG_METRICSAGG_IN_CHUNK_H
#define LMG_METRICSAGG_IN_CHUNK_H

/*
 * The stream events of one request, kept until all input is read: lines may
 * come in any order, so nothing can be concluded before.  Most take 8 bytes,
 * those that do not follow the one before 16.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

enum chunk_flag {
	CHUNK_COALESCED = 1,	/* came in the same read as the one before */
	CHUNK_LATE = 2,		/* our own reader was late (callback_ns) */
	CHUNK_START = 4,	/* progress 0: the phase begins */
	CHUNK_FINISH = 8,	/* progress 1: the phase is over */
	CHUNK_UNSURE = 0xf0	/* chunk_unsure(): it may have come earlier */
};

struct chunk {
	uint64_t when;		/* t_ns << 12 | kind << 8 | flags */
	uint32_t i;
	uint32_t bytes;		/* capped */
};

/* A chunk record, taken apart.  run is a view into the line. */
struct chunk_event {
	const char *run;
	size_t run_len;
	int64_t t_ns, req, i, bytes;
	enum chunk_kind kind;
	unsigned flags;
};

struct chunk_list {
	uint64_t *w;		/* n of them: see chunk.c; heap */
	uint32_t n, cap;
};

void chunk_list_fini(struct chunk_list *l);
void chunk_list_add(struct chunk_list *l, struct chunk c);

struct chunk_list chunk_list_copy(const struct chunk_list *l);

/* All *n of them by i, then by time; free() it. */
struct chunk *chunk_list_sorted(const struct chunk_list *l, size_t *n);

/*
 * The flags of a chunk that may have come so much earlier (early_ns), and by
 * how much that can be, rounded up: 1 ms times a power of two, at most 2 s.
 */
unsigned chunk_unsure(int64_t early_ns);

/* e->t_ns is not negative. */
struct chunk chunk_pack(const struct chunk_event *e);

/* What is asked of each chunk several times. */

static inline int64_t
chunk_t(struct chunk c)
{
	return (int64_t)(c.when >> 12);
}

static inline enum chunk_kind
chunk_kind(struct chunk c)
{
	return (enum chunk_kind)(c.when >> 8 & 15);
}

static inline unsigned
chunk_flags(struct chunk c)
{
	return (unsigned)(c.when & 255);
}

#define CHUNK_UNSURE_NS INT64_C(62500)	/* the fourth doubling is 1 ms */

static inline int64_t
chunk_unsure_ns(struct chunk c)
{
	unsigned n = chunk_flags(c) >> 4;

	return n == 0 ? 0 : CHUNK_UNSURE_NS << n;
}

/* Does c carry text of the model? */
static inline bool
chunk_has_token(struct chunk c)
{
	return c.bytes > 0 && chunk_is_token(chunk_kind(c));
}

#endif
