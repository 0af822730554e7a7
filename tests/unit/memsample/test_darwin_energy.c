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
	struct sys_counters got;

	no_ioreport = true;
	e = darwin_energy_open();
	sys_counters_clear(&got);
	darwin_energy_read(e, got.v);
	darwin_energy_close(e);
	ok(got.v[SYS_CPU_ENERGY] == -1 && got.v[SYS_GPU_ENERGY] == -1,
	    "no IOReport: unknown, not 0");
}

static void
test_words(void)
{
	ok(counter_of("CPU Energy") == SYS_CPU_ENERGY &&
	    counter_of("DIE_1_CPU Energy") == SYS_CPU_ENERGY &&
	    counter_of("GPU Energy") == SYS_GPU_ENERGY &&
	    counter_of("DRAM") == SYS_DRAM_ENERGY &&
	    counter_of("DRAM0") == SYS_DRAM_ENERGY, "channels of IOReport");
	ok(counter_of("ECPU0") == -1 &&
	    counter_of("GPU SRAM") == -1 &&
	    counter_of("DRAM BW") == -1 && counter_of("") == -1,
	    "parts of a sum are not counted again");
	ok(unit_nj("nJ") == 1 && unit_nj("uJ") == 1000 &&
	    unit_nj(" mJ ") == 1000000 &&
	    unit_nj("J") == 1000000000 && unit_nj("mW") == -1 &&
	    unit_nj("") == -1, "units");
}

int
main(void)
{
	test_words();
	test_slow();
	test_no_ioreport();
	return tap_done();
}
