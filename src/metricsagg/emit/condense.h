#ifndef LMG_METRICSAGG_EMIT_CONDENSE_H
#define LMG_METRICSAGG_EMIT_CONDENSE_H

/* metricsagg --partial: raw records in, the records of partial.h out. */

#include "in/input.h"

/* Condense the input to stdout.  Returns an exit status. */
int condense_write(const struct input *in);

#endif
