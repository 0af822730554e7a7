#ifndef LMG_METRICSAGG_JOIN_VARIANT_H
#define LMG_METRICSAGG_JOIN_VARIANT_H

/* What the loads, the server and the requests of a run say of a variant. */

#include "link.h"

/* A variant of a pair, from its steps. */
struct variant {
	const char *pair, *kind, *variant, *model, *format;
	int64_t pair_rank, rank;	/* first step with that name */
	const struct raw_span *info;	/* of its first load that went well,
					   or NULL */
	int64_t loads;			/* that went well */
	const char *options;		/* as it says, and else as its server's
					   process was told; or NULL */
	const char *options_from;	/* where all of them are seen:
					   "process" or "command" lines, the
					   "server" itself; or NULL */
	const char *runtime;	/* of the first load or unload that names
					   it (it is asked for after the first
					   measurements), or NULL */
	const char *sampling;		/* of its requests, an object: a value
					   that was not the same in all of them
					   is "not one value"; or NULL */
	int64_t draft_tokens, accepted_tokens;	/* of all its answers; -1 */
	const char *reference;		/* of its pair, as named, or NULL */
};

/* Fill in all but its names and ranks; r is linked. */
void variant_find(struct variant *va, struct names *names,
    const struct run *r);

/* Is the visit one of va's? */
bool variant_visited(const struct variant *va, const struct visit *at);

/* Its first visit, or the next one behind at; NULL: there is none. */
const struct visit *variant_visit(const struct variant *va,
    const struct run *r, const struct visit *at);

/* What counter c leaves out where weights are mapped from the file. */
double variant_file_bytes(const struct variant *va, enum counter c);

#endif
