#include "versus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/order.h"
#include "xalloc.h"

void
versus_each(struct view *v, const char *pair, versus_fn *fn, void *arg)
{
	const struct variant *end = v->g.variants + v->g.n_variants;

	for (const struct variant *a = v->g.variants; a < end; a++)
		for (const struct variant *b = a + 1; b < end &&
		    b->pair == a->pair; b++)
			if (pair == NULL || a->pair == pair)
				fn(v, a, b, arg);
}

struct sides
sides_new(size_t most)
{
	struct sides s = { 0 };

	for (size_t i = 0; i < 2; i++)
		s.values[i] = xreallocarray(NULL, most + 1,
		    sizeof(*s.values[i]));
	s.visits = xreallocarray(NULL, most + 1, sizeof(*s.visits));
	return s;
}

void
sides_fini(struct sides *s)
{
	free(s->values[0]);
	free(s->values[1]);
	free(s->visits);
}

static double
visit_took_s(const struct visit *at)
{
	return at == NULL ? NAN : (double)(at->t_next - at->t_begin) / 1e9;
}

/* One that found the model there, in a server that cannot load, is no other. */
static void
count_load(struct sides *s, const struct visit *at, bool is_new)
{
	const struct span_row *load = at != NULL ? at->load : NULL;

	if (load == NULL || load == s->load[is_new] ||
	    (s->load[is_new] != NULL && !load->info.timed))
		return;
	s->load[is_new] = load;
	s->loads[is_new]++;
}

void
sides_add(struct sides *s, const struct visit *at, double value, int64_t t,
    bool is_new)
{
	count_load(s, at, is_new);
	s->values[is_new][s->n_values[is_new]++] = value;
	s->visits[s->n_visits++] = (struct rounds_visit){ log(value),
	    (double)t / 1e9, visit_took_s(at), at->block, is_new };
}

/* ---- requests ------------------------------------------------------------*/

static int64_t
block_of(const struct request_row *q)
{
	return q->at != NULL ? q->at->block : -1;
}

static bool
is_one_visit(const struct request_row *a, const struct request_row *b)
{
	return a->visit == b->visit && block_of(a) == block_of(b);
}

/* ---- what only one of them answered --------------------------------------*/

static uint64_t
work_in_block(const struct request_row *q)
{
	return group_work(q) + ((uint64_t)block_of(q) << 32);
}

static struct idmap
work_done(const struct group *g)
{
	struct idmap done = { 0 };
	uint64_t work;

	/* Each work, and each block by its number. */
	for (size_t i = 0; i < 2 * g->n; i++) {
		work = i % 2 == 0 ? work_in_block(g->q[i / 2]) :
		    (uint64_t)block_of(g->q[i / 2]);
		if (group_counts(g->q[i / 2]) &&
		    idmap_get(&done, work) == IDMAP_NONE)
			idmap_put(&done, work, 1);
	}
	return done;
}

/* Has the other side a visit in that block, which lacks what q is? */
static bool
is_alone(const struct request_row *q, const struct idmap *other)
{
	return idmap_get(other, (uint64_t)block_of(q)) != IDMAP_NONE &&
	    idmap_get(other, work_in_block(q)) == IDMAP_NONE;
}

size_t
versus_alone(const struct group *g, const struct group *other)
{
	struct idmap done = work_done(other);
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += group_counts(g->q[i]) && is_alone(g->q[i], &done);
	idmap_fini(&done);
	return n;
}

/* Add a visit that began with request q and has these n values; its figure is
 * the median of their logarithms, so that 1 / x has 1 / the ratio of x. */
static void
add_visit(struct sides *s, const struct request_row *q, double *values,
    size_t n, double at_s, bool is_new)
{
	struct rounds_visit *v = &s->visits[s->n_visits++];

	order_sort(values, n);
	*v = (struct rounds_visit){ (log(values[(n - 1) / 2]) +
	    log(values[n / 2])) / 2, at_s, visit_took_s(q->visit),
	    block_of(q), is_new };
}

/*
 * The requests at a level, visit by visit; those of one block in a variant that
 * stays loaded are a visit, too.  Where one side lacks what the other answered,
 * as it failed or was cut off, the round is of what both did.
 */
