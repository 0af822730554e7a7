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
	const struct row_model *model;
	const struct row_metric *metric;
	const struct row_memory *memory;
	const struct row_stability *stability;
	struct subjects s = { NULL, 0, 0 };
	size_t n;

	model = evidence_rows(ev, ROW_MODEL, &n);
	for (size_t i = 0; i < n; i++)
		add(&s, model[i].pair, model[i].kind, model[i].variant);
	metric = evidence_rows(ev, ROW_METRIC, &n);
	for (size_t i = 0; i < n; i++)
		add(&s, metric[i].pair, metric[i].kind, metric[i].variant);
	memory = evidence_rows(ev, ROW_MEMORY, &n);
	for (size_t i = 0; i < n; i++)
		add(&s, memory[i].pair, memory[i].kind, memory[i].variant);
	stability = evidence_rows(ev, ROW_STABILITY, &n);
	for (size_t i = 0; i < n; i++)
		add(&s, stability[i].pair, NULL, stability[i].variant);
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

static const char *
text_at(const struct row_model *m, size_t offset)
{
	return *(char *const *)(const void *)((const char *)m + offset);
}

static bool
is_said(const struct row_model *m, size_t n, size_t offset, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (same(text_at(&m[i], offset), text))
			return true;
	return false;
}

char *
subject_server(const struct evidence *ev, const char *of_run, size_t offset)
{
	const struct row_model *m;
	struct buf out = BUF_INIT;
	const char *text;
	size_t n;

	if (of_run != NULL)
		return xstrdup(of_run);
	m = evidence_rows(ev, ROW_MODEL, &n);
	for (size_t i = 0; i < n; i++) {
		text = text_at(&m[i], offset);
		if (text != NULL && !is_said(m, i, offset, text))
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
