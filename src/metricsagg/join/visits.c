/* Spans and requests to the visits they belong to. */
#include "visits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/order.h"
#include "xalloc.h"

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

/* The last visit of this variant that began by then, or NULL. */
static struct visit *
visit_at(const struct run *r, const char *pair, const char *variant, int64_t t)
{
	struct visit *v, *best = NULL;

	for (size_t i = 0; i < r->n_visits; i++) {
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

/* Was it found to be gone, by a run that goes on, before t? */
static bool
was_found_gone(const struct run *r, const struct visit *v, int64_t t)
{
	const struct note_row *n;

	for (n = r->notes; n < r->notes + r->n_notes; n++)
		if (n->t_ns > v->load->t_begin && n->t_ns <= t &&
		    n->at != NULL && n->at->port == v->port &&
		    strcmp(n->code, "left_loaded") == 0)
			return true;
	return false;
}

/*
 * Is what v loaded still there at t, as far as it is told?  A load behind its
 * unload may have lost its line, an unload the one behind it, or the one that
 * says whose it is.
 */
static bool
is_still_loaded(const struct run *r, const struct visit *v, int64_t t)
{
	const struct raw_step *at;
	const struct span_row *s;
	int64_t seen;

	for (s = r->spans; s < r->spans + r->n_spans; s++) {
		at = s->at;
		seen = s->t_begin != -1 ? s->t_begin : s->t_end;
		if (seen <= v->load->t_begin || seen > t || s == v->load)
			continue;
		if (at == NULL ? s->op == RECORD_UNLOAD :
		    (s->op == RECORD_UNLOAD || s->op == RECORD_LOAD) &&
		    at->pair == v->pair && at->variant == v->variant)
			return false;
	}
	return !was_found_gone(r, v, t);
}

static void
find_visits(struct run *r)
{
	const struct raw_step *at;
	const struct span_row *load;
	struct request_row *q;
	struct visit *v;
	size_t cap = 0;

	for (size_t i = 0; i < r->n_spans; i++) {
		at = r->spans[i].at;
		if (r->spans[i].op != RECORD_LOAD || at == NULL ||
		    r->spans[i].t_begin == -1)
			continue;
		v = add_visit(r, &cap, at, r->spans[i].t_begin);
		v->load = &r->spans[i];
		v->t_loaded = r->spans[i].t_end;
	}
	for (size_t i = 0; i < r->n_requests; i++) {
		q = &r->requests[i];
		if (q->at == NULL || q->t_sent == -1 ||
		    q->status == STATUS_SKIPPED)
			continue;
		v = visit_at(r, q->at->pair, q->at->variant, q->t_sent);
		if (v == NULL || v->block != q->at->block ||
		    (v->load != NULL && was_left(r, v, q->t_sent))) {
			load = v != NULL && v->load != NULL &&
			    is_still_loaded(r, v, q->t_sent) ? v->load : NULL;
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

	for (size_t i = 0; i < r->n_spans; i++) {
		s = &r->spans[i];
		at = s->at;
		if (s->op != RECORD_UNLOAD || at == NULL || s->t_begin == -1)
			continue;
		v = visit_at(r, at->pair, at->variant, s->t_begin);
		if (v != NULL && v->t_unload == -1) {
			v->t_unload = s->t_begin;
			v->t_unloaded = s->t_end;
		}
	}
	for (size_t i = 0; i < r->n_visits; i++)
		r->visits[i].t_next = i + 1 < r->n_visits ?
		    r->visits[i + 1].t_begin : r->t_last + 1;
}

int
visit_cmp_sent(const void *pa, const void *pb)
{
	const struct request_row *const *a = pa, *const *b = pb;

	return (*a)->t_sent != (*b)->t_sent ?
	    CMP((*a)->t_sent, (*b)->t_sent) : CMP((*a)->req, (*b)->req);
}

static int
cmp_in_visit(const void *pa, const void *pb)
{
	const struct request_row *const *a = pa, *const *b = pb;

	return (*a)->visit != (*b)->visit ?
	    CMP((*a)->visit, (*b)->visit) :	/* one array */
	    visit_cmp_sent(pa, pb);
}

/* Give every request its visit, and every visit its requests. */
static void
join_visits(struct run *r)
{
	struct request_row *q;
	struct visit *v;

	r->in_visit = xreallocarray(NULL, r->n_requests + 1,
	    sizeof(*r->in_visit));
	for (size_t i = 0; i < r->n_requests; i++) {
		q = &r->requests[i];
		if (q->at != NULL && q->t_sent != -1)
			q->visit = visit_at(r, q->at->pair, q->at->variant,
			    q->t_sent);
		r->in_visit[i] = q;
	}
	order_rows(r->in_visit, r->n_requests, sizeof(*r->in_visit),
	    cmp_in_visit);
	for (size_t i = 0; i < r->n_requests; i++) {
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
	for (size_t i = 0; i < r->n_visits; i++)
		for (size_t k = i; k-- > 0; )
			if (r->visits[k].pair == r->visits[i].pair &&
			    r->visits[k].variant == r->visits[i].variant) {
				r->visits[i].ordinal = r->visits[k].ordinal + 1;
				break;
			}
}

int64_t
visit_end(const struct visit *at)
{
	return at->t_unload != -1 && at->t_unload < at->t_next ?
	    at->t_unload : at->t_next;
}

/* Is what w loaded there until something tells of its unload, or what it found
 * loaded, when unloaded or asked again after t? */
static bool
is_in_memory(const struct run *r, const struct visit *w, int64_t t)
{
	const struct visit *x;

	if ((w->load != NULL ? w->load->t_begin : w->t_begin) >= t)
		return false;
	if (w->load != NULL)
		return (w->load->info.status == NULL || visit_is_loaded(w)) &&
		    is_still_loaded(r, w, t);
	for (x = r->visits; x < r->visits + r->n_visits; x++)
		if (w->t_unload == -1 && x->pair == w->pair &&
		    x->variant == w->variant && x->load == NULL &&
		    x->t_begin > t)
			return true;
	return w->t_unload > t;
}

bool
visit_is_shared(const struct run *r, const struct visit *at)
{
	const struct visit *w;

	for (w = r->visits; w < r->visits + r->n_visits; w++)
		if (w->mem == at->mem && (w->pair != at->pair ||
		    w->variant != at->variant) &&
		    (is_in_memory(r, w, at->t_begin) || (at->stays &&
		    w->t_begin > at->load->t_begin &&
		    w->t_begin < at->t_begin)))
			return true;
	return false;
}

bool
visit_is_loaded(const struct visit *at)
{
	return at->load != NULL &&
	    names_cmp(at->load->info.status, "ok") == 0;
}

bool
visit_is_managed(const struct visit *at)
{
	return at->load != NULL && at->load->info.pid > 0;
}

double
visit_load_s(const struct visit *at)
{
	if (!visit_is_loaded(at) || at->stays || at->t_loaded < at->t_begin ||
	    !at->load->info.timed)
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
visit_is_exit(const struct run *r, const struct visit *at,
    const struct note_row *n)
{
	int64_t from = visit_is_loaded(at) && at->t_loaded != -1 ?
	    at->t_loaded : at->t_begin;

	return n->t_ns >= from && n->t_ns < at->t_next && is_exit(n,
	    r->n_mems > 0, at->t_unload != -1 && n->t_ns >= at->t_unload);
}

void
visits_of(struct run *r)
{
	find_visits(r);
	find_unloads(r);
	join_visits(r);
	number_visits(r);
}
