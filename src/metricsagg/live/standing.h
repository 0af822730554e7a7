#ifndef LMG_METRICSAGG_LIVE_STANDING_H
#define LMG_METRICSAGG_LIVE_STANDING_H

/*
 * How the pairs of a run in progress stand, kept up to date record by record:
 * rounds, and the memory of each variant's server.
 */

#include "in/tables.h"

struct standing_variant {
	const char *name;
	size_t visits;		/* in which something was answered */
	int64_t block;		/* of the last of them */
	double bytes, peak;	/* memory; NAN: not measured */
};

struct standing_pair {
	const char *name;
	struct standing_variant *v;
	size_t n, cap;
};

struct standing {
	struct standing_pair *v;	/* in the order they came */
	size_t n, cap;
	const struct raw_step *at;	/* what is done now, or NULL */
	size_t steps, mems;		/* rows seen so far */
	uint64_t chunks;
};

void standing_fini(struct standing *s);

/* Records were added to r, the same run as before. */
void standing_take(struct standing *s, const struct run *r);

/* Rounds that are whole: visits that every variant has behind it.  (Two
 * variants at least; else visits.) */
size_t standing_rounds(const struct standing *s,
    const struct standing_pair *p);

#endif
