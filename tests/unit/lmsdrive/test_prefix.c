#include <stdlib.h>

#include "step/prefix.h"
#include "tap.h"

/* So many seeds in a row, none like another. */
static void
test_kind(const char *kind, int n)
{
	struct buf *made = calloc((size_t)n, sizeof(*made));
	uint64_t *place = calloc((size_t)n, sizeof(*place)), at;
	int i, k, twins = 0, ends = 0, again = 0;

	for (i = 0; i < n; i++) {
		prefix_add(&made[i], kind, UINT64_C(1) << 39 | (uint64_t)i);
		place[i] = prefix_place(kind, UINT64_C(1) << 39 | (uint64_t)i);
		ends += made[i].len > 10 && made[i].data[made[i].len - 1] >
		    ' ' && strchr(buf_cstr(&made[i]), '\f') == NULL;
		for (k = 0; k < i; k++)
			twins += strcmp(buf_cstr(&made[i]),
			    buf_cstr(&made[k])) == 0;
	}
	ok(twins == 0, "%s: %d different ones", kind, n);
	for (i = 0; i < 2 * n; i++) {
		struct buf one = BUF_INIT;

		prefix_add(&one, kind, (uint64_t)i);
		at = prefix_place(kind, (uint64_t)i);
		for (k = 0; k < n; k++)
			again += (strcmp(buf_cstr(&one), buf_cstr(&made[k])) ==
			    0) == (at == place[k]);
		buf_fini(&one);
	}
	ok(again == 2 * n * n, "%s: one place, one text", kind);
	ok(ends == n, "%s: each ends behind a word of its passage", kind);
	for (i = 0; i < n; i++)
		buf_fini(&made[i]);
	free(made);
	free(place);
}

int
main(void)
{
	size_t i;

	for (i = 0; prefix_kinds[i] != NULL; i++) {
		ok(prefix_is_kind(prefix_kinds[i]), "%s", prefix_kinds[i]);
		test_kind(prefix_kinds[i], 150);
	}
	ok(!prefix_is_kind("") && !prefix_is_kind("English"), "no others");
	return tap_done();
}
