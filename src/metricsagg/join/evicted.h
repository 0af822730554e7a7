#ifndef LMG_METRICSAGG_JOIN_EVICTED_H
#define LMG_METRICSAGG_JOIN_EVICTED_H

/*
 * Was a model out of memory within a visit, and back for a request?  Some
 * servers tell: of a load in an answer, or that it sleeps (the note asleep).
 * Not all that put a model to sleep or evict it for another do, and the system
 * reclaims mapped pages unasked; then its memory tells.
 */

#include "visits.h"

/*
 * What a sample says that a server holds, in bytes: rss, or footprint and the
 * mapped files (macOS), and GPU memory.
 */
double evicted_held(const struct mem_row *m);

/*
 * The least that the server of a visit that has a load held from just before
 * that to its end, without the model; 0 where that is not known, or it had the
 * model before.
 */
double evicted_before_load(const struct visit *at);

/*
 * Take from the requests of r, joined with its visits and samples, that had to
 * wait until the model was in memory again (is_evicted) what that is a part of:
 * the times to the first byte and token, the whole, and the rates over them.
 *
 * By its memory it was gone when half of its bytes had left, and what was held
 * then was less than them all, or than a quarter of them above what the server
 * held before the load; it was back when half of them were.
 */
void evicted_requests(struct run *r);

#endif
