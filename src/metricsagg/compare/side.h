#ifndef LMG_METRICSAGG_COMPARE_SIDE_H
#define LMG_METRICSAGG_COMPARE_SIDE_H

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
	uint32_t load;			/* no two of a side have the same */
	size_t run;			/* from 0, among the runs of the side */
	bool is_load;			/* a load, not a request */
	bool is_good;			/* a request that succeeded */
};

struct side {
	struct side_row *rows;		/* in a fixed order */
	size_t n, cap;
	size_t n_runs, n_loads;
	const char **runs;		/* their ids */
	const char *first, *last;	/* wall clock at the start of the first
					   and of the last run; or NULL */
};

/*
 * Add the folder (its raw.ndjson, else its metrics.ndjson) or the file at
 * path to s, all 0 before the first; texts are interned in names.  Returns an
 * exit status, after a message when it is not EXIT_DONE.
 */
int side_load(struct side *s, struct names *names, const char *path);
void side_fini(struct side *s);

#endif
