#ifndef LMG_LMSDRIVE_CONFIG_TOOLS_H
#define LMG_LMSDRIVE_CONFIG_TOOLS_H

/*
 * The tools of an agent that has none of its own: those of a file system, a
 * shell, a calendar and the like, with the shapes of arguments that occur.
 * Their order and a word before each name follow from the seed, so that no two
 * conversations begin alike; behind the last they come again, with another
 * word.  Pure.
 */

#include <stdint.h>

#include "json.h"

enum { TOOLS_MOST = 64 };

/* Append n tools, as agent.h has them, to the open array of j. */
void tools_write(struct json *j, int64_t n, uint64_t seed);

#endif
