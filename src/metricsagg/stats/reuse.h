#ifndef LMG_METRICSAGG_STATS_REUSE_H
#define LMG_METRICSAGG_STATS_REUSE_H

/*
 * Does a prompt cache survive a conversation?  Pure.
 *
 * The prompt of a turn begins with the prompt of the turn before, so a cache
 * that is kept leaves only what is new to be processed.  A turn is kept when at
 * least REUSE_KEPT_SHARE of the prompt before it was reused, lost when less
 * than REUSE_LOST_SHARE was.  The first turn that is not kept decides: lost
 * there, or partly.
 *
 * Where the server tells no counts, the times to the first token do, by a fit
 * that is paired over conversations.  A turn of conversation i that had p
 * tokens to process took
 *
 *	s_i (h + p)
 *
 * with a speed s_i of its own for each conversation, which takes up what
 * differs between loads and minutes, and an overhead h, in tokens, for all.
 * How many tokens were left to process is what each of these says: all of the
 * earlier prompt reused in each turn (with the answer to it, or without); the
 * same, but nothing in turn k, or from turn k on; the first n tokens reused.
 * The one with the least sum of absolute logarithms of measured over fitted
 * (which stalls do not move) is the verdict, if no other verdict comes near:
 * the others must fit worse by REUSE_APART times the mean misfit and the root
 * of the number of turns, and by REUSE_LEAST a turn in the mean (between lost
 * and partly: REUSE_LEAST_LOST).  Else it cannot be told.  "make calibrate"
 * measures how often that is wrong.
 */

#include <stddef.h>
#include <stdint.h>

#include "words.h"

#define REUSE_KEPT_SHARE 0.8
#define REUSE_LOST_SHARE 0.1
#define REUSE_APART 2.0
#define REUSE_LEAST 0.03
#define REUSE_LEAST_LOST 0.01

struct reuse_turn {
	uint32_t conversation;	/* from 0; its turns are neighbours */
	uint32_t turn;		/* from 1, rising within a conversation */
	double all;		/* tokens of the prompt */
	double before;		/* of the prompt of the turn before, 0: none */
	double answer;		/* of the answer to that */
	double ttft_s, cached;	/* NAN: not measured, not told */
};

struct reuse {
	enum reuse_verdict verdict;
	uint32_t lost_at;	/* turn; 0 unless lost */
	double kept_tokens;	/* so many are reused; NAN unless partly */
	double overhead;	/* h, the fit's; NAN: none */
	double answer;		/* 1: the answer before it is reused, too; 0 */
	double token_s;		/* median of the s_i; NAN: none */
};

/* What of the prompt before a turn was reused, by the server's count; NAN: it
 * does not tell, or the turn is the first. */
double reuse_share(const struct reuse_turn *t);

/* By the server's counts of cached tokens; not told below two turns that have
 * one. */
struct reuse reuse_told(const struct reuse_turn *t, size_t n);

/* By the times alone; not told below two conversations of three turns. */
struct reuse reuse_timed(const struct reuse_turn *t, size_t n);

#endif
