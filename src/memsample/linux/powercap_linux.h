#ifndef LMG_MEMSAMPLE_LINUX_POWERCAP_LINUX_H
#define LMG_MEMSAMPLE_LINUX_POWERCAP_LINUX_H

/* Energy of the CPU packages and the memory, by /sys/class/powercap (RAPL).
 * Since Linux 5.10 only root may read it, unless somebody has allowed it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/energy.h"

struct powercap {
	struct powercap_zone *zones;
	size_t n_zones, cap_zones;
	int64_t sum_nj[ENERGY_N];
	bool is_denied[ENERGY_N], is_known[ENERGY_N];
};

/* Find the zones below root ("/sys/class/powercap"). */
void powercap_open(struct powercap *p, const char *root);
void powercap_close(struct powercap *p);

/* Nanojoules since powercap_open(), by kind; -1 unknown. */
void powercap_read(struct powercap *p, int64_t nj[ENERGY_N]);

/* Why there is nothing of that kind, or NULL when there is. */
const char *powercap_missing(const struct powercap *p, enum energy_kind kind);

#endif
