#include "link.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "derive.h"
#include "energy.h"
#include "stats/order.h"
#include "xalloc.h"

#define CMP(a, b) (((a) > (b)) - ((a) < (b)))

static int
cmp_step(const void *pa, const void *pb)
{
	const struct step_row *a = pa, *b = pb;

	return CMP(a->step, b->step);
}

static int
cmp_request(const void *pa, const void *pb)
{
	const struct request_row *a = pa, *b = pb;

	return a->t_sent != b->t_sent ? CMP(a->t_sent, b->t_sent) :
	    CMP(a->req, b->req);
}

static int
cmp_span(const void *pa, const void *pb)
{
	const struct span_row *a = pa, *b = pb;

	if (a->t_begin != b->t_begin)
		return CMP(a->t_begin, b->t_begin);
	return a->step != b->step ? CMP(a->step, b->step) : CMP(a->op, b->op);
}

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

static int
cmp_proc(const void *pa, const void *pb)
{
	const struct proc_row *a = pa, *b = pb;

	return a->t_ns != b->t_ns ? CMP(a->t_ns, b->t_ns) :
	    CMP(a->digest, b->digest);
}

static int
cmp_note(const void *pa, const void *pb)
{
	const struct note_row *a = pa, *b = pb;

	return a->t_ns != b->t_ns ? CMP(a->t_ns, b->t_ns) :
	    CMP(a->digest, b->digest);
}

static int
cmp_end(const void *pa, const void *pb)
{
	const struct end_row *a = pa, *b = pb;
	int c = names_cmp(a->tool, b->tool);

	if (c != 0)
		return c;
	return a->t_ns != b->t_ns ? CMP(a->t_ns, b->t_ns) :
	    CMP(a->digest, b->digest);
}

static int
cmp_event(const void *pa, const void *pb)
{
	const struct span_event *a = pa, *b = pb;

	if (a->op != b->op)
		return CMP(a->op, b->op);
	if (a->step != b->step)
		return CMP(a->step, b->step);
	if (a->t_ns != b->t_ns)
		return CMP(a->t_ns, b->t_ns);
	return a->is_end != b->is_end ? CMP(a->is_end, b->is_end) :
	    CMP(a->digest, b->digest);
}

static int
cmp_visit(const void *pa, const void *pb)
{
	const struct visit *a = pa, *b = pb;

	if (a->t_begin != b->t_begin)
		return CMP(a->t_begin, b->t_begin);
	if (a->block != b->block)
		return CMP(a->block, b->block);
	return a->pair != b->pair ? names_cmp(a->pair, b->pair) :
	    names_cmp(a->variant, b->variant);
}

static int
cmp_run(const void *pa, const void *pb)
{
	const struct run *const *a = pa, *const *b = pb;

	return names_cmp((*a)->id, (*b)->id);
}

/* Sort, then drop neighbours that compare equal.  Returns how many. */
static uint64_t
sort_unique(void *rows, size_t *n, size_t size,
    int (*cmp)(const void *, const void *))
{
	char *p = rows;
	size_t i, kept = 0;
	uint64_t dropped;

	if (*n == 0)
		return 0;
	order_rows(rows, *n, size, cmp);
	for (i = 1; i < *n; i++)
		if (cmp(p + kept * size, p + i * size) != 0)
			memmove(p + ++kept * size, p + i * size, size);
	dropped = *n - (kept + 1);
	*n = kept + 1;
	return dropped;
}

static const struct step_row *
step_row(const struct run *r, int64_t step)
{
	struct step_row key = { .step = step };

	return r->n_steps == 0 ? NULL :
	    bsearch(&key, r->steps, r->n_steps, sizeof(key), cmp_step);
}

const struct raw_step *
link_step(const struct run *r, int64_t step)
{
	const struct step_row *s = step_row(r, step);

	return s != NULL ? s->is : NULL;
}

int64_t
link_rep(const struct run *r, int64_t step)
{
	const struct step_row *s = step_row(r, step);

	return s != NULL ? s->rep : -1;
}

