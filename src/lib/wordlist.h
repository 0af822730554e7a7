#ifndef LMG_LIB_WORDLIST_H
#define LMG_LIB_WORDLIST_H

/*
 * The vocabulary of generated prompts: common English words of five letters.
 * Each (with the space before it) is one token in the vocabularies of Llama 1
 * to 3, Mistral 7B and Mixtral, and in p50k, cl100k and o200k, so that a
 * number of words is that number of tokens.  The order is part of the
 * prompts: changing the list changes the text of every seed.
 */

enum { WORDS_N = 692 };

extern const char words_list[WORDS_N][6];

#endif
