#ifndef LMG_LMSDRIVE_PLAN_REQUESTS_H
#define LMG_LMSDRIVE_PLAN_REQUESTS_H

/* The requests of one scenario in one visit of a variant. */

#include "plan_maker.h"

/* Does sc send several requests side by side, at this many load levels? */
size_t requests_levels(const struct scenario *sc);

/*
 * The steps of scenario sc in this visit: repetitions (or reload cycles) first
 * to first + share - 1, from 0.
 */
void requests_emit(struct maker *m, const struct scenario *sc, int64_t first,
    int64_t share);

#endif
