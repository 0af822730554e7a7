#include "tree/energy.h"

#include <string.h>

static int
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

int
energy_of_channel(const char *name)
{
	/* "DIE_0_CPU Energy" on machines of several dies. */
	if (ends_with(name, "CPU Energy"))
		return ENERGY_CPU;
	if (ends_with(name, "GPU Energy"))
		return ENERGY_GPU;
	/* "DRAM", "DRAM0"; not "DRAM BW" or the like. */
	if (strncmp(name, "DRAM", 4) == 0 &&
	    name[4 + strspn(name + 4, "0123456789")] == '\0')
		return ENERGY_DRAM;
	return -1;
}

int
energy_of_zone(const char *name)
{
	if (strncmp(name, "package-", 8) == 0)
		return ENERGY_CPU;
	return strcmp(name, "dram") == 0 ? ENERGY_DRAM : -1;
}

int64_t
energy_unit_nj(const char *label)
{
	static const struct {
		const char *label;
		int64_t nj;
	} units[] = { { "nJ", 1 }, { "uJ", 1000 }, { "\xc2\xb5J", 1000 },
	    { "mJ", 1000000 }, { "J", 1000000000 } };
	size_t n;

	label += strspn(label, " ");
	n = strcspn(label, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].label) == n &&
		    strncmp(units[i].label, label, n) == 0)
			return units[i].nj;
	return -1;
}

int64_t
energy_step(int64_t before, int64_t now, int64_t range)
{
	/* Two wraps between reads cannot be told from one: read it often
	 * enough (a package wraps after minutes). */
	return now >= before ? now - before : now + range - before;
}
