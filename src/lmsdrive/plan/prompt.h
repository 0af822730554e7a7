#ifndef LMG_LMSDRIVE_PLAN_PROMPT_H
#define LMG_LMSDRIVE_PLAN_PROMPT_H

/*
 * The text of a request, from its plan step alone.
 *
 * Engines reuse any run of 256 tokens they have seen, wherever it stands, so
 * a number in front of a repeated document does not make it cold.  Generated
 * text is therefore drawn word by word from a seeded generator: two seeds
 * share no long run, and the same seed gives the same bytes everywhere.  All
 * words have five letters, so that the token count of a given number of words
 * is nearly constant under any tokenizer.
 *
 * A generated document (target_tokens given) is its words, then the user's
 * text as the question about them.  A user's own text gets the words in front
 * (so that the very first tokens differ), a line that tells the model to
 * ignore them, and, every PROMPT_TEXT_RUN words of a long text, a few more
 * in brackets: no run of it is long enough to be found in a cache.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "step/step.h"

enum {
	PROMPT_TEXT_RUN = 96,	/* words of the user's text in one run */
	PROMPT_BREAK_WORDS = 4,	/* generated words between two runs */
	PROMPT_KEY_CAP = 160
};

/*
 * Append the text of request k (from 0) of step s to out: made from seed + k
 * (the seed alone when the prompt is warm).
 */
void prompt_build(struct buf *out, const struct step *s, int64_t k);

/* Was that text sent before, in this block or by this step? */
bool prompt_is_warm(const struct step *s, int64_t k);

/*
 * The identity of that text within the plan, "simple/17" (name, seed + k, and
 * the turn of a conversation, "chat/17/2"), into out (cap bytes): the key
 * that pairs requests across variants.  Returns out.
 */
char *prompt_key(char *out, size_t cap, const struct step *s, int64_t k);

#endif
