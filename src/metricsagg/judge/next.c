#include "next.h"

#include <math.h>
#include <stdlib.h>

#include "holding.h"
#include "xalloc.h"

enum { LEAST_LEVELS = 3 };
/* A context that has so much more than the longest prompt is the next size. */
static const double more = 1.25;

/* How far off the longest rung may be when it is held out.  Weights are most
 * of the memory, whatever the context. */
static const double limits[NEXT_QUANTITIES] = { 0.1, 0.1, 0.03 };
/* What an interval may span. */
static const double widest = 2;
/* Prompts are processed in batches, of 512 tokens or so: memory rises steeply
 * up to one, and only the rungs behind it tell how it goes on. */
static const double batch = 1000;
static const unsigned terms[NEXT_QUANTITIES] = { 3, 2, 2 };

static bool
climbs(const struct request_row *q)
{
	return q->asked->target_tokens > 0 && q->asked->turn < 1 &&
	    q->asked->concurrency <= 1 && q->at->concurrency <= 1 &&
	    group_counts(q) && q->prompt_tokens > 0;
}

/* The scenario of the pair that climbs highest, or NULL. */
static const char *
ladder_scenario(const struct view *v, const struct variant *va)
{
	const char *best = NULL;
	struct level *l;
	double most = 0;
	size_t n;

	for (size_t i = 0; i < v->g.n_groups; i++) {
		const struct group *g = &v->g.groups[i];

		if (g->pair != va->pair || names_cmp(g->cache, "warm") == 0)
			continue;
		n = levels_of(v->t, &v->g, g, D_TARGET_TOKENS, &l);
		if (n >= LEAST_LEVELS && l[n - 1].num > most) {
			most = l[n - 1].num;
			best = g->scenario;
		}
		free(l);
	}
	return best;
}

static struct ladder_point
point_of(const struct next *n, const struct request_row *q)
{
	double prompt = q->prompt_tokens, rung = q->asked->target_tokens,
	    answer = fmax(0, q->completion_tokens);

	if (n->of == NEXT_TTFT)
		return (struct ladder_point){ rung, prompt - fmax(0,
		    q->cached_tokens), request_v(q, M_TTFT) };
	if (n->of == NEXT_TPOT)
		return (struct ladder_point){ rung, prompt + answer / 2,
		    request_v(q, M_TPOT) };
	return (struct ladder_point){ rung, prompt + answer,
	    n->counter < C_COUNT && q->visit != NULL ?
	    tables_mem_peak(q->visit->mem, q->t_sent, q->d.t_last + 1,
	    n->counter) + n->file : (double)NAN };
}

/* Which counter tells the memory: as it is compared. */
static void
choose_counter(const struct view *v, struct next *n)
{
	static const enum counter order[] = { C_FOOTPRINT, C_RSS, C_ANON };
	size_t i, k;

	n->counter = C_COUNT;
	if (!holding_is_told(v->r, n->va))
		return;
	for (i = 0; i < 3; i++)
		for (k = 0; k < v->r->n_mems; k++)
			if (v->r->mems[k].v[order[i]] > 0) {
				n->counter = order[i];
				n->file = variant_file_bytes(n->va, order[i]);
				return;
			}
}

/* To two digits. */
static double
about(double x)
{
	double unit = pow(10, floor(log10(x)) - 1);

	return round(x / unit) * unit;
}

static double
next_size(const struct variant *va, double longest)
{
	double context = va->info != NULL ? tables_known(
	    va->info->context_length) : (double)NAN;

	return context > more * longest && context < 2 * longest ? context :
	    about(2 * longest);
}

/* Why there is no curve, where the rungs are too few. */
static enum ladder_verdict
reason(size_t points, size_t cached, size_t asked)
{
	return 2 * cached > asked ? LADDER_CACHED : points == 0 ?
	    LADDER_NOT_MEASURED : LADDER_TOO_FEW_RUNGS;
}

/* What the requests of the variant say in its scenario. */
static void
climb(const struct view *v, struct next *n)
{
	struct ladder_point *p = xreallocarray(NULL, v->r->n_requests + 1,
	    sizeof(*p));
	size_t points = 0, cached = 0, asked = 0;
	const struct visit *last = NULL;
	struct interval ci;
	double longest = 0;

	for (size_t i = 0; i < v->g.n_groups; i++) {
		const struct group *g = &v->g.groups[i];

		for (size_t k = 0; k < g->n && g->pair == n->va->pair &&
		    g->variant == n->va->variant && g->scenario ==
		    n->scenario && names_cmp(g->cache, "warm") != 0; k++) {
			if (!climbs(g->q[k]))
				continue;
			asked++;
			cached += g->q[k]->d.is_miscached;
			longest = fmax(longest, g->q[k]->prompt_tokens);
			n->visits += n->visits == 0 || g->q[k]->visit != last;
			last = g->q[k]->visit;
			p[points] = point_of(n, g->q[k]);
			points += p[points].x > 0 && p[points].y > 0;
		}
	}
	n->l = ladder_of(p, points, n->visits, terms[n->of], limits[n->of],
	    n->va->variant);
	n->at = asked > 0 ? next_size(n->va, longest) : (double)NAN;
	if (n->l.verdict == LADDER_TOO_FEW_RUNGS)
		n->l.verdict = reason(points, n->of == NEXT_TTFT ? cached : 0,
		    asked);
	else if (n->of == NEXT_MEMORY && !ladder_rises(&n->l))
		n->l.verdict = LADDER_FLAT;
	else if (n->of == NEXT_MEMORY && n->l.to < batch)
		n->l.verdict = LADDER_TOO_SHORT;
	ci = ladder_ci(&n->l, n->at);
	if (n->l.verdict == LADDER_PREDICTED && !(ci.hi <= widest * ci.lo))
		n->l.verdict = LADDER_TOO_UNCERTAIN;
	free(p);
}

struct next *
next_of(const struct view *v, size_t *n)
{
	struct next *all = NULL, *at;
	size_t cap = 0;
	const char *scenario;

	*n = 0;
	for (size_t i = 0; i < v->g.n_variants; i++) {
		scenario = ladder_scenario(v, &v->g.variants[i]);
		for (enum next_quantity q = 0; scenario != NULL &&
		    q < NEXT_QUANTITIES; q++) {
			all = xgrow(all, *n, &cap, sizeof(*all));
			at = &all[(*n)++];
			*at = (struct next){ .va = &v->g.variants[i],
			    .scenario = scenario, .of = q,
			    .counter = C_COUNT };
			if (q == NEXT_MEMORY)
				choose_counter(v, at);
			at->room = at->counter < C_COUNT ? v->r->room : NAN;
			climb(v, at);
		}
	}
	return all;
}
