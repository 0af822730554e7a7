#ifndef LMG_TESTS_LMSIM_TEXT_H
#define LMG_TESTS_LMSIM_TEXT_H

/*
 * What lmsim calls a token, and the text it answers with.
 *
 * The rule, on purpose simple enough to do by hand: one token per word (a run
 * of bytes other than space, tab, CR and LF) of every text of the request,
 * plus the model's template_tokens for a chat (none for raw completions).
 * An answer is a sequence of words, one token each.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Words in the len bytes at s. */
int64_t text_count_words(const char *s, size_t len);

/*
 * One hash per word, appended to *hashes (grown with xalloc; *n counts, *cap
 * is the room): the identity of a prompt for the prompt cache.
 */
void text_hash_words(const char *s, size_t len, uint32_t **hashes, size_t *n,
    size_t *cap);

/*
 * Append word i of the answer drawn from seed to out, with a space before it
 * unless i is 0.  The same (seed, i) is the same word everywhere.  Returns
 * its hash, as text_hash_words() would give.
 */
uint32_t text_answer_word(struct buf *out, uint64_t seed, int64_t i);

/* The same for word i of the given text, whose words one space parts. */
uint32_t text_given_word(struct buf *out, const char *text, int64_t i);

#endif
