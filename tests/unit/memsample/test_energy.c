/* Energy: names and units. */
#include "tap.h"
#include "tree/energy.h"

static void
test_names(void)
{
	ok(energy_of_channel("CPU Energy") == ENERGY_CPU &&
	    energy_of_channel("DIE_1_CPU Energy") == ENERGY_CPU &&
	    energy_of_channel("GPU Energy") == ENERGY_GPU &&
	    energy_of_channel("DRAM") == ENERGY_DRAM &&
	    energy_of_channel("DRAM0") == ENERGY_DRAM, "channels of IOReport");
	ok(energy_of_channel("ECPU0") == -1 &&
	    energy_of_channel("GPU SRAM") == -1 &&
	    energy_of_channel("DRAM BW") == -1 && energy_of_channel("") == -1,
	    "parts of a sum are not counted again");
	ok(energy_of_zone("package-1") == ENERGY_CPU &&
	    energy_of_zone("dram") == ENERGY_DRAM &&
	    energy_of_zone("core") == -1 && energy_of_zone("psys") == -1,
	    "zones of powercap");
	ok(energy_unit_nj("nJ") == 1 && energy_unit_nj("uJ") == 1000 &&
	    energy_unit_nj(" mJ ") == 1000000 &&
	    energy_unit_nj("J") == 1000000000 && energy_unit_nj("mW") == -1 &&
	    energy_unit_nj("") == -1, "units");
	ok(energy_step(10, 15, 100) == 5 && energy_step(95, 5, 100) == 10 &&
	    energy_step(7, 7, 100) == 0, "a counter that wraps");
}

int
main(void)
{
	test_names();
	return tap_done();
}
