/* timeline, phase: memory over time, for a plot. */
#include "emit.h"

enum { TIMELINE_ROWS = 1500 };

/* Samples first to last - 1 as one row: the peak of every counter, of the
 * server that the time belongs to. */
static void
put_row(struct view *v, const struct phase_span *s, size_t first, size_t last)
{
	const struct mem_row *m = v->r->mems;
	const struct visit *at = s == NULL ? NULL : &v->r->visits[s->visit];
	const struct mem_list *l = at == NULL ? &v->r->all : at->mem;
	struct row_timeline row;
	enum counter c;

	field_init(schema_of(ROW_TIMELINE), &row);
	row.t_s = (double)m[first].t_ns / 1e9;
	if (at != NULL) {
		row.pair = at->pair;
		row.variant = at->variant;
		row.phase = phase_name(s->phase);
	}
	for (c = 0; c < C_COUNT; c++)
		*row_timeline_counter(&row, c) = tables_mem_peak(l,
		    m[first].t_ns, m[last - 1].t_ns + 1, c);
	emit_row(v, ROW_TIMELINE, &row, 0);
}

/* Where nobody wants each request, all of a visit are one span. */
static void
put_spans(struct view *v)
{
	const struct phase_span *s, *next, *end = v->p.spans + v->p.n;
	const struct visit *at;
	struct row_phase row;
	bool is_all;

	for (s = v->p.spans; s < end; s = next) {
		at = &v->r->visits[s->visit];
		is_all = phases_is_of_requests(s) && !v->wants_samples;
		for (next = s + 1; is_all && next < end &&
		    next->visit == s->visit && phases_is_of_requests(next);
		    next++)
			continue;
		row = (struct row_phase){ .pair = at->pair,
		    .variant = at->variant,
		    .phase = is_all ? "requests" : phase_name(s->phase),
		    .block = tables_known(at->block),
		    .from_s = (double)s->from / 1e9,
		    .to_s = (double)next[-1].to / 1e9 };
		emit_row(v, ROW_PHASE, &row, 0);
	}
}

/* Do spans a (the row's) and b part a row?  Where there are more of them than
 * rows, only visits do. */
static bool
parts(const struct view *v, const struct phase_span *a,
    const struct phase_span *b)
{
	return v->p.n_all <= TIMELINE_ROWS || a == NULL || b == NULL ? a != b :
	    a->visit != b->visit;
}

void
emit_timeline(struct view *v)
{
	size_t n = v->r->n_mems, step = n / TIMELINE_ROWS + 1, last;
	size_t hint = 0;
	const struct phase_span *s;

	for (size_t first = 0; first < n; first = last) {
		s = phases_at(&v->p, v->r->mems[first].t_ns, &hint);
		for (last = first + 1; last < n && last - first < step; last++)
			if (parts(v, s, phases_at(&v->p,
			    v->r->mems[last].t_ns, &hint)))
				break;
		put_row(v, s, first, last);
	}
	put_spans(v);
}
