#ifndef LMG_METRICSAGG_JOIN_SAMPLES_H
#define LMG_METRICSAGG_JOIN_SAMPLES_H

/* The memory samples of a run. */

#include "visits.h"

/* Put them in order (copies go), and give each visit those of its server. */
void samples_join(struct run *r);

#endif