/* Begins and ends to spans: an end closes the begin before it. */
static void
find_spans(struct run *r)
{
	const struct span_event *e, *last;
	struct span_row *s = NULL;
	const char *runtime;
	int64_t pid;
	size_t i;

	order_rows(r->events, r->n_events, sizeof(*r->events), cmp_event);
	for (i = 0; i < r->n_events; i++) {
		e = &r->events[i];
		last = i > 0 ? &r->events[i - 1] : NULL;
		if (last != NULL && (last->op != e->op ||
		    last->step != e->step))
			s = NULL;
		else if (last != NULL && last->t_ns == e->t_ns &&
		    last->is_end == e->is_end) {
			r->contradictory++;
			continue;
		}
		if (s == NULL || !e->is_end || s->t_end != -1) {
			r->spans = xgrow(r->spans, r->n_spans, &r->cap_spans,
			    sizeof(*r->spans));
			s = &r->spans[r->n_spans++];
			memset(s, 0, sizeof(*s));
			s->op = e->op;
			s->step = e->step;
			s->t_begin = e->is_end ? -1 : e->t_ns;
			s->t_end = -1;
			s->server_load_s = NAN;
			s->info = e->info;
		}
		if (e->is_end) {
			s->t_end = e->t_ns;
			s->status = e->status;
			runtime = s->info.runtime;
			pid = s->info.pid;
			s->info = e->info;
			if (s->info.pid == -1)		/* a load's begin */
				s->info.pid = pid;
			if (s->info.runtime == NULL)	/* an unload's begin */
				s->info.runtime = runtime;
			s->server_load_s = e->server_load_s;
			s->is_timed = e->is_timed;
		}
	}
}

/* Exchange what the request records said. */
static void
swap_sent(struct request_row *a, struct request_row *b)
{
	const struct request_row was = *a;

#define SWAP(m) a->m = b->m; b->m = was.m;
	SWAP(step) SWAP(scheduled_ns) SWAP(t_sent) SWAP(prompt) SWAP(cache)
	SWAP(domain) SWAP(sampling) SWAP(prompt_key) SWAP(target_tokens)
	SWAP(turn) SWAP(concurrency) SWAP(warmup) SWAP(sent)
#undef SWAP
}

/* The row of a number that was sent last by t, or else first. */
static struct request_row *
sent_by(struct run *r, struct request_row *head, int64_t t)
{
	struct request_row *best = head, *q = head;

	for (;;) {
		if (q->t_sent <= t ? best->t_sent > t ||
		    q->t_sent > best->t_sent :
		    best->t_sent > t && q->t_sent < best->t_sent)
			best = q;
		if (q->again == 0)
			return best;
		q = &r->requests[q->again];
	}
}

/*
 * Part the requests of one number, by time: the response and each chunk are of
 * the one that was sent last before them.
 */
static void
part_requests(struct run *r, struct request_row *head)
{
	struct chunk *c = xreallocarray(NULL, head->chunks.n + 1, sizeof(*c));
	size_t n = head->chunks.n, i;
	struct request_row *q;

	q = sent_by(r, head, head->done.n > 0 ? head->t_done : INT64_MAX);
	if (q != head)
		swap_sent(head, q);
	chunk_list_sorted(&head->chunks, c);
	chunk_list_fini(&head->chunks);
	for (i = 0; i < n; i++)
		chunk_list_add(&sent_by(r, head, chunk_t(c[i]))->chunks, c[i]);
	free(c);
}

static void
part_all(struct run *r)
{
	struct request_row *q;
	size_t i;

	for (i = 0; i < r->n_requests; i++) {
		q = &r->requests[i];
		r->reused += q->again != 0;
		if (q->again != 0 &&
		    idmap_get(&r->request_at, (uint64_t)q->req) == i)
			part_requests(r, q);
	}
}

