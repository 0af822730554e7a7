#include "phases.h"

#include <stdlib.h>

#include "stats/order.h"
#include "xalloc.h"

/* A request changes state: +1 begins, -1 ends. */
struct edge {
	int64_t t;
	int prefill, decode;
};

bool
phases_is_of_requests(const struct phase_span *s)
{
	return s->phase == PH_PREFILL || s->phase == PH_DECODE ||
	    s->phase == PH_BETWEEN;
}

/* Is the last one of those that nobody asks for, once another follows? */
static bool
is_idle(const struct phases *p, const struct phase_span *next)
{
	const struct phase_span *last;
	size_t i;

	if (p->of_use == NULL || p->n < 2)
		return false;
	last = p->spans + p->n - 1;
	if (!phases_is_of_requests(next) ||
	    !phases_is_of_requests(last) || last->visit != next->visit ||
	    !phases_is_of_requests(last - 1) ||
	    last[-1].visit != next->visit)
		return false;
	i = tables_mem_at(p->of_use, last->from);
	return i == p->of_use->n || p->of_use->v[i].t_ns >= last->to;
}

static void
add(struct phases *p, enum phase phase, size_t visit, int64_t from, int64_t to)
{
	const struct phase_span s = { from, to, phase, (uint32_t)visit };
	struct phase_span *last = p->n > 0 ? &p->spans[p->n - 1] : NULL;

	if (from == -1 || to <= from)
		return;
	if (last != NULL && last->phase == phase && last->visit == visit &&
	    last->to == from) {
		last->to = to;
		return;
	}
	p->n_all++;
	if (is_idle(p, &s))
		p->n--;
	p->spans = xgrow(p->spans, p->n, &p->cap, sizeof(*p->spans));
	p->spans[p->n++] = s;
}

static int
cmp_edge(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	return (a->t > b->t) - (a->t < b->t);
}

static int64_t
clamp(int64_t t, int64_t lo, int64_t hi)
{
	return t < lo ? lo : t > hi ? hi : t;
}

/* The edges of one request within [lo, hi]; returns how many (0, 2 or 3). */
static size_t
edges_of(const struct request_row *q, int64_t lo, int64_t hi, struct edge *e)
{
	int64_t over = q->d.t_last_token != -1 ? q->d.t_last_token :
	    q->t_done != -1 ? q->t_done : q->d.t_last;
	int64_t sent = clamp(q->t_sent, lo, hi), token;

	if (over < q->t_sent)
		return 0;
	over = clamp(over, sent, hi);
	e[0] = (struct edge){ sent, 1, 0 };
	if (q->d.t_first_token == -1) {
		e[1] = (struct edge){ over, -1, 0 };
		return 2;
	}
	token = clamp(q->d.t_first_token, sent, over);
	e[1] = (struct edge){ token, -1, 1 };
	e[2] = (struct edge){ over, 0, -1 };
	return 3;
}

/* From the end of the load to the unload: loaded, prefill, decode, between. */
static void
add_requests(struct phases *p, const struct visit *v, size_t ix, int64_t from,
    int64_t to)
{
	struct edge *e = xreallocarray(NULL, v->n_requests * 3 + 1, sizeof(*e));
	enum phase now = PH_LOADED;
	int prefill = 0, decode = 0;
	size_t n = 0;

	for (size_t i = 0; i < v->n_requests; i++)
		n += edges_of(v->requests[i], from, to, e + n);
	order_rows(e, n, sizeof(*e), cmp_edge);
	for (size_t i = 0; i < n; i++) {
		add(p, now, ix, from, e[i].t);
		from = e[i].t;
		prefill += e[i].prefill;
		decode += e[i].decode;
		now = decode > 0 ? PH_DECODE : prefill > 0 ? PH_PREFILL :
		    PH_BETWEEN;
	}
	add(p, now, ix, from, to);
	free(e);
}

static void
add_visit(struct phases *p, const struct visit *v, size_t ix)
{
	int64_t active = v->t_begin, until = visit_end(v);

	if (v->load != NULL && !v->stays) {
		active = v->t_loaded == -1 ? until :
		    clamp(v->t_loaded, v->t_begin, until);
		add(p, PH_LOAD, ix, v->t_begin, active);
	}
	add_requests(p, v, ix, active, until);
	/* What was not loaded was not unloaded. */
	if (v->t_unload == -1 || (v->load != NULL && !v->load->info.timed))
		return;
	active = v->t_unloaded == -1 ? v->t_next :
	    clamp(v->t_unloaded, until, v->t_next);
	add(p, PH_UNLOAD, ix, until, active);
	add(p, PH_AFTER_UNLOAD, ix, active, v->t_next);
}

void
phases_of(struct phases *p, const struct run *r, bool wants_all)
{
	*p = (struct phases){ .of_use = wants_all ? NULL : &r->all };
	if (r->n_visits > 0 && r->visits[0].load != NULL)
		add(p, PH_BASELINE, 0, 0, r->visits[0].t_begin);
	for (size_t i = 0; i < r->n_visits; i++)
		add_visit(p, &r->visits[i], i);
}

void
phases_fini(struct phases *p)
{
	free(p->spans);
	*p = (struct phases){ NULL, 0, 0, 0, NULL };
}

const struct phase_span *
phases_at(const struct phases *p, int64_t t, size_t *hint)
{
	while (*hint < p->n && p->spans[*hint].to <= t)
		(*hint)++;
	return *hint < p->n && p->spans[*hint].from <= t ?
	    &p->spans[*hint] : NULL;
}
