#include "group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "stats/order.h"
#include "xalloc.h"

/* First step of each name: by key of names_key(). */
struct ranks {
	struct names *names;
	struct idmap at;
};

static int64_t
rank_of(struct ranks *k, const char *a, const char *b, const char *c,
    int64_t step)
{
	const char *key = names_key(k->names, a, b, c);
	size_t ix = idmap_get(&k->at, (uintptr_t)key);

	if (ix != IDMAP_NONE)
		return (int64_t)ix;
	idmap_put(&k->at, (uintptr_t)key, (size_t)step);
	return step;
}

size_t
group_whole_scenario(const struct groups *g, size_t i, struct group *out)
{
	*out = g->groups[i];
	while (++i < g->n_groups && g->groups[i].pair == out->pair &&
	    g->groups[i].variant == out->variant &&
	    g->groups[i].scenario == out->scenario)
		out->n += g->groups[i].n;
	return i;
}

bool
group_counts(const struct request_row *q)
{
	return tables_is_good(q) && !q->asked->warmup && q->t_sent != -1;
}

uint64_t
group_work(const struct request_row *q)
{
	const uint64_t prime = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = (q->prompt_key * prime ^ (uint64_t)q->asked->turn) *
	    prime;

	return (h ^ (uint64_t)q->asked->concurrency) * prime;
}

bool
group_answered(const struct visit *at)
{
	for (size_t i = 0; i < at->n_requests; i++)
		if (group_counts(at->requests[i]))
			return true;
	return false;
}

/* Of one name there is one rank. */
static int
cmp_ranked(int64_t rank_a, const char *a, int64_t rank_b, const char *b)
{
	return rank_a != rank_b ? CMP(rank_a, rank_b) : names_cmp(a, b);
}

static int
cmp_variant(const void *pa, const void *pb)
{
	const struct variant *a = pa, *b = pb;
	int c = cmp_ranked(a->pair_rank, a->pair, b->pair_rank, b->pair);

	return c != 0 ? c : cmp_ranked(a->rank, a->variant, b->rank,
	    b->variant);
}

static int
cmp_group(const void *pa, const void *pb)
{
	const struct group *a = pa, *b = pb;
	int c;

	if ((c = cmp_ranked(a->pair_rank, a->pair, b->pair_rank,
	    b->pair)) != 0 ||
	    (c = cmp_ranked(a->scenario_rank, a->scenario, b->scenario_rank,
	    b->scenario)) != 0 ||
	    (c = cmp_ranked(a->variant_rank, a->variant, b->variant_rank,
	    b->variant)) != 0)
		return c;
	return names_cmp(a->cache, b->cache);
}

static void
find_variants(struct groups *g, struct ranks *k, const struct run *r)
{
	const struct raw_step *s;
	struct variant v;
	int64_t step;
	size_t kept = 0;

	g->variants = xreallocarray(NULL, r->n_steps + 1,
	    sizeof(*g->variants));
	for (size_t i = 0; i < r->n_steps; i++) {	/* by step number */
		s = r->steps[i].is;
		step = r->steps[i].step;
		if (s->pair == NULL || s->variant == NULL)
			continue;
		v = (struct variant){ .pair = s->pair, .kind = s->kind,
		    .variant = s->variant, .model = s->model,
		    .format = s->format,
		    .pair_rank = rank_of(k, s->pair, NULL, NULL, step),
		    .rank = rank_of(k, s->pair, s->variant, NULL, step),
		    .draft_tokens = -1, .accepted_tokens = -1,
		    .reference = s->reference };
		if (s->scenario != NULL)
			rank_of(k, s->pair, NULL, s->scenario, step);
		if (v.rank == step)
			g->variants[kept++] = v;
	}
	g->n_variants = kept;
	order_rows(g->variants, kept, sizeof(v), cmp_variant);
	for (size_t i = 0; i < kept; i++)
		variant_find(&g->variants[i], k->names, r);
}

/* The group of q, or NULL; most are in that of the one before, *hint. */
static struct group *
group_at(const struct groups *g, const struct request_row *q, size_t *hint)
{
	struct group *at;

	for (size_t i = 0; i < g->n_groups; i++) {
		at = &g->groups[(*hint + i) % g->n_groups];
		if (at->pair == q->at->pair && at->variant == q->at->variant &&
		    at->scenario == q->at->scenario &&
		    at->cache == q->asked->cache) {
			*hint = (size_t)(at - g->groups);
			return at;
		}
	}
	return NULL;
}

static bool
has_group(const struct request_row *q)
{
	return q->at != NULL && q->at->pair != NULL &&
	    q->at->variant != NULL && q->t_sent != -1;
}

