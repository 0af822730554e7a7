#include "steps.h"

#include <stdlib.h>

#include "stats/order.h"

static int
cmp_step(const void *pa, const void *pb)
{
	const struct step_row *a = pa, *b = pb;

	return CMP(a->step, b->step);
}

void
steps_sort(struct run *r)
{
	order_rows(r->steps, r->n_steps, sizeof(*r->steps), cmp_step);
}

static const struct step_row *
row_of(const struct run *r, int64_t step)
{
	struct step_row key = { .step = step };

	return r->n_steps == 0 ? NULL :
	    bsearch(&key, r->steps, r->n_steps, sizeof(key), cmp_step);
}

const struct raw_step *
steps_find(const struct run *r, int64_t step)
{
	const struct step_row *s = row_of(r, step);

	return s != NULL ? s->is : NULL;
}

int64_t
steps_rep(const struct run *r, int64_t step)
{
	const struct step_row *s = row_of(r, step);

	return s != NULL ? s->rep : -1;
}
