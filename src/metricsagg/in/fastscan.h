#ifndef LMG_METRICSAGG_IN_FASTSCAN_H
#define LMG_METRICSAGG_IN_FASTSCAN_H

/*
 * The hot path: nearly all lines are chunks, samples, steps, requests and
 * responses as our own tools write them.  This reads those, and nothing else,
 * without building a tree.
 *
 * It knows one layout (the keys in the order of their table, no white space,
 * no escapes, counts of at most 15 digits); on anything else it says no, and
 * the line goes through cJSON.  What it accepts it reads as the slow path
 * does: a fuzz target holds the two side by side.
 */

#include <stdbool.h>
#include <stddef.h>

#include "chunk.h"
#include "names.h"
#include "ndjson.h"
#include "raw.h"

/* Is the line such a chunk record?  If so, *e is filled; run is a view.  Of
 * chunks there are most: their layout is known here by heart. */
bool fastscan_chunk(const char *line, size_t len, struct chunk_event *e);

/* What is kept from line to line; begin with { .names = ... }. */
struct fastscan {
	struct names *names;
	struct buf line;		/* the texts of a row are views of it */
	struct buf object;	/* the last member object, as it stood */
	const char *kept;		/* and as it is kept */
};
void fastscan_fini(struct fastscan *f);

/* A record read: its texts last until the next. */
struct fastrecord {
	enum record_type type;
	const char *run;
	int64_t t_ns;
	union raw_any row;
};

/* Is the line such a record, but a chunk?  If so, *out is filled. */
bool fastscan_record(struct fastscan *f, struct slice line,
    struct fastrecord *out);

#endif
