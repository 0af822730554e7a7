/* macOS: what a thread of its own sees of the GPU and of energy. */
#include "darwin_stage.h"

static void
test_slow(void)
{
	struct sample m;
	int objects;

	begin();
	sampler_lookup(&s, 1);
	m = take(1, true);
	ok(m.sys.v[SYS_GPU] == -1 && m.sys.slow_at_ns == 0,
	    "nothing seen yet: unknown, and the tick does not wait");
	darwin_slow_look(&plat->slow);
	m = take(INT64_C(600000000), false);
	ok(m.sys.v[SYS_GPU] == 3 * MIB && m.sys.v[SYS_CPU_ENERGY] == 0 &&
	    m.sys.slow_at_ns > 0, "a look is shown, with its time");
	m = take(INT64_C(1200000000), false);
	ok(m.sys.v[SYS_GPU] == -1 && m.sys.v[SYS_CPU_ENERGY] == -1 &&
	    m.sys.v[SYS_WIRED] >= 0, "and not again");
	objects = n_objects;
	darwin_slow_look(&plat->slow);
	darwin_slow_look(&plat->slow);
	m = take(INT64_C(1800000000), false);
	ok(m.sys.v[SYS_CPU_ENERGY] == 2 * 7 * INT64_C(1000000) &&
	    m.sys.v[SYS_GPU_ENERGY] == 2 * 5000 &&
	    m.sys.v[SYS_DRAM_ENERGY] == 2 * 7000,
	    "energy adds up, each channel in its own unit");
	ok(n_objects == objects, "what a look makes it releases");
	ok(plat_sys_counter_missing(plat, SYS_GPU_ENERGY) == NULL &&
	    plat_sys_counter_missing(plat, SYS_GPU) == NULL,
	    "--counters has them");
	end();
}

static void
test_no_ioreport(void)
{
	struct darwin_energy *e;
	int64_t nj[ENERGY_N];

	no_ioreport = true;
	e = darwin_energy_open();
	darwin_energy_read(e, nj);
	darwin_energy_close(e);
	ok(nj[ENERGY_CPU] == -1 && nj[ENERGY_GPU] == -1,
	    "no IOReport: unknown, not 0");
}

int
main(void)
{
	test_slow();
	test_no_ioreport();
	return tap_done();
}
