#ifndef LMG_LMSDRIVE_INIT_PAIRING_H
#define LMG_LMSDRIVE_INIT_PAIRING_H

/*
 * Which of a server's models are the same model in two formats?  Pure: from
 * the list that models.h has, by name, parameters and architecture.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/models.h"

struct pairing_side {
	const struct model *model;	/* of the list that was given */
	const char *format;	/* "gguf", "mlx"; NULL: neither told nor seen */
	double bits;		/* per weight, nominal; NAN: not known */
};

struct pairing {
	char *name;		/* as a configuration takes it; unique */
	struct pairing_side side[2];	/* gguf first */
	size_t n_sides;		/* 1: in one format only */
	bool is_moe;
};

struct pairings {
	struct pairing *v;
	size_t n;
};

/*
 * Pair the models of list that generate text on this device: GGUF with MLX of
 * the same base name whose parameters and architecture do not contradict, the
 * nearest bits first, each model once.  Pairs come first, the smallest in
 * bytes leading (sizes that are not told last), then what has no partner.
 * *out goes to pairings_fini(), before list does.
 */
void pairings_find(struct pairings *out, const struct models *list);

/* These n models (1 or 2) as one entry, whatever they are. */
void pairings_given(struct pairings *out, const struct model *const *models,
    size_t n);
void pairings_fini(struct pairings *p);

/* Bytes of both sides together; -1 when a side's are not told. */
int64_t pairing_bytes(const struct pairing *p);

#endif
