#ifndef LMG_METRICSAGG_IN_TAKE_H
#define LMG_METRICSAGG_IN_TAKE_H

/* A record, parsed, into the rows of its type. */

#include "ndjson.h"
#include "tables.h"

struct take {
	struct tables *t;
	struct run *r;
	enum record_type type;
	union raw_any *row;
	const cJSON *o;			/* NULL: row was read without one */
	struct slice line;
	uint64_t digest;		/* of the line */
	int64_t t_ns;
	const char *why;		/* it is not taken (static text) */
};

/* Read the record c->o into c->row. */
void take_read(struct take *c);

/* Add the record c->row of c->r; -1, and why, when a key is missing or
 * wrong. */
int take_record(struct take *c);

/* The same of a sample. */
int take_mem(struct take *c);

/* When the record was written; -1: no integer from 0 to 2^52. */
int64_t take_t_ns(const cJSON *o);

/* The chunk record in tree o; false (and *why) when it is none. */
bool take_chunk_event(const cJSON *o, struct chunk_event *e, const char **why);

#endif
