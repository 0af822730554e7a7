#ifndef MS_MACH_DARWIN_H
#define MS_MACH_DARWIN_H

/* What the kernel of a Mac tells in one call. */

#include <stdint.h>

/* Mach absolute time units to ns. */
int64_t darwin_ticks_to_ns(uint64_t ticks);

/* An integer sysctl of 4 or 8 bytes; -1 when it cannot be read. */
int64_t darwin_sysctl(const char *name);

#endif
