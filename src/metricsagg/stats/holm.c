#include "holm.h"

#include <math.h>
#include <stdlib.h>

#include "xalloc.h"

struct indexed_p {
	double p;
	size_t i;
};

static int
by_p(const void *va, const void *vb)
{
	const struct indexed_p *a = va, *b = vb;

	return (a->p > b->p) - (a->p < b->p);
}

void
holm(double *out, const double *p, size_t k)
{
	struct indexed_p *s = xreallocarray(NULL, k + 1, sizeof(*s));
	double highest = 0;
	size_t m = 0;

	for (size_t i = 0; i < k; i++)
		if (!isnan(p[i]))
			s[m++] = (struct indexed_p){ p[i], i };
	for (size_t i = 0; i < k; i++)
		out[i] = p[i];
	qsort(s, m, sizeof(*s), by_p);
	for (size_t r = 0; r < m; r++) {
		highest = fmax(highest, fmin(1, s[r].p * (double)(m - r)));
		out[s[r].i] = highest;
	}
	free(s);
}
