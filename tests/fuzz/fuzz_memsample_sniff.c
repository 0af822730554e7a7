/*
 * The sniffer on any bytes, cut in two places: it must find the same records
 * as in one piece.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "stream/sniff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
count(void *arg, const struct sniff_record *r)
{
	*(uint64_t *)arg = *(uint64_t *)arg * 31 + (uint64_t)r->port +
	    (uint64_t)r->step + r->type;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data;
	uint64_t whole = 1, parts = 1;
	size_t a, b, tmp;
	struct sniff s;

	if (len < 2)
		return 0;
	a = data[0] % len;
	b = data[1] % len;
	if (a > b) {
		tmp = a;
		a = b;
		b = tmp;
	}
	sniff_init(&s);
	sniff_feed(&s, p, len, count, &whole);
	sniff_fini(&s);
	sniff_init(&s);
	sniff_feed(&s, p, a, count, &parts);
	sniff_feed(&s, p + a, b - a, count, &parts);
	sniff_feed(&s, p + b, len - b, count, &parts);
	sniff_fini(&s);
	if (whole != parts)
		abort();
	return 0;
}
