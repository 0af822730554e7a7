#ifndef LMG_METRICSAGG_EMIT_AGGREGATE_H
#define LMG_METRICSAGG_EMIT_AGGREGATE_H

/* Tables in, metric records out. */

#include "in/tables.h"

/* Write everything in out to stdout, and empty it. */
void aggregate_flush(struct buf *out);

/* Which runs are written with records of each request: of many requests these
 * are longer than what was read. */
enum samples { SAMPLES_OF_FEW, SAMPLES_NEVER, SAMPLES_ALWAYS };
enum { SAMPLES_FEW = 500 };

/*
 * Append the metric records of everything in t to out; flush (may be NULL) is
 * called now and then to empty it.  The tables are used up.  Returns EXIT_DONE,
 * or EXIT_INPUT when there was nothing to work on or a run was refused (after a
 * message).
 */
int aggregate_write(struct tables *t, enum samples samples, struct buf *out,
    void (*flush)(struct buf *));

/* Is r of a format version we do not know?  If so, it is said. */
bool aggregate_refuses(const struct run *r);

#endif