/* The groups of the requests, in order, and how many each has. */
static void
find_groups(struct groups *g, struct ranks *k, const struct run *r)
{
	const struct request_row *q;
	const struct raw_step *s;
	size_t hint = 0, cap = 0;
	struct group *at;

	for (q = r->requests; q < r->requests + r->n_requests; q++) {
		if (!has_group(q))
			continue;
		if ((at = group_at(g, q, &hint)) == NULL) {
			g->groups = xgrow(g->groups, g->n_groups, &cap,
			    sizeof(*g->groups));
			at = &g->groups[g->n_groups++];
			s = q->at;
			*at = (struct group){ s->pair, s->kind, s->variant,
			    s->scenario, q->asked->cache,
			    rank_of(k, s->pair, NULL, NULL, q->step),
			    rank_of(k, s->pair, NULL, s->scenario, q->step),
			    rank_of(k, s->pair, s->variant, NULL, q->step),
			    NULL, 0, NULL, 0, 0, 0 };
		}
		at->n++;
	}
	order_rows(g->groups, g->n_groups, sizeof(*g->groups), cmp_group);
}

void
groups_of(struct groups *g, struct tables *t, const struct run *r)
{
	struct ranks k = { .names = t->names };
	size_t n = 0, hint = 0;
	struct group *at;

	*g = (struct groups){ 0 };
	find_variants(g, &k, r);
	find_groups(g, &k, r);
	idmap_fini(&k.at);
	g->q = xreallocarray(NULL, r->n_requests + 1, sizeof(*g->q));
	for (size_t i = 0; i < g->n_groups; i++) {
		g->groups[i].q = &g->q[n];
		n += g->groups[i].n;
		g->groups[i].n = 0;
	}
	for (size_t i = 0; i < r->n_requests; i++)	/* by t_sent */
		if (has_group(&r->requests[i])) {
			at = group_at(g, &r->requests[i], &hint);
			at->q[at->n++] = &r->requests[i];
			if (group_counts(&r->requests[i]))
				at->work += group_work(&r->requests[i]);
		}
}

void
groups_fini(struct groups *g)
{
	for (size_t i = 0; i < g->n_groups; i++)
		free(g->groups[i].gaps);
	free(g->variants);
	free(g->groups);
	free(g->q);
	*g = (struct groups){ 0 };
}

static struct level
number(struct tables *t, double v)
{
	char text[32];

	if (!(v >= 0))
		return (struct level){ NAN, NULL };
	if (t->level_text == NULL || v != t->level) {
		t->level = v;
		t->level_text = names_adds(t->names, json_number_text(text,
		    v));
	}
	return (struct level){ v, t->level_text };
}

struct level
level_of(struct tables *t, const struct request_row *q, enum dimension d)
{
	switch (d) {
	case D_TARGET_TOKENS:
		return number(t, (double)q->asked->target_tokens);
	case D_CONCURRENCY:
		return number(t, (double)(q->asked->concurrency != -1 ?
		    q->asked->concurrency : q->at->concurrency));
	case D_RATE:
		return number(t, q->at->rate_per_s);
	case D_DOMAIN:
		return (struct level){ NAN, q->asked->domain };
	case D_TURN:
		return number(t, (double)q->asked->turn);
	default:
		return (struct level){ NAN, NULL };
	}
}

static int
cmp_level(const void *pa, const void *pb)
{
	const struct level *a = pa, *b = pb;

	if (!isnan(a->num) && !isnan(b->num) && a->num != b->num)
		return CMP(a->num, b->num);
	return names_cmp(a->text, b->text);
}

size_t
levels_of(struct tables *t, const struct groups *g, const struct group *at,
    enum dimension d, struct level **out)
{
	struct level *l = NULL, lv;
	size_t n = 0, cap = 0, kept = 0;
	const struct group *o;

	for (size_t i = 0; i < g->n_groups; i++) {
		o = &g->groups[i];
		if (o->pair != at->pair || o->scenario != at->scenario)
			continue;
		for (size_t k = 0; k < o->n; k++) {
			lv = level_of(t, o->q[k], d);
			if (lv.text == NULL ||
			    (n > 0 && l[n - 1].text == lv.text))
				continue;
			l = xgrow(l, n, &cap, sizeof(*l));
			l[n++] = lv;
		}
	}
	order_rows(l, n, sizeof(*l), cmp_level);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || l[kept - 1].text != l[i].text)
			l[kept++] = l[i];
	*out = l;
	return kept < 2 ? 0 : kept;
}
