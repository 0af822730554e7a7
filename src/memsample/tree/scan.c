#include "tree/scan.h"

#include <stdlib.h>

#include "xalloc.h"

void
scan_fini(struct scan *s)
{
	free(s->pids);
	free(s->known);
	free(s->fresh);
}

static int
by_value(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

size_t
scan_identify(struct scan *s, struct plat *p, bool all,
    const struct plat_id **out)
{
	s->n_fresh = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (!all && s->n_known > 0 && bsearch(&s->pids[i], s->known,
		    s->n_known, sizeof(int), by_value) != NULL)
			continue;
		s->fresh = xgrow(s->fresh, s->n_fresh, &s->cap_fresh,
		    sizeof(*s->fresh));
		if (plat_identify(p, s->pids[i], &s->fresh[s->n_fresh]) == 0)
			s->n_fresh++;
	}
	free(s->known);
	s->known = s->pids;
	s->n_known = s->n;
	s->pids = NULL;
	s->n = s->cap = 0;
	if (s->n_known > 0)
		qsort(s->known, s->n_known, sizeof(int), by_value);
	*out = s->fresh;
	return s->n_fresh;
}
