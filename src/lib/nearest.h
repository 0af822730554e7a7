#ifndef LMG_LIB_NEAREST_H
#define LMG_LIB_NEAREST_H

/* Is a word valid, and if not: the nearest that is, for "did you mean". */

#include <stdbool.h>

/* Is s one of words (NULL-terminated), letter for letter? */
bool nearest_is_among(const char *s, const char *const *words);

/*
 * The word of words (NULL-terminated) nearest to s by edit distance
 * (insert, delete, replace, swap of neighbours), or NULL when none is within
 * a third of its length (at least 2).  Case does not count.
 */
const char *nearest_word(const char *s, const char *const *words);

/*
 * What to say of s, which is none of words, into out: "; did you mean 'x'?",
 * or otherwise where none is near.  Returns out.
 */
enum { NEAREST_CAP = 240 };
const char *nearest_hint(char out[NEAREST_CAP], const char *s,
    const char *const *words, const char *otherwise);

#endif
