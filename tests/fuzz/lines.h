#ifndef LMG_TESTS_FUZZ_LINES_H
#define LMG_TESTS_FUZZ_LINES_H

/* The bytes of an input as lines, the first LINES_MAX of them. */

#include <string.h>

#include "in/tables.h"

enum { LINES_MAX = 2000 };

static inline size_t
split(const char *text, size_t len, struct slice *lines)
{
	const char *end = text + len, *nl;
	size_t n = 0;

	while (text < end && n < LINES_MAX) {
		nl = memchr(text, '\n', (size_t)(end - text));
		if (nl == NULL)
			nl = end;
		lines[n].p = text;
		lines[n++].len = (size_t)(nl - text);
		text = nl + 1;
	}
	return n;
}

#endif
