/* The samples of a run in order, and whose memory they tell of. */
#include "samples.h"

#include <math.h>

#include "stats/order.h"

/* What was not measured comes first. */
static int
cmp_measured(double a, double b)
{
	if (isnan(a) || isnan(b))
		return CMP(!isnan(a), !isnan(b));
	return CMP(a, b);
}

static int
cmp_mem(const void *pa, const void *pb)
{
	const struct mem_row *a = pa, *b = pb;
	int i;

	if (a->t_ns != b->t_ns)
		return CMP(a->t_ns, b->t_ns);
	for (i = 0; i < C_COUNT; i++)
		if (cmp_measured(a->v[i], b->v[i]) != 0)
			return cmp_measured(a->v[i], b->v[i]);
	if (a->missed != b->missed || a->late_ns != b->late_ns)
		return a->missed != b->missed ? CMP(a->missed, b->missed) :
		    CMP(a->late_ns, b->late_ns);
	i = cmp_measured(a->sys_swap, b->sys_swap);
	return i != 0 ? i : cmp_measured(a->sys_pressure, b->sys_pressure);
}

/*
 * anon + swap of every sample.  Swap is read less often than anon: the last
 * reading holds until the next; before the first one, that one; where it is
 * never read, anonymous memory is all there is.
 */
static void
add_swap(struct mem_row *m, size_t n)
{
	double swap = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(m[i].v[C_SWAP])) {
			swap = m[i].v[C_SWAP];
			break;
		}
	for (size_t i = 0; i < n; i++) {
		if (!isnan(m[i].v[C_SWAP]))
			swap = m[i].v[C_SWAP];
		m[i].v[C_ANON_SWAP] = m[i].v[C_ANON] + swap;
	}
}

/* Do the steps go to servers on several ports of this machine? */
static bool
has_several_servers(const struct run *r)
{
	int64_t port = -1;

	for (size_t i = 0; i < r->n_steps; i++) {
		if (r->steps[i].is->port <= 0)
			continue;
		if (port > 0 && r->steps[i].is->port != port)
			return true;
		port = r->steps[i].is->port;
	}
	return false;
}

static void
sort_samples(struct run *r)
{
	bool is_told = r->n_servers > 0 || has_several_servers(r);
	struct mem_list *l;

	r->repeated += order_unique(r->mems, &r->n_mems, sizeof(*r->mems),
	    cmp_mem);
	add_swap(r->mems, r->n_mems);
	r->all = (struct mem_list){ -1, r->mems, r->n_mems, 0 };
	/* While only one server was known, the samples were its own. */
	for (size_t i = 0; i < r->n_mems && is_told; i++)
		if (r->mems[i].port > 0)
			tables_add_sample(tables_server(r, r->mems[i].port),
			    &r->mems[i]);
	for (size_t i = 0; i < r->n_servers; i++) {
		l = &r->servers[i];
		(void)order_unique(l->v, &l->n, sizeof(*l->v), cmp_mem);
		add_swap(l->v, l->n);
	}
}

/* Was any process sampled?  (Of a server on another machine there is none.) */
static bool
has_process(const struct run *r)
{
	for (size_t i = 0; i < r->n_mems; i++)
		if (r->mems[i].n_procs != 0)
			return true;
	return false;
}

/*
 * Whose memory?  With one server, everything is its own.  A recording from
 * before servers were told apart has the sum of several only.
 */
static void
join_samples(struct run *r)
{
	static const struct mem_list none = { .port = -1 };
	bool is_several = has_several_servers(r);
	const struct mem_list *own;
	struct visit *at;

	r->is_summed = is_several && r->n_servers == 0 && has_process(r);
	for (size_t i = 0; i < r->n_visits; i++) {
		at = &r->visits[i];
		own = tables_find_server(r, at->port);
		at->mem = !is_several || r->is_summed ? &r->all :
		    own != NULL ? own : &none;
	}
}

/* Where there is no process there is no memory. */
static void
fill_empty(struct mem_list *l, const bool *is_read, int64_t from, int64_t to)
{
	for (size_t i = tables_mem_at(l, from); i < l->n && l->v[i].t_ns < to;
	    i++)
		for (size_t c = 0; c < C_COUNT && l->v[i].n_procs == 0; c++)
			if (is_read[c])
				l->v[i].v[c] = 0;
}

/*
 * A server that the run started did not exist before its load and does not
 * after its unload: what it held then is known.
 */
static void
fill_managed(struct run *r)
{
	bool is_read[C_COUNT] = { false };
	const struct visit *at, *before;
	struct mem_list *own;

	for (size_t i = 0; i < r->n_mems; i++)
		for (size_t c = 0; c < C_COUNT; c++)
			is_read[c] |= !isnan(r->mems[i].v[c]);
	for (size_t i = 0; i < r->n_visits; i++) {
		at = &r->visits[i];
		before = i > 0 ? at - 1 : NULL;
		own = at->mem == &r->all ? &r->all : at->mem->port == -1 ?
		    NULL : tables_server(r, at->mem->port);
		if (own == NULL || !visit_is_managed(at))
			continue;
		if (before == NULL || before->t_unloaded != -1)
			fill_empty(own, is_read, before == NULL ? 0 :
			    before->t_unloaded, at->t_begin);
		if (at->t_unloaded != -1)
			fill_empty(own, is_read, at->t_unloaded, at->t_next);
	}
}

void
samples_join(struct run *r)
{
	sort_samples(r);
	join_samples(r);
	fill_managed(r);
}
