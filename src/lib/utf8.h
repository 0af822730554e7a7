#ifndef LMG_LIB_UTF8_H
#define LMG_LIB_UTF8_H

/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Decode the character at s (len bytes readable).  Returns its length in
 * bytes (1 to 4) and stores it in *c, or 0 when the bytes are not valid
 * UTF-8 (or len is 0); *c is then untouched.
 */
size_t utf8_decode(const char *s, size_t len, uint32_t *c);

/*
 * Does c change how a terminal or a page shows the text around it?  C0 and C1
 * controls, DEL, line and paragraph separators, bidirectional controls, and
 * the byte order mark.
 */
bool utf8_is_control(uint32_t c);

/*
 * The columns that c takes on a terminal, at most: 2 in the blocks of wide
 * characters (Unicode's East Asian Width W and F, emoji among them), else 1.
 */
int utf8_columns(uint32_t c);

#endif
