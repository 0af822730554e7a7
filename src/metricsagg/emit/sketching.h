#ifndef LMG_SKETCHING_H
#define LMG_SKETCHING_H

/*
 * Metrics in bounded memory, for streams that never end: a request is summed
 * up into sketches (sketch.h, within 1 % of the value) when its response
 * arrives, a memory sample at once, and both are forgotten.  Records must
 * come in order.  What needs single requests (samples, comparisons, leak
 * verdicts) is not available.
 */

#include "buf.h"
#include "in/tables.h"

struct sketching;

/* t must have is_bounded set; it is borrowed. */
struct sketching *sketching_new(struct tables *t);
void sketching_free(struct sketching *s);

/* A line was read into the tables: take from them what is complete. */
void sketching_take(struct sketching *s);

/* Append the metric records; as aggregate_write(). */
int sketching_write(struct sketching *s, struct buf *out,
    void (*flush)(struct buf *));

#endif
