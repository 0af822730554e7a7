#include "others.h"

#include <math.h>
#include <string.h>

#include "json.h"

static const double felt_cores = 0.3, felt_share = 0.05;

/* Of all tools together, on average. */
static double
own_cores(const struct run *r)
{
	double cores = 0;

	for (size_t i = 0; i < r->n_ends; i++)
		if (r->ends[i].cpu_ns > 0 && r->ends[i].wall_ns > 0)
			cores += (double)r->ends[i].cpu_ns /
			    (double)r->ends[i].wall_ns;
	return cores;
}

double
others_cores(const struct run *r, const struct visit *at)
{
	int64_t from = at->t_loaded > at->t_begin ? at->t_loaded :
	    at->t_begin;
	int64_t to = visit_end(at);
	const struct mem_row *first = NULL, *last = NULL, *m;

	for (size_t i = tables_mem_at(&r->all, from); i < r->n_mems; i++) {
		m = &r->mems[i];
		if (m->t_ns > to)
			break;
		if (isnan(m->others_ns))
			continue;
		/* A clock that begins anew is another boot's. */
		if (first == NULL || m->others_ns < last->others_ns)
			first = m;
		last = m;
	}
	if (first == NULL || last->t_ns - first->t_ns < OTHERS_SEEN_NS)
		return NAN;
	return fmax(0, (last->others_ns - first->others_ns) /
	    (double)(last->t_ns - first->t_ns) - own_cores(r));
}

bool
others_are_felt(const struct run *r, double cores)
{
	cJSON *o = r->line != NULL ? json_parse(r->line, strlen(r->line)) :
	    NULL;
	double all = (double)json_get_int(json_get(o, "host"), "cores", 0);

	cJSON_Delete(o);
	return cores > felt_cores && cores > felt_share * all;
}
