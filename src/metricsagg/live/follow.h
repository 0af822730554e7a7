#ifndef LMG_METRICSAGG_LIVE_FOLLOW_H
#define LMG_METRICSAGG_LIVE_FOLLOW_H

/*
 * The run in progress, on stderr: on a terminal a few lines that are redrawn
 * in place, elsewhere one at its end.
 */

#include "in/tables.h"

struct follow;

struct follow *follow_new(void);

/* A line was read into t, or there is nothing more at the moment: show how it
 * stands when it is time. */
void follow_line(struct follow *f, struct tables *t);
void follow_wait(struct follow *f, struct tables *t);

/* How it stood at last, and release. */
void follow_free(struct follow *f, struct tables *t);

#endif
