#include "strain.h"

#include <math.h>
#include <string.h>

#include "json.h"

#define SEEN_NS INT64_C(2000000000)

static const double felt_cores = 0.3, felt_share = 0.05;

struct pressure
pressure_of(const struct run *r)
{
	struct pressure p = { .limit = 10, .worst = NAN };

	for (size_t i = 0; i < r->n_mems && p.limit == 10; i++)
		if (!isnan(r->mems[i].v[C_FOOTPRINT]))
			p.limit = 2;
	return p;
}

void
pressure_add(struct pressure *p, const struct mem_row *m,
    const struct mem_row *own, double swap)
{
	p->n++;
	p->pressed += m->sys_pressure >= p->limit;
	if (own != NULL && own->v[C_SWAP] > p->own_swap)
		p->own_swap = own->v[C_SWAP];
	if (m->sys_swap > swap)
		p->swap_grew += m->sys_swap - swap;
	p->worst = fmax(p->worst, m->sys_pressure);
}

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

/* In one visit; NAN where not enough was seen. */
static double
others_in(const struct run *r, const struct visit *at)
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
	if (first == NULL || last->t_ns - first->t_ns < SEEN_NS)
		return NAN;
	return fmax(0, (last->others_ns - first->others_ns) /
	    (double)(last->t_ns - first->t_ns) - own_cores(r));
}

struct others
others_of(const struct run *r, const struct variant *va)
{
	cJSON *o = r->line != NULL ? json_parse(r->line, strlen(r->line)) :
	    NULL;
	double all = (double)json_get_int(json_get(o, "host"), "cores", 0);
	struct others is = { NAN, NAN, 0, 0 };
	const struct visit *at = NULL;
	double cores, sum = 0;

	cJSON_Delete(o);
	while ((at = variant_visit(va, r, at)) != NULL) {
		cores = others_in(r, at);
		if (isnan(cores))
			continue;
		sum += cores;
		is.mean = sum / (double)++is.seen;
		is.most = fmax(is.most, cores);
		is.felt += cores > felt_cores && cores > felt_share * all;
	}
	return is;
}
