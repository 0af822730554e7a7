#ifndef LMG_SHARE_H
#define LMG_SHARE_H

/*
 * The latest size in a file, for a progress line: one object
 * {"rss_bytes":N,"footprint_bytes":N,"t_ns":N}, replaced whole by rename(2).
 */

#include "tree/sampler.h"

/* Replace path; t_ns is the sample's time in the run.  Failures are silent:
 * a progress line is not worth a run. */
void share_write(const char *path, const struct sample *m, int64_t t_ns);

void share_remove(const char *path);

#endif
