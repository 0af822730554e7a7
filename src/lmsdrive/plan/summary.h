#ifndef LMG_SUMMARY_H
#define LMG_SUMMARY_H

/* A plan as a table for people: what would be done, and how long about. */

#include <stdint.h>
#include <stdio.h>

#include "plan.h"

/* Print the summary of the plan to fp.  Returns the number of its steps. */
int64_t summary_print(FILE *fp, const struct config *c,
    const struct plan_select *sel);

#endif
