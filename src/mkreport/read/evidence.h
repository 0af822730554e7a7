#ifndef LMG_MKREPORT_READ_EVIDENCE_H
#define LMG_MKREPORT_READ_EVIDENCE_H

/*
 * What metricsagg(1) found, read from its records: one struct evidence per
 * run, with a list of rows per record type (see metric.h).
 */

#include <stdbool.h>
#include <stddef.h>

#include "metric.h"
#include "ndjson.h"

/* Chains of the rows of a pair: what is looked for is mostly one pair's. */
enum { ROW_CHAINS = 64 };

struct rows {
	void *v;		/* n rows of the type's struct */
	size_t n, cap;
	size_t first[ROW_CHAINS], last[ROW_CHAINS];	/* from 1; 0: none */
	size_t *next;
};

struct evidence {
	char *run;			/* the run's id */
	struct rows rows[ROW_TYPES];	/* [ROW_LEAK].v: struct row_leak * */
	size_t points;			/* timeline and ecdf records seen */
};

/* All runs of the input, in order of appearance. */
struct evidence_set {
	struct evidence *v;
	size_t n, cap;
	size_t lines;			/* lines read */
	size_t bad;			/* lines that are no record */
	size_t unknown;			/* records of a type unknown here */
	bool cut;			/* the last line was cut off */
};

#define EVIDENCE_SET_INIT { NULL, 0, 0, 0, 0, 0, false }

enum evidence_result {
	EVIDENCE_OK,
	EVIDENCE_NOT_JSON,		/* no JSON object, or no type and run */
	EVIDENCE_VERSION,		/* a run record with a v unknown here */
	EVIDENCE_RAW			/* raw records: not for this tool */
};

/* Add one line of input to set. */
enum evidence_result evidence_add(struct evidence_set *set, struct slice line);

/*
 * Add everything r has.  Messages name the input and the line.  Returns
 * EXIT_DONE, EXIT_INPUT when some input was not understood (what was is in the
 * set), or EXIT_SYSTEM when it could not be read.
 */
int evidence_read(struct evidence_set *set, struct ndjson *r);

void evidence_fini(struct evidence_set *set);

/* The run record, or an empty one when there is none (a cut stream). */
const struct row_run *evidence_run(const struct evidence *ev);

/* What a row is about.  NULL: whatever it says; evidence_none: it says
 * nothing. */
#define ROW_KEY_MEMBERS(K) \
	K(pair) K(variant) K(scenario) K(cache) K(metric) K(by) K(level) \
	K(phase) K(counter) K(domain)

#define ROW_KEY_MEMBER(m) const char *m;
struct row_key { ROW_KEY_MEMBERS(ROW_KEY_MEMBER) };
#undef ROW_KEY_MEMBER

extern const char evidence_none[];

/* The text that a row must have, evidence_none for NULL. */
const char *evidence_like(const char *text);

/*
 * The first row of a type that key fits, behind the row after (NULL: of all),
 * or NULL.
 */
const void *evidence_find(const struct evidence *ev, enum row_type type,
    const struct row_key *key, const void *after);

/* Are both strings there and the same? */
bool same(const char *a, const char *b);

#endif
