#ifndef LMG_METRICSAGG_IN_INTAKE_H
#define LMG_METRICSAGG_IN_INTAKE_H

/* One line of input into the tables. */

#include "ndjson.h"
#include "tables.h"

enum intake_result {
	INTAKE_OK,
	INTAKE_IGNORED,		/* of no type we know */
	INTAKE_NOT_JSON,
	INTAKE_GLUED,		/* cut off; the record behind it was taken */
	INTAKE_BAD_RECORD	/* a known type with a key missing or wrong */
};

/*
 * Add the record in line.  *why, when the result is bad, says what is wrong
 * (static text).  The tally counts what is returned; nothing is printed.
 */
enum intake_result intake_line(struct tables *t, struct slice line,
    const char **why);

/* The slow path alone, for comparison with fastscan.h. */
enum intake_result intake_line_slow(struct tables *t, struct slice line,
    const char **why);

#endif
