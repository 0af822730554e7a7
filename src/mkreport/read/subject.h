#ifndef LMG_MKREPORT_READ_SUBJECT_H
#define LMG_MKREPORT_READ_SUBJECT_H

/*
 * What a run is about: its pairs, each with its variants, in the order in
 * which the records name them (the models of the run first).
 */

#include "evidence.h"

struct subject {
	const char *pair;
	const char *kind;		/* dense, moe or NULL */
	const char **variants;
	size_t n_variants;
};

struct subjects {
	struct subject *v;
	size_t n, cap;
};

/* The subjects of ev; the strings are views into ev. */
struct subjects subjects_of(const struct evidence *ev);
void subjects_fini(struct subjects *s);

/* Two variants of a subject, by their places. */
struct subject_two {
	size_t base, new;
};
#define SUBJECT_TWO_FIRST ((struct subject_two){ 0, 0 })

/* Go on to the next two, each with every one behind it; false: no more. */
bool subject_next_two(const struct subject *s, struct subject_two *two);

/* The model of a variant, or NULL when the run record names none. */
const struct row_model *subject_model(const struct evidence *ev,
    const char *pair, const char *variant);

/*
 * What is said of the server: of_run, or, when the run record does not know
 * (a server that each variant starts says only later what it is), what the
 * models say in their member key, each text once.  Heap string or NULL.
 */
char *subject_server(const struct evidence *ev, const char *of_run,
    const char *key);

/*
 * The metric row for all requests (by == NULL) or for one level; by and level
 * are both NULL or both set.  NULL when there is none.
 */
const struct row_metric *subject_metric(const struct evidence *ev,
    const char *pair, const char *variant, const struct row_metric *like);

/* The memory row of a phase and counter, or NULL. */
const struct row_memory *subject_memory(const struct evidence *ev,
    const char *pair, const char *variant, const char *phase,
    const char *counter);

/* The stability row, or NULL. */
const struct row_stability *subject_stability(const struct evidence *ev,
    const char *pair, const char *variant);

/* Both NULL, or the same text. */
bool alike(const char *a, const char *b);

#endif
