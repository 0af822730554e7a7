#include "standing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

void
standing_fini(struct standing *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].v);
	free(s->v);
	*s = (struct standing){ .v = NULL };
}

static struct standing_pair *
pair_of(struct standing *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].name == name)
			return &s->v[i];
	s->v = xgrow(s->v, s->n, &s->cap, sizeof(*s->v));
	s->v[s->n] = (struct standing_pair){ .name = name };
	return &s->v[s->n++];
}

/* The variant of step at, created when new. */
static struct standing_variant *
variant_of(struct standing *s, const struct raw_step *at)
{
	struct standing_pair *p = pair_of(s, at->pair);

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].name == at->variant)
			return &p->v[i];
	p->v = xgrow(p->v, p->n, &p->cap, sizeof(*p->v));
	p->v[p->n] = (struct standing_variant){ .name = at->variant,
	    .block = -1, .bytes = NAN, .peak = NAN };
	return &p->v[p->n++];
}

static void
take_memory(struct standing_variant *v, const struct mem_row *m)
{
	double bytes;

	if (m == NULL)
		return;
	bytes = isnan(m->v[C_FOOTPRINT]) ? m->v[C_RSS] : m->v[C_FOOTPRINT];
	v->bytes = bytes;
	v->peak = fmax(v->peak, bytes);
}

/* Nothing is held by what was left. */
static void
leave(struct standing *s, const struct raw_step *next)
{
	if (s->at != NULL && s->at->pair != NULL &&
	    (next->pair != s->at->pair ||
	    next->variant != s->at->variant))
		variant_of(s, s->at)->bytes = NAN;
}

void
standing_take(struct standing *s, const struct run *r)
{
	struct standing_variant *v;

	for (; s->steps < r->n_steps; s->steps++) {
		leave(s, r->steps[s->steps].is);
		s->at = r->steps[s->steps].is;
	}
	if (s->at == NULL || s->at->pair == NULL)
		return;
	v = variant_of(s, s->at);
	if (r->n_mems != s->mems)
		take_memory(v, tables_newest_sample(r, s->at));
	s->mems = r->n_mems;
	if (r->of_type[RECORD_CHUNK] != s->chunks && s->at->block != v->block) {
		v->visits++;
		v->block = s->at->block;
	}
	s->chunks = r->of_type[RECORD_CHUNK];
}

size_t
standing_rounds(const struct standing *s, const struct standing_pair *p)
{
	const struct raw_step *at = s->at;
	bool is_going_on = at != NULL && at->pair == p->name &&
	    at->op != NULL && strcmp(at->op, "unload") != 0;
	size_t least = SIZE_MAX, n;

	for (size_t i = 0; i < p->n; i++) {
		n = p->v[i].visits;
		n -= is_going_on && n > 0 && at->variant == p->v[i].name &&
		    at->block == p->v[i].block;
		least = n < least ? n : least;
	}
	return p->n < 2 && p->n > 0 ? p->v[0].visits : least;
}
