/* Is the model in the processes that were sampled? */
#include "holding.h"

#include <math.h>
#include <string.h>

#include "host.h"
#include "join/evicted.h"

/* Mixtures of experts are mapped, and used, in part. */
#define LEAST_SHARE 0.25

/* What passes requests on at its port, when nothing else was found there. */
static const char *
passes_on(const struct run *r, const struct visit *at)
{
	const struct proc_row *p;
	const char *name = NULL;

	for (p = r->procs; p < r->procs + r->n_procs; p++) {
		if (p->port != at->port || p->name == NULL ||
		    p->role == NULL || strcmp(p->role, "root") != 0)
			continue;
		if (!host_passes_on(p->name))
			return NULL;
		name = p->name;
	}
	return name;
}

const char *
holding_forwarder(const struct run *r, const struct variant *va)
{
	const struct visit *at = NULL;
	const char *name = NULL;

	while (name == NULL && (at = variant_visit(va, r, at)) != NULL)
		name = at->port > 0 ? passes_on(r, at) : NULL;
	return name;
}

static double
most_in(const struct visit *at)
{
	int64_t end = visit_end(at);
	double most = NAN;

	for (size_t i = tables_mem_at(at->mem, at->t_begin);
	    i < at->mem->n && at->mem->v[i].t_ns < end; i++)
		if (evicted_held(&at->mem->v[i]) > 0)
			most = fmax(most, evicted_held(&at->mem->v[i]));
	return most;
}

/* What the processes held before the load: they hold it without the model.
 * Not on a Mac, where a GPU may map what no process is told to hold. */
static double
before_load(const struct visit *at)
{
	size_t i = tables_mem_at(at->mem, at->t_begin);

	return at->load == NULL || (i < at->mem->n &&
	    at->mem->v[i].v[C_FOOTPRINT] >= 0) ? 0 : evicted_before_load(at);
}

struct holding
holding_of(const struct run *r, const struct variant *va)
{
	struct holding h = { NAN, NAN };
	const struct visit *at = NULL;

	while ((at = variant_visit(va, r, at)) != NULL)
		if (group_answered(at)) {
			h.most = fmax(h.most, most_in(at));
			h.grew = fmax(h.grew, most_in(at) - before_load(at));
		}
	return h;
}

bool
holding_is_elsewhere(const struct run *r, const struct variant *va)
{
	double size = va->info != NULL ? (double)va->info->size_bytes : 0;
	struct holding h = holding_of(r, va);

	return holding_forwarder(r, va) != NULL || (size > 0 &&
	    h.most < size && h.grew < LEAST_SHARE * size);
}

double
holding_peak(const struct visit *at, enum counter c)
{
	return !group_answered(at) ? (double)NAN :
	    tables_mem_peak(at->mem, at->t_begin, visit_end(at), c);
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
