#ifndef LMG_LMSDRIVE_RUN_DECISIONS_H
#define LMG_LMSDRIVE_RUN_DECISIONS_H

/*
 * What comes back from metricsagg (--decide), in the one file that it replaces
 * whole: what it is certain of, so that it need not be measured further, and
 * how large the server is.  Decisions may also come from the records of the
 * run that this one goes on with.  Without the file nothing is decided.
 */

#include <stdbool.h>
#include <stddef.h>

#include "step/step.h"
#include "raw.h"

struct decisions {
	const char *path;		/* or NULL */
	struct raw_decided *v;
	size_t n, cap;
	struct raw_decided *open;	/* not decided when last read */
	size_t n_open, cap_open;
};

void decisions_fini(struct decisions *d);

/*
 * Take a decided record; one that is known already is passed over.  Of a pair
 * it is taken between rounds only, of one variant at any time.
 */
void decisions_take(struct decisions *d, const cJSON *o, bool variants_only);

/* Read the file, if there is one: what is new stands behind the others. */
void decisions_read(struct decisions *d, bool variants_only);

/* The server's memory as the file has it, in bytes; NAN: not known. */
double decisions_memory(const struct decisions *d);

/* Is nothing more asked for of the scenario of s?  False where s has none, and
 * where it is meant to last for a time. */
bool decisions_close(const struct decisions *d, const struct step *s);

/* The metric of a decision, for people; NULL: the scenario is over. */
const char *decisions_metric(const struct raw_decided *row);

/* How it stands with a pair, for people: "TTFT decided, decode not yet";
 * "" where nothing is known. */
void decisions_text(const struct decisions *d, const char *pair, char *out,
    size_t cap);

/* What would decide what is open: "about 3 more rounds (4 min)". */
void decisions_further(const struct raw_decided *row, char *out, size_t cap);

#endif
