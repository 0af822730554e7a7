#ifndef LMG_WORDS_H
#define LMG_WORDS_H

/*
 * The vocabulary of generated prompts: common English words of five letters,
 * nearly all of them one token (with the space before them) in the byte-pair
 * vocabularies of the model families in use.  The order is part of the
 * prompts: changing the list changes the text of every seed.
 */

enum { WORDS_N = 733 };

extern const char words_list[WORDS_N][6];

#endif
