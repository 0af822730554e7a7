#ifndef LMG_MEMSAMPLE_DARWIN_MACH_DARWIN_H
#define LMG_MEMSAMPLE_DARWIN_MACH_DARWIN_H

/* What the kernel of a Mac tells in one call. */

#include <mach/mach_time.h>
#include <stdint.h>

/* Mach absolute time units to ns; -1 without a base. */
int64_t darwin_ticks_to_ns(const mach_timebase_info_data_t *base,
    uint64_t ticks);

/* An integer sysctl of 4 or 8 bytes; -1 when it cannot be read. */
int64_t darwin_sysctl(const char *name);

#endif
