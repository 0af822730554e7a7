#ifndef LMG_MEMSAMPLE_LINUX_PROCFILE_LINUX_H
#define LMG_MEMSAMPLE_LINUX_PROCFILE_LINUX_H

/* Files of the kernel's, read whole. */

#include <stddef.h>

/* Read the file at path, at most cap bytes.  Returns the length or -1. */
long procfile_read(const char *path, char *out, size_t cap);

/* The newest pid of the machine, by the kept descriptor of /proc/loadavg;
 * -1 unknown. */
long long procfile_newest_pid(int loadavg_fd);

#endif
