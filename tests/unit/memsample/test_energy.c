/* Energy: names and units, and the counters of a scripted powercap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "energy.h"
#include "powercap_linux.h"
#include "tap.h"

static char root[] = "/tmp/lmg-powercap-XXXXXX";

static void
put(const char *zone, const char *file, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, zone);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", root, zone, file);
	if ((f = fopen(path, "w")) == NULL)
		exit(9);
	fputs(text, f);
	fclose(f);
}

static void
put_zone(const char *zone, const char *name, const char *uj,
    const char *range)
{
	put(zone, "name", name);
	put(zone, "energy_uj", uj);
	put(zone, "max_energy_range_uj", range);
}

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

static void
test_powercap(void)
{
	int64_t nj[ENERGY_N];
	char command[64];

	if (mkdtemp(root) == NULL)
		exit(9);
	put_zone("intel-rapl:0", "package-0\n", "1000000\n", "5000000\n");
	put_zone("intel-rapl:1", "package-1\n", "4999000\n", "5000000\n");
	put_zone("intel-rapl:0:0", "core\n", "77\n", "5000000\n");
	put_zone("intel-rapl-mmio:0", "package-0\n", "1000000\n", "5000000\n");
	put("intel-rapl", "enabled", "1\n");
	powercap_open(root);
	powercap_read(nj);
	ok(nj[ENERGY_CPU] == 0 && nj[ENERGY_DRAM] == -1 &&
	    nj[ENERGY_GPU] == -1, "it counts from the first look; no zone, "
	    "no figure");
	put("intel-rapl:0", "energy_uj", "1000250\n");
	put("intel-rapl:1", "energy_uj", "500\n");	/* begins again */
	put("intel-rapl-mmio:0", "energy_uj", "1000250\n");
	powercap_read(nj);
	ok(nj[ENERGY_CPU] == (250 + 1500) * 1000, "two packages, one of them "
	    "wrapped, none twice: %lld", (long long)nj[ENERGY_CPU]);
	put("intel-rapl:0", "energy_uj", "");
	powercap_read(nj);
	ok(nj[ENERGY_CPU] == -1, "one package unread: no sum of the rest");
	put("intel-rapl:0", "energy_uj", "1000300\n");
	powercap_read(nj);
	ok(nj[ENERGY_CPU] == (300 + 1500) * 1000, "what it missed is not lost");
	ok(powercap_missing(ENERGY_CPU) == NULL &&
	    strstr(powercap_missing(ENERGY_DRAM), "no such zone") != NULL,
	    "why one is missing");
	powercap_close();
	snprintf(command, sizeof(command), "rm -r %s", root);
	ok(system(command) == 0, "tidy");
}

/* In a process of its own: it gives up being root.  Returns its status. */
static int
look_as_nobody(void)
{
	char path[128];
	int status = -1;
	pid_t pid = fork();

	if (pid != 0) {
		waitpid(pid, &status, 0);
		return status;
	}
	if (geteuid() == 0 && seteuid(65534) == -1)
		_exit(2);
	strcpy(root + strlen(root) - 6, "XXXXXX");
	if (mkdtemp(root) == NULL)
		_exit(3);
	put_zone("intel-rapl:0", "package-0\n", "5\n", "9\n");
	snprintf(path, sizeof(path), "%s/intel-rapl:0/energy_uj", root);
	chmod(path, 0);
	powercap_open(root);
	status = strstr(powercap_missing(ENERGY_CPU), "only root") == NULL;
	powercap_close();
	snprintf(path, sizeof(path), "rm -rf %s", root);
	_exit(status | (system(path) != 0));
}

static void
test_denied(void)
{
	ok(look_as_nobody() == 0, "a zone for root only says so");
}

int
main(void)
{
	test_names();
	test_powercap();
	test_denied();
	return tap_done();
}
