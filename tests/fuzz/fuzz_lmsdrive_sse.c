/*
 * Any bytes as an event stream, once whole and once in pieces whose length is
 * the first byte: the events must be the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
on_event(void *arg, const char *name, const char *data, size_t len)
{
	struct buf *out = arg;

	buf_adds(out, name);
	buf_addc(out, '|');
	buf_add(out, data, len);
	buf_addc(out, '\n');
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf whole = BUF_INIT, cut = BUF_INIT;
	const char *p = (const char *)data + 1;
	struct sse s;
	size_t n;

	if (len < 2)
		return 0;
	len--;
	sse_init(&s);
	sse_feed(&s, p, len, on_event, &whole);
	sse_end(&s, on_event, &whole);
	sse_fini(&s);
	sse_init(&s);
	for (size_t i = 0; i < len; i += n) {
		n = (size_t)data[0] % 16 + 1;
		if (n > len - i)
			n = len - i;
		sse_feed(&s, p + i, n, on_event, &cut);
	}
	sse_end(&s, on_event, &cut);
	sse_fini(&s);
	if (whole.len != cut.len ||
	    (whole.len > 0 && memcmp(whole.data, cut.data, whole.len) != 0))
		abort();
	buf_fini(&whole);
	buf_fini(&cut);
	return 0;
}
