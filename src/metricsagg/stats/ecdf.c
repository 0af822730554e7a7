#include "ecdf.h"

#include <assert.h>

size_t
ecdf_of(struct ecdf_point out[ECDF_POINTS], const double *x, size_t n)
{
	size_t points = n < ECDF_POINTS ? n : ECDF_POINTS, made = 0;

	assert(n == 0 || x[0] <= x[n - 1]);
	for (size_t k = 0; k < points; k++) {
		size_t i = points == 1 ? 0 : (size_t)((double)k *
		    (double)(n - 1) / (double)(points - 1));

		if (made > 0 && out[made - 1].value == x[i])
			continue;
		while (i + 1 < n && x[i + 1] == x[i])	/* share of <= x[i] */
			i++;
		out[made++] = (struct ecdf_point){ x[i],
		    (double)(i + 1) / (double)n };
	}
	return made;
}
