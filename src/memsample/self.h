#ifndef MS_SELF_H
#define MS_SELF_H

/* What we cost ourselves. */

#include <stdint.h>

/* User and system CPU time of this process, in ns. */
int64_t self_cpu_ns(void);

/* Our own peak of resident memory, -1 when it cannot be had.  (ru_maxrss
 * would include the program that started us.) */
int64_t self_peak_rss_bytes(void);

#endif
