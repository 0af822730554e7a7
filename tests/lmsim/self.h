#ifndef LMG_TESTS_LMSIM_SELF_H
#define LMG_TESTS_LMSIM_SELF_H

/* self_linux.c, self_darwin.c: where this program's own file is. */

#include <stddef.h>

/* The absolute path of the running program into out; 0 or -1. */
int self_path(char *out, size_t cap);

/* Ask for timers without slack (best effort). */
void self_sharp_timers(void);

#endif
