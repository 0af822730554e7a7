#ifndef LMG_METRICSAGG_IN_PARTIAL_H
#define LMG_METRICSAGG_IN_PARTIAL_H

/*
 * Part of an input, condensed (condense.h) so that parts can be merged: exact
 * percentiles need every chunk, but only its sixteen bytes.  Chunk records
 * become "chunks" records, up to PARTIAL_CHUNKS of one request in one line;
 * all other lines are passed on as they are.  Reading parts in any order, also
 * mixed with raw records, gives the same bytes as reading the raw records at
 * once.
 *
 *	{"type":"chunks","run":R,"t_ns":T,"req":N,"data":[DI,DT,K,BYTES,...]}
 *
 * Four numbers per chunk: i and t_ns as differences to the chunk before (the
 * first: to 0 and to T), kind * 16 + flags (chunk.h), bytes.
 *
 *	{"type":"partial","run":null,"t_ns":0,"too_long":N,"cut":N}
 *
 * Lines that could not be passed on, counted.
 */

#include "tables.h"

enum { PARTIAL_CHUNKS = 1000 };

/* Add a chunks record; -1 when it is not one. */
int partial_take_chunks(struct tables *t, const cJSON *o, const char *run,
    int64_t t_ns);

/* Add the counts of a partial record. */
void partial_take_counts(struct tables *t, const cJSON *o);

#endif
