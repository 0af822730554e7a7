/* The map from numbers to rows, whatever numbers there are. */
#include "in/names.h"
#include "tap.h"

/* Put n keys, key(i) for i; is each found again, and nothing else? */
static bool
holds(struct idmap *m, size_t n, uint64_t key(size_t))
{
	for (size_t i = 0; i < n; i++) {
		if (idmap_get(m, key(i)) != IDMAP_NONE)
			return false;
		idmap_put(m, key(i), i);
	}
	for (size_t i = 0; i < n; i++)
		if (idmap_get(m, key(i)) != i)
			return false;
	return idmap_get(m, UINT64_MAX) == IDMAP_NONE;
}

static uint64_t
in_order(size_t i)
{
	return i + 1;
}

static uint64_t
backwards(size_t i)
{
	return 100000 - i;
}

static uint64_t
doubling(size_t i)
{
	return UINT64_C(1) << i;
}

/* Each as far behind the last as is still near it. */
static uint64_t
stretching(size_t i)
{
	uint64_t key = 50;

	while (i-- > 0)
		key = key * 5 / 2 + 60;
	return key;
}

int
main(void)
{
	struct idmap m = { .slots = NULL };

	ok(holds(&m, 100000, in_order) && m.n == 0 && m.n_low < 200000,
	    "numbers in order take four bytes");
	idmap_fini(&m);
	ok(holds(&m, 100000, backwards), "backwards they are found as well");
	idmap_fini(&m);
	ok(holds(&m, 24, doubling) && m.n_low < 1000,
	    "24 numbers, each twice the one before, take no megabytes");
	ok(idmap_get(&m, 3) == IDMAP_NONE, "nor is one between them found");
	idmap_fini(&m);
	ok(holds(&m, 20, stretching) && m.n_low < 1000, "nor 20 of others");
	idmap_fini(&m);
	return tap_done();
}
