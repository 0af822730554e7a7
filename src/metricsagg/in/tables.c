#include "tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

bool
seen_line(struct run *r, uint64_t digest)
{
	if (idmap_get(&r->digests, digest) != IDMAP_NONE)
		return true;
	idmap_put(&r->digests, digest, 0);
	return false;
}

/* Of what differs from what is kept both are remembered. */
static bool
is_copy(struct run *r, uint64_t kept, uint64_t digest)
{
	(void)seen_line(r, kept);
	return seen_line(r, digest);
}

enum seen
seen_take(struct run *r, uint64_t *kept, bool is_first, uint64_t digest)
{
	if (!is_first && (digest == *kept || is_copy(r, *kept, digest))) {
		r->copies++;
		return SEEN_COPY;
	}
	if (!is_first && digest > *kept)
		return SEEN_NOT;
	*kept = digest;
	return is_first ? SEEN_FIRST : SEEN_RATHER;
}

void
tables_init(struct tables *t)
{
	memset(t, 0, sizeof(*t));
	t->names = names_new();
	t->keeps_texts = true;
	t->fast.names = t->names;
}

static void
run_free(struct run *r)
{
	for (size_t i = 0; i < r->n_requests; i++) {
		if (r->is_derived)
			free(r->requests[i].d.v);
		else
			chunk_list_fini(&r->requests[i].chunks);
	}
	idmap_fini(&r->step_at);
	idmap_fini(&r->digests);
	idmap_fini(&r->request_at);
	idmap_fini(&r->again);
	free(r->line);
	free(r->steps);
	free(r->events);
	free(r->spans);
	free(r->requests);
	free(r->mems);
	for (size_t i = 0; i < r->n_servers; i++)
		free(r->servers[i].v);
	free(r->servers);
	free(r->readings);
	free(r->procs);
	free(r->notes);
	free(r->ends);
	free(r->visits);
	free(r->in_visit);
	free(r);
}

void
tables_fini(struct tables *t)
{
	for (size_t i = 0; i < t->n_runs; i++)
		run_free(t->runs[i]);
	free(t->runs);
	fastscan_fini(&t->fast);
	idmap_fini(&t->run_at);
	names_free(t->names);
}

struct run *
tables_run(struct tables *t, const char *id, size_t len)
{
	struct run *r = t->last_run;
	const char *name;
	size_t ix;

	if (r != NULL && r->id_len == len && memcmp(r->id, id, len) == 0)
		return r;
	name = names_add(t->names, id, len);
	ix = idmap_get(&t->run_at, (uintptr_t)name);
	if (ix == IDMAP_NONE) {
		t->runs = xgrow(t->runs, t->n_runs, &t->cap_runs,
		    sizeof(struct run *));
		ix = t->n_runs++;
		t->runs[ix] = xcalloc(1, sizeof(struct run));
		t->runs[ix]->room = NAN;
		t->runs[ix]->id = name;
		t->runs[ix]->id_len = len;
		idmap_put(&t->run_at, (uintptr_t)name, ix);
	}
	return t->last_run = t->runs[ix];
}

struct step_row *
tables_step(struct run *r, int64_t step)
{
	size_t ix = idmap_get(&r->step_at, (uint64_t)step);

	if (ix == IDMAP_NONE) {
		r->steps = xgrow(r->steps, r->n_steps, &r->cap_steps,
		    sizeof(*r->steps));
		ix = r->n_steps++;
		r->steps[ix] = (struct step_row){ .step = step };
		idmap_put(&r->step_at, (uint64_t)step, ix);
	}
	return &r->steps[ix];
}

/* A new row at the end of one of the lists of a run, all zero. */
#define NEW_ROW(type, name, rows) \
	struct type * \
	name(struct run *r) \
	{ \
		r->rows = xgrow(r->rows, r->n_##rows, &r->cap_##rows, \
		    sizeof(*r->rows)); \
		return memset(&r->rows[r->n_##rows++], 0, \
		    sizeof(*r->rows)); \
	}
NEW_ROW(span_event, tables_event, events)
NEW_ROW(mem_row, tables_mem, mems)
NEW_ROW(energy_row, tables_reading, readings)
NEW_ROW(proc_row, tables_proc, procs)
NEW_ROW(note_row, tables_note, notes)
NEW_ROW(end_row, tables_end, ends)

const struct mem_list *
tables_find_server(const struct run *r, int64_t port)
{
	for (size_t i = 0; i < r->n_servers; i++)
		if (r->servers[i].port == port)
			return &r->servers[i];
	return NULL;
}

const struct mem_row *
tables_newest_sample(const struct run *r, const struct raw_step *at)
{
	const struct mem_list *l = at != NULL && at->port > 0 ?
	    tables_find_server(r, at->port) : NULL;

	return l != NULL && l->n > 0 ? &l->v[l->n - 1] :
	    r->n_mems > 0 ? &r->mems[r->n_mems - 1] : NULL;
}

struct mem_list *
tables_server(struct run *r, int64_t port)
{
	const struct mem_list *l = tables_find_server(r, port);

	if (l != NULL)
		return &r->servers[l - r->servers];
	r->servers = xgrow(r->servers, r->n_servers, &r->cap_servers,
	    sizeof(*r->servers));
	r->servers[r->n_servers] = (struct mem_list){ .port = port };
	return &r->servers[r->n_servers++];
}

void
tables_add_sample(struct mem_list *l, const struct mem_row *m)
{
	l->v = xgrow(l->v, l->n, &l->cap, sizeof(*l->v));
	l->v[l->n++] = *m;
}

size_t
tables_mem_at(const struct mem_list *l, int64_t t_ns)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->v[mid].t_ns < t_ns)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

double
tables_mem_peak(const struct mem_list *l, int64_t from, int64_t to,
    enum counter c)
{
	double most = NAN;

	for (size_t i = tables_mem_at(l, from); i < l->n && l->v[i].t_ns < to;
	    i++)
		most = fmax(most, l->v[i].v[c]);
	return most;
}

void
tables_chunk(struct tables *t, const struct chunk_event *e)
{
	struct run *r = tables_run(t, e->run, e->run_len);
	struct request_row *q = tables_request(r, e->req);

	chunk_list_add(&q->chunks, chunk_pack(e));
	r->of_type[RECORD_CHUNK]++;
	if (e->t_ns > r->t_last)
		r->t_last = e->t_ns;
}

const struct end_row *
tables_end_of(const struct run *r, const char *tool)
{
	for (size_t i = 0; i < r->n_ends; i++)
		if (r->ends[i].t_ns >= r->t_resumed &&
		    (tool == NULL || strcmp(r->ends[i].tool, tool) == 0))
			return &r->ends[i];
	return NULL;
}

bool
tables_is_complete(const struct run *r)
{
	return tables_end_of(r, NULL) != NULL &&
	    (r->n_steps == 0 || tables_end_of(r, "lmsdrive") != NULL) &&
	    (r->n_mems == 0 || tables_end_of(r, "memsample") != NULL);
}

double
tables_known(int64_t n)
{
	return n < 0 ? (double)NAN : (double)n;
}
