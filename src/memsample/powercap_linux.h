#ifndef MS_POWERCAP_LINUX_H
#define MS_POWERCAP_LINUX_H

/* Energy of the CPU packages and the memory, by /sys/class/powercap (RAPL).
 * Since Linux 5.10 only root may read it, unless somebody has allowed it. */

#include <stdint.h>

#include "energy.h"

/* Find the zones below root ("/sys/class/powercap"); once. */
void powercap_open(const char *root);
void powercap_close(void);

/* Nanojoules since powercap_open(), by kind; -1 unknown. */
void powercap_read(int64_t nj[ENERGY_N]);

/* Why there is nothing of that kind, or NULL when there is. */
const char *powercap_missing(enum energy_kind kind);

#endif
