#ifndef LMG_MEMSAMPLE_LINUX_POWERCAP_LINUX_H
#define LMG_MEMSAMPLE_LINUX_POWERCAP_LINUX_H

/* Energy of the CPU packages and the memory, by /sys/class/powercap (RAPL).
 * Since Linux 5.10 only root may read it, unless somebody has allowed it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/counters.h"

struct powercap {
	struct powercap_zone *zones;
	size_t n_zones, cap_zones;
	int64_t sum_nj[SYS_N];		/* by counter */
	bool is_denied[SYS_N], is_known[SYS_N];
};

/* Find the zones below root ("/sys/class/powercap"). */
void powercap_open(struct powercap *p, const char *root);
void powercap_close(struct powercap *p);

/* Nanojoules since powercap_open(), what is known of it, into v. */
void powercap_read(struct powercap *p, int64_t v[SYS_N]);

/* Why there is nothing of that kind, or NULL when there is. */
const char *powercap_missing(const struct powercap *p, enum sys_counter c);

#endif