static int64_t
sum(int64_t a, int64_t b)
{
	return a == -1 ? b : b == -1 ? a : a + b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * The end records of r, one per tool: a run that was resumed has several, what
 * they count is added up.
 */
static void
join_ends(struct run *r)
{
	struct end_row *e, *to = NULL;
	size_t i, kept = 0;

	order_rows(r->ends, r->n_ends, sizeof(*r->ends), cmp_end);
	for (i = 0; i < r->n_ends; i++) {
		e = &r->ends[i];
		if (to == NULL || to->tool != e->tool) {
			to = &r->ends[kept++];
			*to = *e;
			continue;
		}
		to->t_ns = e->t_ns;
		to->interrupted = e->interrupted;
		to->records = to->records == -1 || e->records == -1 ? -1 :
		    to->records + e->records;
		to->cpu_ns = sum(to->cpu_ns, e->cpu_ns);
		to->wall_ns = most(to->wall_ns, e->wall_ns);
		to->max_rss_bytes = most(to->max_rss_bytes, e->max_rss_bytes);
		to->samples = sum(to->samples, e->samples);
		to->missed = sum(to->missed, e->missed);
		to->worst_late_ns = most(to->worst_late_ns, e->worst_late_ns);
	}
	r->n_ends = kept;
}

/* The last visit of this variant that began by then, or NULL. */
static struct visit *
visit_at(const struct run *r, const char *pair, const char *variant, int64_t t)
{
	struct visit *v, *best = NULL;
	size_t i;

	for (i = 0; i < r->n_visits; i++) {
		v = &r->visits[i];
		if (v->t_begin <= t && v->pair == pair &&
		    v->variant == variant &&
		    (best == NULL || v->t_begin >= best->t_begin))
			best = v;
	}
	return best;
}

static struct visit *
add_visit(struct run *r, size_t *cap, const struct raw_step *at, int64_t t)
{
	struct visit *v;

	r->visits = xgrow(r->visits, r->n_visits, cap, sizeof(*v));
	v = &r->visits[r->n_visits++];
	memset(v, 0, sizeof(*v));
	v->pair = at->pair;
	v->kind = at->kind;
	v->variant = at->variant;
	v->block = at->block;
	v->port = at->port;
	v->t_begin = v->t_loaded = t;
	v->t_unload = v->t_unloaded = -1;
	return v;
}

/* Was another variant visited between the begin of v and t? */
static bool
was_left(const struct run *r, const struct visit *v, int64_t t)
{
	for (size_t i = 0; i < r->n_visits; i++)
		if (r->visits[i].t_begin > v->t_begin &&
		    r->visits[i].t_begin <= t)
			return true;
	return false;
}

static void
find_visits(struct run *r)
{
	const struct raw_step *at;
	const struct span_row *load;
	struct request_row *q;
	struct visit *v;
	size_t i, cap = 0;

	for (i = 0; i < r->n_spans; i++) {
		at = link_step(r, r->spans[i].step);
		if (r->spans[i].op != SPAN_LOAD || at == NULL ||
		    r->spans[i].t_begin == -1)
			continue;
		v = add_visit(r, &cap, at, r->spans[i].t_begin);
		v->load = &r->spans[i];
		v->t_loaded = r->spans[i].t_end;
	}
	for (i = 0; i < r->n_requests; i++) {
		q = &r->requests[i];
		if (q->at == NULL || q->t_sent == -1 ||
		    q->status == STATUS_SKIPPED)
			continue;
		v = visit_at(r, q->at->pair, q->at->variant, q->t_sent);
		load = v != NULL ? v->load : NULL;
		if (v == NULL || v->block != q->at->block ||
		    (load != NULL && was_left(r, v, q->t_sent))) {
			v = add_visit(r, &cap, q->at, q->t_sent);
			v->load = load;
			v->stays = load != NULL;
		}
	}
	order_rows(r->visits, r->n_visits, sizeof(*r->visits), cmp_visit);
}

static void
find_unloads(struct run *r)
{
	const struct raw_step *at;
	const struct span_row *s;
	struct visit *v;
	size_t i;

	for (i = 0; i < r->n_spans; i++) {
		s = &r->spans[i];
		at = link_step(r, s->step);
		if (s->op != SPAN_UNLOAD || at == NULL || s->t_begin == -1)
			continue;
		v = visit_at(r, at->pair, at->variant, s->t_begin);
		if (v != NULL && v->t_unload == -1) {
			v->t_unload = s->t_begin;
			v->t_unloaded = s->t_end;
		}
	}
	for (i = 0; i < r->n_visits; i++)
		r->visits[i].t_next = i + 1 < r->n_visits ?
		    r->visits[i + 1].t_begin : r->t_last + 1;
}

static int
cmp_in_visit(const void *pa, const void *pb)
{
	const struct request_row *const *a = pa, *const *b = pb;

	if ((*a)->visit != (*b)->visit)
		return CMP((*a)->visit, (*b)->visit);	/* one array */
	return cmp_request(*a, *b);
}

/* Give every request its visit, and every visit its requests. */
static void
join_visits(struct run *r)
{
	struct request_row *q;
	struct visit *v;
	size_t i;

	r->in_visit = xreallocarray(NULL, r->n_requests + 1,
	    sizeof(*r->in_visit));
	for (i = 0; i < r->n_requests; i++) {
		q = &r->requests[i];
		if (q->at != NULL && q->t_sent != -1)
			q->visit = visit_at(r, q->at->pair, q->at->variant,
			    q->t_sent);
		r->in_visit[i] = q;
	}
	order_rows(r->in_visit, r->n_requests, sizeof(*r->in_visit), cmp_in_visit);
	for (i = 0; i < r->n_requests; i++) {
		if (r->in_visit[i]->visit == NULL)
			continue;
		v = &r->visits[r->in_visit[i]->visit - r->visits];
		if (v->n_requests++ == 0)
			v->requests = &r->in_visit[i];
	}
}

static void
number_visits(struct run *r)
{
	size_t i, k;

	for (i = 0; i < r->n_visits; i++)
		for (k = i; k-- > 0; )
			if (r->visits[k].pair == r->visits[i].pair &&
			    r->visits[k].variant == r->visits[i].variant) {
				r->visits[i].ordinal = r->visits[k].ordinal + 1;
				break;
			}
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
	size_t i;

	for (i = 0; i < n; i++)
		if (!isnan(m[i].v[C_SWAP])) {
			swap = m[i].v[C_SWAP];
			break;
		}
	for (i = 0; i < n; i++) {
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
	size_t i;

	for (i = 0; i < r->n_steps; i++) {
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
	bool is_told = r->n_servers > 0;
	struct mem_list *l;
	size_t i;

	r->repeated += sort_unique(r->mems, &r->n_mems, sizeof(*r->mems),
	    cmp_mem);
	add_swap(r->mems, r->n_mems);
	r->all = (struct mem_list){ -1, r->mems, r->n_mems, 0 };
	/* While only one server was known, the samples were its own. */
	for (i = 0; i < r->n_mems && is_told; i++)
		if (r->mems[i].port > 0)
			tables_add_sample(tables_server(r, r->mems[i].port),
			    &r->mems[i]);
	for (l = r->servers; l < r->servers + r->n_servers; l++) {
		(void)sort_unique(l->v, &l->n, sizeof(*l->v), cmp_mem);
		add_swap(l->v, l->n);
	}
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

	r->is_summed = is_several && r->n_servers == 0 && r->n_mems > 0;
	for (at = r->visits; at < r->visits + r->n_visits; at++) {
		own = tables_find_server(r, at->port);
		at->mem = !is_several || r->is_summed ? &r->all :
		    own != NULL ? own : &none;
	}
}

int64_t
link_end(const struct visit *at)
{
	return at->t_unload != -1 && at->t_unload < at->t_next ?
	    at->t_unload : at->t_next;
}

bool
link_is_shared(const struct run *r, const struct visit *at)
{
	const struct visit *w;

	for (w = r->visits; w < r->visits + r->n_visits; w++)
		if (w->mem == at->mem && (w->pair != at->pair ||
		    w->variant != at->variant) &&
		    ((w->load != NULL && w->load->t_begin < at->t_begin &&
		    w->t_unload > at->t_begin) || (at->stays &&
		    w->t_begin > at->load->t_begin &&
		    w->t_begin < at->t_begin)))
			return true;
	return false;
}

bool
link_is_managed(const struct visit *at)
{
	return at->load != NULL && at->load->info.pid > 0;
}

/* Where there is no process there is no memory. */
static void
fill_empty(struct mem_list *l, const bool *is_read, int64_t from, int64_t to)
{
	size_t i, c;

	for (i = tables_mem_at(l, from); i < l->n && l->v[i].t_ns < to; i++)
		for (c = 0; c < C_COUNT && l->v[i].n_procs == 0; c++)
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
	size_t i, c;

	for (i = 0; i < r->n_mems; i++)
		for (c = 0; c < C_COUNT; c++)
			is_read[c] |= !isnan(r->mems[i].v[c]);
	for (i = 0; i < r->n_visits; i++) {
		at = &r->visits[i];
		before = i > 0 ? at - 1 : NULL;
		own = at->mem == &r->all ? &r->all : at->mem->port == -1 ?
		    NULL : tables_server(r, at->mem->port);
		if (own == NULL || !link_is_managed(at))
			continue;
		if (before == NULL || before->t_unloaded != -1)
			fill_empty(own, is_read, before == NULL ? 0 :
			    before->t_unloaded, at->t_begin);
		if (at->t_unloaded != -1)
			fill_empty(own, is_read, at->t_unloaded, at->t_next);
	}
}

/* The metrics that the run names, or the usual ones. */
static void
find_headline(struct run *r)
{
	cJSON *o = r->line == NULL ? NULL :
	    json_parse(r->line, strlen(r->line));
	const cJSON *list = json_get(o, "headline"), *name;

	for (size_t i = 0; metric_headlines[i] != NULL; i++)
		for (enum metric m = 0; m < M_OF_REQUEST; m++) {
			if (strcmp(metric_name(m), metric_headlines[i]) != 0)
				continue;
			r->is_tested[m] = list == NULL && i < METRIC_HEADLINES;
			cJSON_ArrayForEach(name, list)
				r->is_tested[m] |= cJSON_IsString(name) &&
				    strcmp(name->valuestring,
				    metric_headlines[i]) == 0;
			r->n_tested += r->is_tested[m];
		}
	cJSON_Delete(o);
}

void
link_run(struct run *r)
{
	size_t i;

	order_rows(r->steps, r->n_steps, sizeof(*r->steps), cmp_step);
	find_headline(r);
	find_spans(r);
	order_rows(r->spans, r->n_spans, sizeof(*r->spans), cmp_span);
	part_all(r);
	order_rows(r->requests, r->n_requests, sizeof(*r->requests),
	    cmp_request);
	join_ends(r);
	sort_samples(r);
	r->repeated += sort_unique(r->procs, &r->n_procs, sizeof(*r->procs),
	    cmp_proc);
	r->repeated += sort_unique(r->notes, &r->n_notes, sizeof(*r->notes),
	    cmp_note);
	energy_sort(r);
	for (i = 0; i < r->n_requests; i++) {
		if (r->requests[i].step != -1)
			r->requests[i].at = link_step(r, r->requests[i].step);
		derive_request(&r->requests[i]);
		chunk_list_fini(&r->requests[i].chunks);
	}
	find_visits(r);
	find_unloads(r);
	join_visits(r);
	join_samples(r);
	fill_managed(r);
	number_visits(r);
	energy_of_requests(r);
	/* Everything is found by sorting from now on. */
	idmap_fini(&r->digests);
	idmap_fini(&r->step_at);
	idmap_fini(&r->request_at);
}

void
link_sort_runs(struct tables *t)
{
	order_rows(t->runs, t->n_runs, sizeof(*t->runs), cmp_run);
}

double
link_load_s(const struct visit *at)
{
	if (at->load == NULL || at->stays || at->t_loaded < at->t_begin ||
	    !at->load->is_timed || names_cmp(at->load->status, "ok") != 0)
		return NAN;
	return (double)(at->t_loaded - at->t_begin -
	    (at->load->info.waited_ns > 0 ? at->load->info.waited_ns : 0)) /
	    1e9;
}

/*
 * Does the note tell that a process of the server ended that should not have?
 * A worker may go with its model; the server is to stay up.  Where nobody saw
 * its processes, that it does not answer any more tells.
 */
static bool
is_exit(const struct note_row *n, bool has_memory, bool is_unloaded)
{
	return strcmp(n->code, "root_exit") == 0 ||
	    (strcmp(n->code, "worker_exit") == 0 && !is_unloaded) ||
	    (strcmp(n->code, "server_gone") == 0 && !has_memory);
}

bool
link_is_exit(const struct run *r, const struct visit *at,
    const struct note_row *n)
{
	int64_t from = at->load != NULL && at->t_loaded != -1 &&
	    names_cmp(at->load->status, "ok") == 0 ? at->t_loaded :
	    at->t_begin;

	return n->t_ns >= from && n->t_ns < at->t_next && is_exit(n,
	    r->n_mems > 0, at->t_unload != -1 && n->t_ns >= at->t_unload);
}
