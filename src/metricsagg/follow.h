#ifndef LMG_METRICSAGG_FOLLOW_H
#define LMG_METRICSAGG_FOLLOW_H

/*
 * A line about the run in progress on stderr: on a terminal it is redrawn
 * (statusline.h), elsewhere a plain line comes every ten seconds.
 */

#include "in/tables.h"

struct follow;

struct follow *follow_new(void);

/* The last line, and release. */
void follow_free(struct follow *l, const struct tables *t);

/* A line was read into t; print when it is time. */
void follow_line(struct follow *l, const struct tables *t);

#endif
