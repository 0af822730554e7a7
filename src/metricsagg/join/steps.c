#include "steps.h"

#include <stdlib.h>

#include "stats/order.h"
#include "xalloc.h"

static int
cmp_step(const void *pa, const void *pb)
{
	const struct step_row *a = pa, *b = pb;

	return CMP(a->step, b->step);
}

static const struct step_row *
row_of(const struct run *r, int64_t step)
{
	struct step_row key = { .step = step };

	return r->n_steps == 0 ? NULL :
	    bsearch(&key, r->steps, r->n_steps, sizeof(key), cmp_step);
}

static const struct raw_step *
find(const struct run *r, int64_t step)
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

void
steps_join(struct run *r)
{
	order_rows(r->steps, r->n_steps, sizeof(*r->steps), cmp_step);
	join_requests(r);
	for (size_t i = 0; i < r->n_spans; i++)
		r->spans[i].at = find(r, r->spans[i].step);
	for (size_t i = 0; i < r->n_notes; i++)
		r->notes[i].at = find(r, r->notes[i].step);
	drop_alike(r);
}
