#ifndef LMG_AGGREGATE_H
#define LMG_AGGREGATE_H

/* Tables in, metric records out. */

#include "in/tables.h"

/* Write everything in out to stdout, and empty it. */
void aggregate_flush(struct buf *out);

/* Is r of a format version we do not know?  (Said in a message.) */
bool aggregate_refuses(const struct run *r);

/* Append the end record: of run (NULL: of several), after so many records. */
void aggregate_end(struct buf *out, const char *run, uint64_t records);

/*
 * Append the metric records of everything in t to out; flush (may be NULL) is
 * called now and then to empty it.  The tables are used up.  Returns
 * EXIT_DONE, or EXIT_INPUT when there was nothing to work on or a run was
 * refused (after a message).
 */
int aggregate_write(struct tables *t, struct buf *out,
    void (*flush)(struct buf *));

#endif
