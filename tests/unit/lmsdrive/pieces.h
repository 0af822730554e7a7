#ifndef LMG_TESTS_UNIT_LMSDRIVE_PIECES_H
#define LMG_TESTS_UNIT_LMSDRIVE_PIECES_H

/* What a dialect made of an event, as text: "content:4 prefill:0@0.5". */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "server/dialect.h"

static inline const char *
describe(const struct piece *p, size_t n)
{
	static char out[512];

	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		sprintf(out + strlen(out), "%s%s:%zu", i > 0 ? " " : "",
		    chunk_kind_name(p[i].kind), p[i].bytes);
		if (isfinite(p[i].progress))
			sprintf(out + strlen(out), "@%g", p[i].progress);
	}
	return out;
}

#endif
