#include "tables.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/quantile.h"
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

static size_t
add_request(struct run *r, int64_t req)
{
	static const struct request_asked unknown = { NULL, NULL, NULL, -1, -1,
	    -1, 0 };
	static const struct request_answered nothing = { .draft_tokens = -1,
	    .accepted_tokens = -1 };
	struct request_row *q;

	r->requests = xgrow(r->requests, r->n_requests, &r->cap_requests,
	    sizeof(*r->requests));
	q = &r->requests[r->n_requests];
	memset(q, 0, sizeof(*q));
	q->req = req;
	q->step = q->t_sent = q->scheduled_ns = q->t_done = q->first_byte = -1;
	q->asked = &unknown;
	q->answered = &nothing;
	q->prompt_tokens = q->completion_tokens = q->reasoning_tokens = -1;
	q->cached_tokens = q->chunks_said = -1;
	q->status = STATUS_UNKNOWN;
	q->server_ttft_s = q->server_tps = q->server_prefill_s = NAN;
	return r->n_requests++;
}

struct request_row *
tables_request(struct run *r, int64_t req)
{
	size_t ix;

	if (r->last_request < r->n_requests &&
	    r->requests[r->last_request].req == req)
		return &r->requests[r->last_request];
	ix = idmap_get(&r->request_at, (uint64_t)req);
	if (ix == IDMAP_NONE) {
		ix = add_request(r, req);
		idmap_put(&r->request_at, (uint64_t)req, ix);
	}
	r->last_request = ix;
	return &r->requests[ix];
}

struct request_row *
tables_again(const struct run *r, const struct request_row *q)
{
	size_t ix = idmap_get(&r->again, (uint64_t)(q - r->requests));

	return ix == IDMAP_NONE ? NULL : &r->requests[ix];
}

struct request_row *
tables_request_at(struct run *r, int64_t req, int64_t t_sent)
{
	struct request_row *q = tables_request(r, req), *next = q;
	size_t at, ix;

	while (next != NULL && next->is_sent && next->t_sent != t_sent) {
		q = next;
		next = tables_again(r, q);
	}
	if (next != NULL)
		return next;
	at = (size_t)(q - r->requests);
	ix = add_request(r, req);
	idmap_put(&r->again, at, ix);
	return &r->requests[ix];
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

static double
seconds(int64_t from, int64_t to)
{
	return (double)(to - from) / 1e9;
}

/* What value i is if the request went as most do, by its gaps and the rest of
 * the row. */
static double
told(const struct request_row *q, unsigned i)
{
	const struct derived *d = &q->d;
	double tokens = q->completion_tokens;

	switch (i) {
	case M_TTFT:
	case M_TTFA:
		return seconds(q->t_sent, d->t_first_token);
	case M_E2E:
		return seconds(q->t_sent, d->t_last);
	case M_MEDIAN_ICL:
		return quantile_median(d->v, d->n_gaps);
	case M_STALL:
		return d->v[d->n_gaps - 1];
	case M_TPOT:
		return seconds(d->t_first_token, d->t_last_token) /
		    (tokens - 1);
	case M_DECODE_TPS:
		return (tokens - 1) / seconds(d->t_first_token,
		    d->t_last_token);
	case M_BURST:
		return seconds(d->t_first_token, d->t_last_token) /
		    (d->bursts - 1);
	case M_PREFILL_TPS:
		return (q->prompt_tokens - fmax(0, q->cached_tokens)) /
		    seconds(q->t_sent, d->t_first_token);
	case M_EFFECTIVE_TPS:
		return tokens / seconds(q->t_sent, d->t_last);
	case M_TOKENS_PER_CHUNK:
		return tokens / d->token_chunks;
	case M_TOKENS_PER_BURST:
		return tokens / d->bursts;
	case M_ACCEPT:
		return (double)q->answered->accepted_tokens /
		    q->answered->draft_tokens;
	case M_PROMPT_TOKENS:
		return q->prompt_tokens;
	case M_COMPLETION_TOKENS:
		return tokens;
	default:
		return NAN;
	}
}

/* Where value i stands in v. */
static size_t
place_of(const struct derived *d, unsigned i)
{
	return d->n_gaps + (unsigned)__builtin_popcount(d->has &
	    ~(uint32_t)d->told & ((UINT32_C(1) << i) - 1));
}

double
request_v(const struct request_row *q, unsigned i)
{
	if ((q->d.has >> i & 1) == 0)
		return NAN;
	return q->d.told >> i & 1 ? told(q, i) : q->d.v[place_of(&q->d, i)];
}

void
request_set_v(struct request_row *q, unsigned i, double v)
{
	double all[V_COUNT];

	for (unsigned k = 0; k < V_COUNT; k++)
		all[k] = k == i ? v : request_v(q, k);
	request_keep(q, all);
}

void
request_keep(struct request_row *q, const double v[V_COUNT])
{
	struct derived *d = &q->d;
	double kept[V_COUNT];
	size_t n = 0;

	d->has = d->told = 0;
	for (unsigned i = 0; i < V_COUNT; i++) {
		if (isnan(v[i]))
			continue;
		/* As wide as the member: a compiler that checks asks. */
		d->has = (d->has | UINT32_C(1) << i) &
		    ((UINT32_C(1) << V_BITS) - 1);
		if (told(q, i) == v[i])
			d->told = (d->told | UINT32_C(1) << i) &
			    ((UINT32_C(1) << TOLD_BITS) - 1);
		else
			kept[n++] = v[i];
	}
	d->v = xreallocarray(d->v, d->n_gaps + n, sizeof(*d->v));
	memcpy(d->v + d->n_gaps, kept, n * sizeof(*d->v));
}

const double *
request_gaps(const struct request_row *q)
{
	assert(q->d.n_gaps > 0);
	return q->d.v;
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

bool
tables_is_good(const struct request_row *q)
{
	return q->status == STATUS_OK || q->status == STATUS_TRUNCATED;
}

bool
tables_was_tried(const struct request_row *q)
{
	return q->is_done && q->status != STATUS_SKIPPED &&
	    q->status != STATUS_CANCELLED;
}
