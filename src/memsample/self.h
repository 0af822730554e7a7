#ifndef LMG_MEMSAMPLE_SELF_H
#define LMG_MEMSAMPLE_SELF_H

/* What we cost ourselves. */

#include <stdint.h>

/* User and system CPU time of this process, in ns. */
int64_t self_cpu_ns(void);

#endif
