#ifndef LMG_METRICSAGG_IN_CHUNK_H
#define LMG_METRICSAGG_IN_CHUNK_H

/*
 * The stream events of one request in 16 bytes each, kept until all input is
 * read: lines may come in any order, so nothing can be concluded before.
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

_Static_assert(sizeof(struct chunk) == 16, "16 bytes per chunk");

/* A chunk record, taken apart.  run is a view into the line. */
struct chunk_event {
	const char *run;
	size_t run_len;
	int64_t t_ns, req, i, bytes;
	enum chunk_kind kind;
	unsigned flags;
};

struct chunk_list {
	struct chunk *c;
	uint32_t n, cap;
};

void chunk_list_fini(struct chunk_list *l);
void chunk_list_add(struct chunk_list *l, struct chunk c);

struct chunk_list chunk_list_copy(const struct chunk_list *l);

/* By i, then by time. */
void chunk_list_sort(struct chunk_list *l);

/*
 * The flags of a chunk that may have come so much earlier (early_ns), and by
 * how much that can be, rounded up: 1 ms times a power of two, at most 2 s.
 */
unsigned chunk_unsure(int64_t early_ns);
int64_t chunk_unsure_ns(struct chunk c);

/* e->t_ns is not negative. */
struct chunk chunk_pack(const struct chunk_event *e);
int64_t chunk_t(struct chunk c);
enum chunk_kind chunk_kind(struct chunk c);
unsigned chunk_flags(struct chunk c);

/* Does c carry text of the model? */
bool chunk_has_token(struct chunk c);

#endif
