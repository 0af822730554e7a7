#ifndef LMG_AGGREGATE_H
#define LMG_AGGREGATE_H

/* Raw records in, metric records out. */

#include "ndjson.h"
#include "tables.h"

struct input_options {
	char **files;		/* n of them; none: standard input */
	int n;
};

/*
 * Read all input into t.  Bad lines are reported (the first few by file and
 * line) and counted in t->tally.  Returns EXIT_DONE, EXIT_INPUT when a line
 * was not understood, EXIT_SYSTEM when a file could not be read.
 */
int aggregate_read(struct tables *t, const struct input_options *in);

/*
 * Is line, just read from in, the incomplete last line of a stream that was
 * cut off?  (No newline, and no JSON.)
 */
bool aggregate_is_cut(const struct ndjson *in, struct slice line);

/*
 * Write the metric records of everything in t to stdout.  Returns EXIT_DONE,
 * or EXIT_INPUT when there was nothing to work on or a run was refused.
 */
int aggregate_write(struct tables *t);

#endif
