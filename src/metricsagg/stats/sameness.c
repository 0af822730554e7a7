#include "sameness.h"

#include <math.h>
#include <stdlib.h>

static int
by_prompt_and_output(const void *va, const void *vb)
{
	const struct sameness_output *a = va, *b = vb;

	if (a->prompt != b->prompt)
		return a->prompt < b->prompt ? -1 : 1;
	return (a->output > b->output) - (a->output < b->output);
}

static double
pairs(size_t n)
{
	return (double)n * ((double)n - 1) / 2;
}

struct sameness
sameness_of(struct sameness_output *o, size_t n)
{
	struct sameness out = { 0, 0, NAN };
	double equal = 0, all = 0;

	if (n > 0)
		qsort(o, n, sizeof(*o), by_prompt_and_output);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && o[end].prompt == o[i].prompt;) {
			size_t first = end;

			while (end < n && o[end].prompt == o[i].prompt &&
			    o[end].output == o[first].output)
				end++;
			equal += pairs(end - first);
		}
		if (end - i >= 2) {
			out.groups++;
			out.requests += end - i;
			all += pairs(end - i);
		}
	}
	if (all > 0)
		out.equal_ratio = equal / all;
	return out;
}
