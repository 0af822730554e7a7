#ifndef LMG_MEMSAMPLE_TREE_SCAN_H
#define LMG_MEMSAMPLE_TREE_SCAN_H

/* Which of the pids that a platform lists are new, and who they are. */

#include <stdbool.h>
#include <stddef.h>

#include "tree/plat.h"

struct scan {
	int *pids;			/* listed now, in any order */
	size_t n, cap;
	int *known;			/* those of the last scan, ascending */
	size_t n_known;
	struct plat_id *fresh;		/* what the last scan found */
	size_t n_fresh, cap_fresh;
};

void scan_fini(struct scan *s);

/* What plat_scan() gives, from the pids. */
size_t scan_identify(struct scan *s, struct plat *p, bool all,
    const struct plat_id **out);

#endif
