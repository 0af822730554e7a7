/* timeline, phase: memory over time, for a plot. */
#include <math.h>
#include <stdio.h>

#include "emit.h"

enum { TIMELINE_ROWS = 1500 };

/* Samples first to last - 1 as one row: the peak of every counter. */
static void
put_row(struct view *v, const struct phase_span *s, size_t first, size_t last)
{
	const struct mem_row *m = v->r->mems;
	const struct visit *at = s == NULL ? NULL : &v->r->visits[s->visit];
	char key[32];
	struct json j;
	double peak;
	size_t i;
	enum counter c;

	emit_begin(v, &j, "timeline");
	json_num(&j, "t_s", (double)m[first].t_ns / 1e9);
	json_str(&j, "pair", at == NULL ? NULL : at->pair);
	json_str(&j, "variant", at == NULL ? NULL : at->variant);
	json_str(&j, "phase", s == NULL ? NULL : phase_name(s->phase));
	for (c = 0; c < C_COUNT; c++) {
		peak = NAN;
		for (i = first; i < last; i++)
			if (!(m[i].v[c] <= peak) && !isnan(m[i].v[c]))
				peak = m[i].v[c];
		snprintf(key, sizeof(key), "%s_bytes", counter_name(c));
		json_num(&j, key, peak);
	}
	json_end_line(&j);
}

static void
put_spans(struct view *v)
{
	const struct phase_span *s;
	const struct visit *at;
	struct json j;
	size_t i;

	for (i = 0; i < v->p.n; i++) {
		s = &v->p.spans[i];
		at = &v->r->visits[s->visit];
		emit_begin(v, &j, "phase");
		json_str(&j, "pair", at->pair);
		json_str(&j, "variant", at->variant);
		json_count(&j, "block", at->block);
		json_str(&j, "phase", phase_name(s->phase));
		json_num(&j, "from_s", (double)s->from / 1e9);
		json_num(&j, "to_s", (double)s->to / 1e9);
		json_end_line(&j);
	}
}

void
emit_timeline(struct view *v)
{
	size_t n = v->r->n_mems, step = n / TIMELINE_ROWS + 1, first, last;
	size_t hint = 0;
	const struct phase_span *s;

	for (first = 0; first < n; first = last) {
		s = phases_at(&v->p, v->r->mems[first].t_ns, &hint);
		for (last = first + 1; last < n && last - first < step; last++)
			if (phases_at(&v->p, v->r->mems[last].t_ns, &hint) != s)
				break;
		put_row(v, s, first, last);
	}
	put_spans(v);
}