static void
observe(struct view *v, const struct versus *at, enum dimension d,
    const char *level, enum metric m, bool is_new, struct sides *s)
{
	const struct group *g = is_new ? at->new : at->base;
	struct idmap done = { 0 };
	double *x = s->values[is_new], at_s = 0, value;
	const struct request_row *q, *first = NULL;
	size_t n = 0, from = 0;

	if (at->is_unlike)
		done = work_done(is_new ? at->base : at->new);
	for (size_t i = 0; i < g->n; i++) {
		q = g->q[i];
		value = request_v(q, m);
		if (!group_counts(q) || isnan(value) || (d != D_ALL &&
		    level_of(v->t, q, d).text != level) ||
		    (at->is_unlike && is_alone(q, &done)))
			continue;
		if (first != NULL && !is_one_visit(first, q)) {
			add_visit(s, first, x + from, n - from,
			    at_s / (double)(n - from), is_new);
			from = n;
			at_s = 0;
		}
		if (from == n)
			first = q;
		count_load(s, q->visit, is_new);
		x[n++] = value;
		at_s += (double)q->t_sent / 1e9;
	}
	if (n > from)
		add_visit(s, first, x + from, n - from,
		    at_s / (double)(n - from), is_new);
	idmap_fini(&done);
	order_sort(x, n);
	s->n_values[is_new] = n;
}

struct sides
versus_observe(struct view *v, const struct versus *at, enum dimension d,
    const char *level, enum metric m)
{
	struct sides s = sides_new(at->base->n + at->new->n);

	observe(v, at, d, level, m, false, &s);
	observe(v, at, d, level, m, true, &s);
	return s;
}

unsigned
versus_tests(const struct view *v, const struct versus *at, enum metric m)
{
	return at->is_deciding && v->r->is_tested[m] ? v->r->n_tested : 0;
}

/* ---- the scenario that decides -------------------------------------------*/

/* The most requests that a visit of g answered, and how many visits did. */
struct weight {
	size_t visits, in_one;
};

static struct weight
weigh(const struct group *g)
{
	struct weight w = { 0, 0 };
	const struct request_row *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		if (!group_counts(g->q[i]))
			continue;
		if (first == NULL || !is_one_visit(first, g->q[i])) {
			first = g->q[i];
			w.visits++;
			n = 0;
		}
		if (++n > w.in_one)
			w.in_one = n;
	}
	return w;
}

/*
 * How well a scenario decides, 0: not at all.  What it amounts to does not
 * change while a run goes on (or stops), from the second round.
 */
static size_t
fitness(const struct versus *at)
{
	struct weight base = weigh(at->base), new = weigh(at->new);
	size_t least = base.in_one < new.in_one ? base.in_one : new.in_one;

	if (at->base->scenario == NULL || least == 0 ||
	    names_cmp(at->base->cache, "warm") == 0)
		return 0;
	if (strcmp(at->base->scenario, "simple_gen") == 0)
		return SIZE_MAX;
	return base.visits > 1 && new.visits > 1 ? SIZE_MAX / 2 + least : least;
}

static void
choose(struct versus *at, size_t n)
{
	size_t most = 0, fit;
	struct versus *best = NULL;

	for (size_t i = 0; i < n; i++)
		if ((fit = fitness(&at[i])) > most) {
			best = &at[i];
			most = fit;
		}
	if (best != NULL)
		best->is_deciding = true;
}

static bool
is_versus(const struct group *b, const struct group *n,
    const struct variant *base, const struct variant *new)
{
	return b->pair == base->pair && n->pair == new->pair &&
	    b->variant == base->variant && n->variant == new->variant &&
	    b->scenario == n->scenario && b->cache == n->cache;
}

size_t
versus_of(const struct view *v, const struct variant *base,
    const struct variant *new, struct versus **out)
{
	struct versus *at = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < v->g.n_groups; i++)
		for (size_t k = 0; k < v->g.n_groups; k++) {
			if (!is_versus(&v->g.groups[i], &v->g.groups[k], base,
			    new))
				continue;
			at = xgrow(at, n, &cap, sizeof(*at));
			at[n++] = (struct versus){ &v->g.groups[i],
			    &v->g.groups[k], false, v->g.groups[i].work !=
			    v->g.groups[k].work };
		}
	choose(at, n);
	*out = at;
	return n;
}
