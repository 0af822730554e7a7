#ifndef LMG_LMSDRIVE_PLAN_SUMMARY_H
#define LMG_LMSDRIVE_PLAN_SUMMARY_H

/* A plan as a table for people: what would be done, and how long about. */

#include <stdint.h>
#include <stdio.h>

#include "plan.h"

/* How long the n steps take at the speeds assumed, in seconds, and how large
 * their records get, in bytes. */
void summary_cost(const struct step *steps, size_t n, double *seconds,
    double *bytes);

/* The speeds that are assumed for that, in tokens per second. */
enum { SUMMARY_DECODE_TPS = 20, SUMMARY_PREFILL_TPS = 200 };

/* From so many seconds on a suite is long: whoever types it is asked first, and
 * told of a shorter way. */
enum { SUMMARY_LONG_S = 3600 };

/* "3 h 07 min", into out (cap bytes).  Returns out. */
char *summary_duration(char *out, size_t cap, double seconds);

/* Print the summary of the plan to fp.  Returns the number of its steps. */
int64_t summary_print(FILE *fp, const struct config *c,
    const struct plan_select *sel);

#endif
