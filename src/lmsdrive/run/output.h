#ifndef LMG_LMSDRIVE_RUN_OUTPUT_H
#define LMG_LMSDRIVE_RUN_OUTPUT_H

/*
 * The record stream of a run.  Records are appended to a queue and written
 * when the reader takes them, so writing never waits; see outq.h.  Instants
 * are given on the monotonic clock and written relative to the run's origin.
 */

#include <stdbool.h>
#include <stdint.h>

#include "outq.h"
#include "raw.h"

struct output {
	struct outq q;
	char run[RECORD_RUN_ID_CAP];
	int64_t origin_ns;	/* monotonic clock at t_ns 0 */
	int64_t records;	/* written so far */
};

/* A new run on descriptor fd, whose origin is now. */
void output_init(struct output *o, int fd);
void output_fini(struct output *o);

/* Begin a record; its members follow with json_*(), then output_end(). */
void output_begin(struct output *o, struct json *j, const char *type,
    int64_t at_ns);
void output_end(struct output *o, struct json *j);

/* A record by its table (raw.h). */
void output_row(struct output *o, enum record_type type, int64_t at_ns,
    const void *row, unsigned cases);

/* An instant as t_ns, or -1 (not known) when at_ns is negative. */
int64_t output_t(const struct output *o, int64_t at_ns);

/* A note record, of now. */
void output_note(struct output *o, const char *level, const char *code,
    int64_t step, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

struct chunk_record {
	int64_t at_ns, req, i;
	enum chunk_kind kind;
	size_t bytes;
	double progress;	/* NAN: null */
	bool coalesced;
	int64_t callback_ns, early_ns;	/* -1: left out */
};

/* A chunk record, by hand: there are hundreds of thousands of them. */
void output_chunk(struct output *o, const struct chunk_record *c);

#endif
