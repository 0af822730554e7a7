#include "subject.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "xalloc.h"

bool
alike(const char *a, const char *b)
{
	return (a == NULL && b == NULL) || same(a, b);
}

static struct subject *
add_pair(struct subjects *s, const char *pair, const char *kind)
{
	struct subject *p;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].pair, pair) == 0) {
			if (s->v[i].kind == NULL)
				s->v[i].kind = kind;
			return &s->v[i];
		}
	s->v = xgrow(s->v, s->n, &s->cap, sizeof(*s->v));
	p = &s->v[s->n++];
	p->pair = pair;
	p->kind = kind;
	p->variants = NULL;
	p->n_variants = 0;
	return p;
}

static void
add(struct subjects *s, const char *pair, const char *kind,
    const char *variant)
{
	struct subject *p;

	if (pair == NULL || variant == NULL)
		return;
	p = add_pair(s, pair, kind);
	for (size_t i = 0; i < p->n_variants; i++)
		if (strcmp(p->variants[i], variant) == 0)
			return;
	p->variants = xreallocarray(p->variants, p->n_variants + 1,
	    sizeof(*p->variants));
	p->variants[p->n_variants++] = variant;
}

struct subjects
subjects_of(const struct evidence *ev)
{
	static const enum row_type naming[] = { ROW_MODEL, ROW_METRIC,
		ROW_MEMORY, ROW_STABILITY };
	const struct row_key all = { NULL };
	struct subjects s = { NULL, 0, 0 };
	const struct schema *schema;
	const void *row = NULL;

	for (size_t i = 0; i < sizeof(naming) / sizeof(naming[0]); i++) {
		schema = schema_of(naming[i]);
		while ((row = evidence_find(ev, naming[i], &all, row)) != NULL)
			add(&s, field_text(field_of(schema, "pair"), row),
			    field_text(field_of(schema, "kind"), row),
			    field_text(field_of(schema, "variant"), row));
	}
	return s;
}

void
subjects_fini(struct subjects *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].variants);
	free(s->v);
	memset(s, 0, sizeof(*s));
}

const struct row_model *
subject_model(const struct evidence *ev, const char *pair,
    const char *variant)
{
	return evidence_find(ev, ROW_MODEL, &(struct row_key){ .pair = pair,
	    .variant = variant }, NULL);
}

char *
subject_server(const struct evidence *ev, const char *of_run, const char *key)
{
	const struct field *f = field_of(schema_of(ROW_MODEL), key);
	const struct row_key all = { NULL };
	const struct row_model *m = NULL, *before;
	struct buf out = BUF_INIT;
	const char *text;

	if (of_run != NULL)
		return xstrdup(of_run);
	while ((m = evidence_find(ev, ROW_MODEL, &all, m)) != NULL) {
		if ((text = field_text(f, m)) == NULL)
			continue;
		before = NULL;
		while ((before = evidence_find(ev, ROW_MODEL, &all, before)) !=
		    m && !same(field_text(f, before), text))
			;
		if (before == m)
			buf_addf(&out, "%s%s", out.len > 0 ? ", " : "", text);
	}
	return out.len > 0 ? buf_steal(&out) : NULL;
}

const struct row_metric *
subject_metric(const struct evidence *ev, const char *pair,
    const char *variant, const struct row_metric *like)
{
	return evidence_find(ev, ROW_METRIC, &(struct row_key){ .pair = pair,
	    .variant = variant, .metric = like->metric,
	    .scenario = evidence_like(like->scenario),
	    .cache = evidence_like(like->cache),
	    .by = evidence_like(like->by),
	    .level = evidence_like(like->level) }, NULL);
}

const struct row_memory *
subject_memory(const struct evidence *ev, const char *pair,
    const char *variant, const char *phase, const char *counter)
{
	return evidence_find(ev, ROW_MEMORY, &(struct row_key){ .pair = pair,
	    .variant = variant, .phase = phase, .counter = counter }, NULL);
}

bool
subject_next_two(const struct subject *s, struct subject_two *two)
{
	if (++two->new >= s->n_variants)
		two->new = ++two->base + 1;
	return two->new < s->n_variants;
}

const struct row_stability *
subject_stability(const struct evidence *ev, const char *pair,
    const char *variant)
{
	return evidence_find(ev, ROW_STABILITY, &(struct row_key){
	    .pair = pair, .variant = variant }, NULL);
}
