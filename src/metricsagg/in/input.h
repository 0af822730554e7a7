#ifndef LMG_METRICSAGG_IN_INPUT_H
#define LMG_METRICSAGG_IN_INPUT_H

/* Files, pipes and terminals into the tables. */

#include <signal.h>

#include "ndjson.h"
#include "tables.h"

struct input {
	char **files;		/* n of them; none: standard input */
	int n;
	/* Wait for more until the runs have ended, and for a file that is not
	 * there yet; one that was cut or replaced is read anew. */
	bool follow;
	/* Told about every line that was read into t; or NULL. */
	void (*watch)(void *arg, struct tables *t);
	/* Following: told when there is nothing more at the moment; or NULL. */
	void (*wait)(void *arg, struct tables *t);
	void *arg;
	const volatile sig_atomic_t *stop;	/* not 0: what is read is
				 * enough, when following; or NULL */
};

/*
 * Read all input into t.  Bad lines are reported (the first few by file and
 * line) and counted in t->tally.  Returns EXIT_DONE, EXIT_INPUT when a line
 * was not understood, EXIT_SYSTEM when a file could not be read.
 */
int input_read(struct tables *t, const struct input *in);

/* Say why the line just read from r, counted in bad already, is left out. */
void input_complain(const struct tally *bad, const struct ndjson *r,
    const char *why);

/*
 * Is line, just read from r, the incomplete last line of a stream that was
 * cut off?  (No newline, and no JSON.)
 */
bool input_is_cut(const struct ndjson *r, struct slice line);

#endif
