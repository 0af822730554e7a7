#ifndef LMG_LMSDRIVE_CONFIG_TOOLS_H
#define LMG_LMSDRIVE_CONFIG_TOOLS_H

/*
 * An agent's conversation, as agent.h has it, and the tools of one that has
 * none of its own: those of a file system, a
 * shell, a calendar and the like, with the shapes of arguments that occur.
 * Their order and a word before each name follow from the seed, so that no two
 * conversations begin alike; behind the last they come again, with another
 * word.  Pure.
 */

#include <stdint.h>

#include "scenario.h"

/* tools: how many of those, or a list of one's own; what is said last counts.
 * Returns 0, or -1 after a message. */
int tools_read(struct scenario_agent *a, struct ynode map);

/* What the conversation of that seed is; free(). */
char *tools_agent(const struct scenario_agent *a, uint64_t seed);

#endif
