#ifndef LMG_LMSDRIVE_INIT_PROPOSAL_H
#define LMG_LMSDRIVE_INIT_PROPOSAL_H

/* A configuration for pairs that were found, as lmgauge-config(5) has it. */

#include "buf.h"
#include "pairing.h"

/* What the file is written for. */
struct proposal {
	const char *path;	/* of the file, for its comments */
	const char *url;	/* of the server */
	const char *server_name;	/* "LM Studio 0.4.2"; "": not known */
	const char *token_env;	/* NULL: the default */
	const char *share;	/* folder of the scenarios and prompts when they
				 * are not beside the file, or NULL */
	const char *command;	/* that measures: "make", "lmgauge" */
	bool takes_options;	/* models are loaded with a context */
	int64_t memory_bytes;	/* of the server's machine; -1: not known */
	int64_t context_length;	/* that a server has which loads nothing; -1:
				 * not known, or it loads */
};

/*
 * The context that p has: the server's, where that is known before, else what
 * it is loaded with: 8192, or less where a model has less or
 * where size and cache (at most 512 KiB a token, a large dense model's) do not
 * fit into nine tenths of the memory; at least 2048.
 */
int64_t proposal_context(const struct proposal *o, const struct pairing *p);

/* Does the larger model of p fit into nine tenths of the memory at all?  True
 * where one of the two is not known. */
bool proposal_fits(const struct proposal *o, const struct pairing *p);

/* What is unequal between the two sides, besides the format: "6.56 against
 * 6.5 bits per weight, 57.9 against 57.3 GB"; "" when nothing is. */
void proposal_difference(struct buf *out, const struct pairing *p);

/*
 * Write the file: the pairs of list that chosen has true for, the others as
 * comments.  What is named is quoted where YAML wants it.
 */
void proposal_write(struct buf *out, const struct proposal *o,
    const struct pairings *list, const bool *chosen);

#endif
