#ifndef LMG_FASTSCAN_H
#define LMG_FASTSCAN_H

/*
 * The hot path: nine of ten lines are chunk records as lmsdrive writes them.
 * This reads those, and nothing else, without building a tree.  Pure.
 *
 * It knows one layout (these keys in this order, no white space, no escapes,
 * plain integers); on anything else it says no, and the line goes through
 * cJSON.  What it accepts it reads as the slow path does: a fuzz
 * target holds the two side by side.
 */

#include <stdbool.h>
#include <stddef.h>

#include "chunk.h"

/* Is the line such a chunk record?  If so, *e is filled; run is a view. */
bool fastscan_chunk(const char *line, size_t len, struct chunk_event *e);

#endif
