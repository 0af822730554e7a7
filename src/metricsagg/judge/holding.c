/* Is the model in the processes that were sampled? */
#include "holding.h"

#include <math.h>

#include "join/evicted.h"

/* Mixtures of experts are mapped, and used, in part. */
#define LEAST_SHARE 0.25

double
holding_most(const struct run *r, const struct variant *va)
{
	const struct visit *at = NULL;
	double most = NAN;
	int64_t end;

	while ((at = variant_visit(va, r, at)) != NULL) {
		if (!group_answered(at))
			continue;
		end = visit_end(at);
		for (size_t i = tables_mem_at(at->mem, at->t_begin);
		    i < at->mem->n && at->mem->v[i].t_ns < end; i++)
			if (evicted_held(&at->mem->v[i]) > 0)
				most = fmax(most,
				    evicted_held(&at->mem->v[i]));
	}
	return most;
}

bool
holding_is_elsewhere(const struct run *r, const struct variant *va)
{
	return va->info != NULL && va->info->size_bytes > 0 &&
	    holding_most(r, va) < LEAST_SHARE * (double)va->info->size_bytes;
}

double
holding_peak(const struct visit *at, enum counter c)
{
	int64_t end = visit_end(at);
	double most = NAN;

	if (!group_answered(at))
		return NAN;
	for (size_t i = tables_mem_at(at->mem, at->t_begin);
	    i < at->mem->n && at->mem->v[i].t_ns < end; i++)
		most = fmax(most, at->mem->v[i].v[c]);
	return most;
}

bool
holding_is_told(const struct run *r, const struct variant *va)
{
	return !r->is_summed && !holding_is_elsewhere(r, va) &&
	    !holding_is_shared(r, va);
}

bool
holding_is_shared(const struct run *r, const struct variant *va)
{
	const struct visit *at = NULL;

	while ((at = variant_visit(va, r, at)) != NULL)
		if (visit_is_shared(r, at))
			return true;
	return false;
}
