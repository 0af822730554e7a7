#ifndef LMG_TESTS_LMSIM_ODDS_H
#define LMG_TESTS_LMSIM_ODDS_H

/*
 * What the next token could be: 40 tokens "t0" to "t39", whose logits depend
 * on the prompt alone, and to them the model's own noise, so that two models
 * differ by a known divergence.
 */

#include <stdint.h>

#include "json.h"

enum { ODDS_TOKENS = 40 };

struct odds {
	int token[ODDS_TOKENS];		/* the most likely first */
	double ln_p[ODDS_TOKENS];
};

/* noise: the standard deviation of that in the logits. */
void odds_of(struct odds *o, const char *model, const char *prompt,
    double noise);

/* The member logprobs as llama-server writes it: the most likely n of them. */
void odds_write(struct json *j, const struct odds *o, int64_t n);

/* The same as a plain object, all of them. */
void odds_log(struct json *j, const char *key, const struct odds *o);

#endif
