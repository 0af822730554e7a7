#ifndef LMG_MEMSAMPLE_JOB_H
#define LMG_MEMSAMPLE_JOB_H

/* One use of the program, from its beginning to its end. */

#include <stdbool.h>

#include "opts.h"

struct recorder;

/*
 * Do everything the options ask for, with records going to recorder (or
 * NULL) and to out_fd.  Returns the exit status.
 */
int job_run(const struct opts *o, bool is_filter, int out_fd,
    struct recorder *recorder);

#endif
