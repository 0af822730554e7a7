/* Energy of the packages, by a scripted powercap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "linux/powercap_linux.h"
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
test_powercap(void)
{
	struct sys_counters s;
	struct powercap p;
	char command[64];

	if (mkdtemp(root) == NULL)
		exit(9);
	put_zone("intel-rapl:0", "package-0\n", "1000000\n", "5000000\n");
	put_zone("intel-rapl:1", "package-1\n", "4999000\n", "5000000\n");
	put_zone("intel-rapl:0:0", "core\n", "77\n", "5000000\n");
	put_zone("intel-rapl-mmio:0", "package-0\n", "1000000\n", "5000000\n");
	put_zone("intel-rapl:2", "psys\n", "77\n", "5000000\n");
	put("intel-rapl", "enabled", "1\n");
	powercap_open(&p, root);
	sys_counters_clear(&s);
	powercap_read(&p, s.v);
	ok(s.v[SYS_CPU_ENERGY] == 0 && s.v[SYS_DRAM_ENERGY] == -1 &&
	    s.v[SYS_GPU_ENERGY] == -1, "it counts from the first look; no zone, "
	    "no figure");
	put("intel-rapl:0", "energy_uj", "1000250\n");
	put("intel-rapl:1", "energy_uj", "500\n");	/* begins again */
	put("intel-rapl-mmio:0", "energy_uj", "1000250\n");
	sys_counters_clear(&s);
	powercap_read(&p, s.v);
	ok(s.v[SYS_CPU_ENERGY] == (250 + 1500) * 1000, "two packages, one of them "
	    "wrapped, none twice: %lld", (long long)s.v[SYS_CPU_ENERGY]);
	put("intel-rapl:0", "energy_uj", "");
	sys_counters_clear(&s);
	powercap_read(&p, s.v);
	ok(s.v[SYS_CPU_ENERGY] == -1, "one package unread: no sum of the rest");
	put("intel-rapl:0", "energy_uj", "1000300\n");
	sys_counters_clear(&s);
	powercap_read(&p, s.v);
	ok(s.v[SYS_CPU_ENERGY] == (300 + 1500) * 1000, "what it missed is not lost");
	ok(powercap_missing(&p, SYS_CPU_ENERGY) == NULL &&
	    strstr(powercap_missing(&p, SYS_DRAM_ENERGY), "no such zone") !=
	    NULL,
	    "why one is missing");
	powercap_close(&p);
	snprintf(command, sizeof(command), "rm -r %s", root);
	ok(system(command) == 0, "tidy");
}

/* In a process of its own: it gives up being root.  Returns its status. */
static int
look_as_nobody(void)
{
	struct powercap p;
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
	powercap_open(&p, root);
	status = strstr(powercap_missing(&p, SYS_CPU_ENERGY), "only root") ==
	    NULL;
	powercap_close(&p);
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
	test_powercap();
	test_denied();
	return tap_done();
}
