#ifndef LMG_METRICSAGG_STATS_FURTHER_H
#define LMG_METRICSAGG_STATS_FURTHER_H

/*
 * How many more rounds would decide?  Pure.
 *
 * What the rounds so far leave open is drawn FURTHER_FUTURES times: a spread
 * and a mean that could have given them (normal rounds, no opinion before),
 * and with these one round after the other until the test of rounds.h decides.
 * The answer is the number of rounds that is within a factor of two of most of
 * these futures, and none where that is less than FURTHER_SURE of them: after
 * few rounds, or where nothing differs much, nobody can tell.
 */

#include "rounds.h"

#define FURTHER_SURE 0.9

enum {
	FURTHER_FUTURES = 500,
	FURTHER_FAR = 100	/* no future is followed for longer */
};

/* More rounds than r has, which are not decided; NAN: it cannot be told. */
double further_rounds(const struct rounds *r);

#endif
