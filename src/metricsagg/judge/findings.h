#ifndef LMG_METRICSAGG_JUDGE_FINDINGS_H
#define LMG_METRICSAGG_JUDGE_FINDINGS_H

/*
 * What a reader must know before believing a number: integrity records.
 */

#include <stddef.h>
#include <stdint.h>

#include "words.h"

struct finding {
	enum finding_level level;
	const char *code;		/* static or interned */
	uint64_t count;
	const char *pair, *variant, *scenario;	/* interned, or NULL */
	const char *apart;		/* as those: of what else it is, as its
					   message tells */
	char *message;			/* of the first of its kind; owned */
};

struct findings {
	struct finding *f;
	size_t n, cap;
};

void findings_fini(struct findings *fs);

/* "1 request", "2 requests". */
#define FINDINGS_S(n) ((n) == 1 ? "" : "s")

/*
 * Add count cases of at->code; cases that share code, pair, variant, scenario
 * and apart are one finding, whose level is the highest of them.  at->message
 * and at->count are not used.
 */
void findings_add(struct findings *fs, const struct finding *at,
    uint64_t count, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Where it is about the run as a whole. */
#define OF_RUN(lvl, name) \
	(&(struct finding){ .level = FINDING_##lvl, .code = (name) })

/* Errors first, then by code, pair, variant, scenario and apart. */
void findings_sort(struct findings *fs);

#endif
