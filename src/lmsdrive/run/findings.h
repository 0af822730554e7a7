#ifndef LMG_LMSDRIVE_RUN_FINDINGS_H
#define LMG_LMSDRIVE_RUN_FINDINGS_H

/*
 * What a reader of the results must know: note records, in the vocabulary of
 * lmgauge-records(5), NOTE CODES.  A finding about requests is written once
 * for each step and code, not for each of 500 requests.
 */

#include <stdint.h>

#include "exchange.h"
#include "output.h"
#include "server/loading.h"
#include "server/models.h"

enum { FINDINGS_PROMPTS = 1024 };	/* prompt lengths remembered */

struct findings {
	struct output *out;		/* borrowed */
	int64_t step;			/* the step the codes below are of */
	const char *seen[24];
	size_t n_seen;
	struct findings_prompt {	/* prompt_key -> tokens counted */
		char *key;		/* with the pair in front */
		char *variant;
		int64_t tokens;
	} *prompts;
	size_t n_prompts;
	char *differing;		/* pair already reported */
	struct buf said;		/* of the sampling, once each */
};

void findings_init(struct findings *f, struct output *out);
void findings_fini(struct findings *f);

/* After a load by c: m is the model as listed (NULL: it is not among the
 * listed ones). */
void findings_load(struct findings *f, const struct step *s, int64_t number,
    const struct client *c, const struct loading_result *result,
    const struct model *m, size_t listed);

/* After a response. */
void findings_response(struct findings *f, const struct exchange *x);

#endif
