#ifndef LMG_MKREPORT_READ_PARAMS_H
#define LMG_MKREPORT_READ_PARAMS_H

/*
 * What the parameter count a server tells says of a mixture of experts:
 *
 *   30B-A3B   30B in total, 3B active per token
 *   17Bx16E   17B active per token, 16 experts; the total is not told
 *   8x22B     8 experts of 22B, which share parts: the total is less than 176B
 *
 * Anything else tells neither.
 */

#include <stdbool.h>

struct params {
	double total;		/* NAN when not told */
	double active;		/* per token; NAN when not told */
	double experts;		/* how many; NAN when not told */
	double expert;		/* parameters of one; NAN when not told */
};

/* Read text (which may be NULL); false when it has none of the forms. */
bool params_read(struct params *p, const char *text);

#endif
