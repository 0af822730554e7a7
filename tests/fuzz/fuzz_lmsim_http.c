#include <stdint.h>
#include <stdlib.h>

#include "../lmsim/http_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_in h;
	enum http_in_result got = http_in_parse(&h, (const char *)data, size);

	/* A complete request lies within what has come. */
	if (got == HTTP_IN_DONE && (h.head_len > size ||
	    h.body_len > size - h.head_len))
		abort();
	return 0;
}
