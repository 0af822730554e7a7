#include "link.h"

#include <stdlib.h>
#include <string.h>

#include "derive.h"
#include "energy.h"
#include "evicted.h"
#include "samples.h"
#include "stats/order.h"
#include "xalloc.h"

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
cmp_step(const void *pa, const void *pb)
{
	const struct step_row *a = pa, *b = pb;

	return CMP(a->step, b->step);
}

static int
cmp_run(const void *pa, const void *pb)
{
	const struct run *const *a = pa, *const *b = pb;

	return names_cmp((*a)->id, (*b)->id);
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
			s->info = e->info;
			s->info.status = NULL;
		}
		if (e->is_end) {
			s->t_end = e->t_ns;
			runtime = s->info.runtime;
			pid = s->info.pid;
			s->info = e->info;
			if (s->info.pid == -1)		/* a load's begin */
				s->info.pid = pid;
			if (s->info.runtime == NULL)	/* an unload's begin */
				s->info.runtime = runtime;
		}
	}
}

/* Exchange what the request records said. */
static void
swap_sent(struct request_row *a, struct request_row *b)
{
	const struct request_row was = *a;

#define SWAP(m) a->m = b->m; b->m = was.m;
	SWAP(step) SWAP(scheduled_ns) SWAP(t_sent) SWAP(prompt) SWAP(asked)
	SWAP(prompt_key) SWAP(is_sent) SWAP(sent_differs) SWAP(sent_digest)
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
		if ((q = tables_again(r, q)) == NULL)
			return best;
	}
}

/*
 * Part the requests of one number, by time: the response and each chunk are of
 * the one that was sent last before them.
 */
static void
part_requests(struct run *r, struct request_row *head)
{
	struct request_row *q;
	struct chunk *all;
	size_t n, i;

	q = sent_by(r, head, head->is_done ? head->t_done : INT64_MAX);
	if (q != head)
		swap_sent(head, q);
	all = chunk_list_sorted(&head->chunks, &n);
	chunk_list_fini(&head->chunks);
	for (i = 0; i < n; i++) {
		q = sent_by(r, head, chunk_t(all[i]));
		chunk_list_add(&q->chunks, all[i]);
	}
	free(all);
}

static void
part_all(struct run *r)
{
	struct request_row *q;
	size_t i;

	for (i = 0; i < r->n_requests; i++) {
		q = &r->requests[i];
		if (tables_again(r, q) == NULL)
			continue;
		r->reused++;
		if (idmap_get(&r->request_at, (uint64_t)q->req) == i)
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

/* What the requests amount to, in place of their chunks. */
static void
derive_requests(struct run *r)
{
	struct request_row *q;

	for (q = r->requests; q < r->requests + r->n_requests; q++) {
		derive_request(q, &r->faults);
		q->visit = NULL;
	}
	r->is_derived = true;
}

static const struct step_row *
row_of(const struct run *r, int64_t step)
{
	struct step_row key = { .step = step };

	return r->n_steps == 0 ? NULL :
	    bsearch(&key, r->steps, r->n_steps, sizeof(key), cmp_step);
}

static const struct raw_step *
step_of(const struct run *r, int64_t step)
{
	const struct step_row *s = row_of(r, step);

	return s != NULL ? s->is : NULL;
}

static void
join_requests(struct run *r)
{
	struct request_row *q;
	const struct step_row *s;

	for (q = r->requests; q < r->requests + r->n_requests; q++) {
		s = row_of(r, q->step);
		q->at = s != NULL ? s->is : NULL;
		q->d.rep = s != NULL ? s->rep : -1;
	}
}

static void
drop_alike(struct run *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n_steps; i++)
		if (kept == 0 || r->steps[i].is != r->steps[kept - 1].is)
			r->steps[kept++] = r->steps[i];
	r->steps = xreallocarray(r->steps, kept, sizeof(*r->steps));
	r->n_steps = r->cap_steps = kept;
}

/*
 * Give spans, notes and derived requests their steps.  Of these there may be as
 * many as requests: those stay that are unlike the one before, by number.
 */
static void
join_steps(struct run *r)
{
	order_rows(r->steps, r->n_steps, sizeof(*r->steps), cmp_step);
	join_requests(r);
	for (size_t i = 0; i < r->n_spans; i++)
		r->spans[i].at = step_of(r, r->spans[i].step);
	for (size_t i = 0; i < r->n_notes; i++)
		r->notes[i].at = step_of(r, r->notes[i].step);
	drop_alike(r);
}

void
link_run(struct run *r)
{
	find_headline(r);
	find_spans(r);
	order_rows(r->spans, r->n_spans, sizeof(*r->spans), cmp_span);
	part_all(r);
	/* Everything is found by sorting from now on. */
	idmap_fini(&r->digests);
	idmap_fini(&r->step_at);
	idmap_fini(&r->request_at);
	idmap_fini(&r->again);
	order_rows(r->requests, r->n_requests, sizeof(*r->requests),
	    cmp_request);
	join_ends(r);
	r->repeated += order_unique(r->procs, &r->n_procs, sizeof(*r->procs),
	    cmp_proc);
	r->repeated += order_unique(r->notes, &r->n_notes, sizeof(*r->notes),
	    cmp_note);
	energy_sort(r);
	derive_requests(r);
	join_steps(r);
	visits_of(r);
	samples_join(r);
	energy_of_requests(r);
	evicted_requests(r);
}

void
link_sort_runs(struct tables *t)
{
	order_rows(t->runs, t->n_runs, sizeof(*t->runs), cmp_run);
}
