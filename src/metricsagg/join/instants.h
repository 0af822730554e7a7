#ifndef LMG_METRICSAGG_JOIN_INSTANTS_H
#define LMG_METRICSAGG_JOIN_INSTANTS_H

/* The chunks of one request -> when what came, and the gaps between tokens. */

#include "in/tables.h"

/* Not after at (-1: there is none), and by so much earlier at most. */
struct moment {
	int64_t at, unsure;
};

struct instants {
	struct moment first, last;	/* of any kind */
	struct moment first_token, first_answer, last_token;
	struct moment prefill_begin, prefill_end;
	struct moment first_burst;	/* its last token; at is the first's */
	int64_t n_tokens, n_first;	/* chunks; of the first burst */
	int64_t bytes, first_bytes;	/* of the tokens; of the first burst */
	int64_t bursts;
	int64_t n_coalesced, n_late, n_unsure;	/* chunks, see struct derived */
	double *gap_s, *sorted;		/* in time order, and ascending */
	size_t n_gaps;
	double least_stall_s;	/* one that is not known was so long, or 0 */
	bool is_bursty;
	struct chunk_faults faults;
};

/* Of copies one counts. */
void instants_of(struct instants *t, const struct chunk_list *chunks);
void instants_fini(struct instants *t);

#endif
