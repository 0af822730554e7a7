#ifndef LMG_METRICSAGG_JUDGE_OTHERS_H
#define LMG_METRICSAGG_JUDGE_OTHERS_H

/*
 * Who else was at work: the CPU time of the machine less that of the servers'
 * processes, while a visit was measured.  Pure.
 */

#include "join/link.h"

/* Less than this of a visit seen says nothing: counters go in steps of 10
 * ms. */
#define OTHERS_SEEN_NS INT64_C(2000000000)

/*
 * Cores that other programs kept busy from the end of the load of at to its
 * unload, our own tools' mean apart; never below 0, NAN where not enough was
 * seen.
 */
double others_cores(const struct run *r, const struct visit *at);

/* Is so much felt on this machine: three tenths of a core, and a twentieth of
 * all? */
bool others_are_felt(const struct run *r, double cores);

#endif
