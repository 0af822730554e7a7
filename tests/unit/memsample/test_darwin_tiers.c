/* macOS: how often what is rationed is read, and time. */
#include "darwin_stage.h"

static void
test_rationed(void)
{
	struct sample m;
	int i, fresh = 0, split = 0;

	begin();
	sampler_lookup(&s, 1);
	for (i = 0; i < 20; i++) {		/* two seconds */
		m = take(1 + i * INT64_C(100000000), false);
		fresh += m.sys.v[SYS_WIRED] >= 0;
		split += m.sum.v[COUNTER_ANON] >= 0;
	}
	ok(host_calls == 4 && fresh == 4, "host statistics twice a second, "
	    "and never repeated as fresh (%d calls, %d shown)", host_calls,
	    fresh);
	ok(split == 4, "the split no more often");
	end();
}

static void
test_time(void)
{
	begin();
	ok(plat_realtime(10 * NS_PER_MS) == NULL,
	    "real time asks for Mach ticks, not ns");
	ok(darwin_ticks_to_ns(UINT64_C(24000000) * 86400 * 365) ==
	    INT64_C(1000000000) * 86400 * 365, "a year of ticks is exact");
	end();
}

int
main(void)
{
	test_rationed();
	test_time();
	return tap_done();
}
