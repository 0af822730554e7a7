#ifndef LMG_SIDE_H
#define LMG_SIDE_H

/*
 * One side of "metricsagg compare": the measured requests of a results
 * folder, a raw file or a metrics file.
 */

#include "in/tables.h"

struct side_row {
	const char *pair, *variant, *scenario, *cache, *prompt_key;
	double v[M_COUNT];		/* rows of loads: M_LOAD and
					   M_PEAK_MEMORY alone */
	double start_s;			/* since its run began */
	uint32_t load;
	bool is_load;			/* a load, not a request */
	bool is_good;			/* a request that succeeded */
};

struct side {
	const char *path;
	struct side_row *rows;		/* in a fixed order */
	size_t n, cap;
	size_t n_runs;
};

/*
 * Load the folder (its raw.ndjson, else its metrics.ndjson) or the file at
 * path; texts are interned in names.  Returns an exit status, after a message
 * when it is not EXIT_DONE.
 */
int side_load(struct side *s, struct names *names, const char *path);
void side_fini(struct side *s);

#endif
