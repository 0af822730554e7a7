#include "judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "runs.h"
#include "stats/relabel.h"
#include "xalloc.h"

/* ---- the rules ----------------------------------------------------------- */

static bool
is_about(const struct failif *rule, const struct line *at)
{
	return rule->m == at->m && !at->is_missing;
}

/* Is any rule about this line?  The others are described, not tested. */
static bool
is_asked_for(const struct asked *a, const struct line *at)
{
	for (size_t k = 0; k < a->n_rules; k++)
		if (is_about(&a->rule[k], at))
			return true;
	return false;
}

/* Adjust p over the lines of each key that a rule is about. */
static void
adjust(struct lines *l, const struct asked *a)
{
	struct comparison *c = xreallocarray(NULL, l->n + 1, sizeof(*c));
	size_t end, k, n;

	for (size_t i = 0; i < l->n; i = end) {
		for (end = i, n = 0; end < l->n &&
		    l->at[end].key == l->at[i].key; end++) {
			l->at[end].c.verdict = lines_describe(&l->at[end].c);
			if (is_asked_for(a, &l->at[end]))
				c[n++] = l->at[end].c;
		}
		compare_verdicts(c, n);
		for (k = i, n = 0; k < end; k++)
			if (is_asked_for(a, &l->at[k]))
				l->at[k].c = c[n++];
	}
	free(c);
}

/*
 * Could a rule find a regression here, whatever the figures?  Too few runs,
 * requests or loads never can; they do not vote.
 */
static bool
can_decide(const struct lines *l, const struct line *at)
{
	if (l->by_runs)
		return relabel_can_decide(at->c.n_base, at->c.n_new);
	return at->c.method != COMPARE_NO_TEST && !(at->c.p_floor >= 0.05);
}

struct vote {
	struct line *at;
	const struct failif *rule;
};

static size_t
collect(struct vote *v, struct lines *l, const struct asked *a)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < a->n_rules; k++)
			if (is_about(&a->rule[k], &l->at[i]) &&
			    can_decide(l, &l->at[i]))
				v[n++] = (struct vote){ &l->at[i],
				    &a->rule[k] };
	return n;
}

/* Are these by one rule about one thing that two variants did? */
static bool
are_beside(const struct vote *a, const struct vote *b)
{
	const struct side_row *x = a->at->key, *y = b->at->key;

	return a->rule == b->rule && x->pair == y->pair &&
	    x->scenario == y->scenario && x->cache == y->cache &&
	    x->variant != y->variant && a->at->m != M_LOAD &&
	    a->at->m != M_PEAK_MEMORY;
}

/* ---- the votes of whole runs --------------------------------------------- */

/* Turn ln of a metric in each run into how bad that is by a rule. */
static void
make_bad(double *x, const struct failif *rule, const struct asked *a)
{
	double sign = rule->is_below ? -1 : 1;
	double gain = fmin(sign * log1p(rule->change), 0);

	for (size_t r = 0; r < a->base->n_runs + a->new->n_runs; r++)
		x[r] = sign * x[r] - (r < a->base->n_runs ? 0 : gain);
}

enum { FIGURES = 3 };

/* How bad each run was by vote i of n, into x: by its centre, by its best visit
 * and by how much more than another variant. */
static struct relabel_line
line_of(double *x, const struct vote *v, size_t i, size_t n,
    const struct asked *a)
{
	size_t runs = a->base->n_runs + a->new->n_runs, k = 0;
	const struct failif *rule = v[i].rule;
	double sign = rule->is_below ? -1 : 1;
	const struct side_row *key = v[i].at->key;
	enum metric m = v[i].at->m;

	while (k < n && !are_beside(&v[i], &v[k]))
		k++;
	runs_figures(x, a->base, a->new, key, NULL, m);
	runs_best(x + runs, a->base, a->new, key, m, sign);
	if (k < n)
		runs_figures(x + 2 * runs, a->base, a->new, key,
		    v[k].at->key, m);
	for (size_t f = 0; f < FIGURES; f++)
		make_bad(x + f * runs, rule, a);
	return (struct relabel_line){ x, x + runs, k < n ? x + 2 * runs : NULL,
	    fmax(sign * log1p(rule->change), 0) };
}

/* What shows a find: the centre, where it is beyond the limit and its interval
 * not about 0; or the best visits, where that is true of them or the centre is
 * within the limit; or the difference. */
static void
put_finder(const struct vote *v, const struct relabel_line *line,
    const struct asked *a)
{
	size_t base = a->base->n_runs, new = a->new->n_runs;
	bool is_beyond = relabel_change(line->bad, base, new).change >
	    line->limit;
	struct comparison c;
	double *x;

	if (is_beyond && v->at->c.verdict == COMPARE_DIFFERENT)
		return;
	x = xcalloc(base + new, sizeof(*x));
	runs_best(x, a->base, a->new, v->at->key, v->at->m,
	    v->rule->is_below ? -1 : 1);
	c = lines_figures(a, x);
	c.p_holm = v->at->c.p_holm;
	free(x);
	if (!is_beyond || c.verdict == COMPARE_DIFFERENT) {
		v->at->is_best = true;
		v->at->c = c;
	} else if (line->beside != NULL)
		v->at->is_beside |= relabel_change(line->beside, base,
		    new).ci.lo > 0;
}

/* The change of a vote that is found in a share of the cases. */
static double
found_in(const struct vote *v, const double *need, double share)
{
	double change = need[(size_t)(share * (RELABEL_CASES - 1) + 0.5)];

	return v->rule->is_below ? expm1(-change) : expm1(change);
}

/* The share of the cases in which twice the limit is found; what falls by half
 * and more has no twice. */
static double
power_of(const struct vote *v, const double *need)
{
	double change = fabs(log1p(fmax(-1, 2 * v->rule->change)));
	size_t found = 0;

	while (found < RELABEL_CASES && need[found] <= change)
		found++;
	return (double)found / RELABEL_CASES;
}

/* What these runs can find, and how many a side would find twice the limit. */
static void
put_power(struct vote *v, size_t n, const struct relabel_line *line,
    const struct asked *a)
{
	const size_t had[2] = { a->base->n_runs, a->new->n_runs };
	double *need = xcalloc(n * RELABEL_CASES + 1, sizeof(*need));
	size_t with[2], k = had[0] > had[1] ? had[0] : had[1], weak = n;

	relabel_needs(need, line, n, had, had);
	for (size_t i = 0; i < n; i++) {
		v[i].at->finds = found_in(&v[i], need + i * RELABEL_CASES,
		    0.9);
		v[i].at->power = power_of(&v[i], need + i * RELABEL_CASES);
	}
	while (weak > 0 && ++k <= RUNS_FORETOLD) {
		with[0] = with[1] = k;
		relabel_needs(need, line, n, had, with);
		for (size_t i = weak = 0; i < n; i++) {
			v[i].at->power_then = v[i].at->runs_then == 0 ?
			    power_of(&v[i], need + i * RELABEL_CASES) :
			    v[i].at->power_then;
			if (v[i].at->power_then < 0.95)
				weak++;
			else if (v[i].at->runs_then == 0)
				v[i].at->runs_then = k;
		}
	}
	free(need);
}

/* The votes share the chance of one false alarm in 20. */
static void
test_runs(struct vote *v, size_t n, const struct asked *a)
{
	size_t figures = FIGURES * (a->base->n_runs + a->new->n_runs);
	struct relabel_line *line = xcalloc(n + 1, sizeof(*line));
	double *x = xcalloc(n * figures + 1, sizeof(*x));
	double *p = xcalloc(n + 1, sizeof(*p));

	for (size_t i = 0; i < n; i++)
		line[i] = line_of(x + i * figures, v, i, n, a);
	relabel_test(p, line, n, a->base->n_runs, a->new->n_runs);
	for (size_t i = 0; i < n; i++) {
		v[i].at->c.p_holm = fmin(p[i], v[i].at->c.p_holm);
		if (p[i] <= RELABEL_ALPHA)
			put_finder(&v[i], &line[i], a);
	}
	put_power(v, n, line, a);
	free(line);
	free(x);
	free(p);
}

/* What the requests or loads of two runs can find, by their interval. */
static void
put_power_of_requests(struct vote *v)
{
	double half = log(v->at->c.ratio_ci.hi / v->at->c.ratio_ci.lo) / 2;
	double change = fmax(fabs(log1p(v->rule->change)), half) +
	    half * 1.2816 / 1.96;

	v->at->finds = v->rule->is_below ? expm1(-change) : expm1(change);
}

static void
apply_rules(struct lines *l, const struct asked *a)
{
	struct vote *v = xcalloc(l->n * a->n_rules + 1, sizeof(*v));
	size_t n = collect(v, l, a);

	if (l->by_runs)
		test_runs(v, n, a);
	for (size_t i = 0; i < n; i++) {
		if (!l->by_runs)
			put_power_of_requests(&v[i]);
		struct line *at = v[i].at;
		enum failif_verdict verdict = failif_decide(v[i].rule,
		    at->c.ratio, at->c.ratio_ci.lo, at->c.ratio_ci.hi,
		    at->c.p_holm);

		if (at->is_judged && verdict != FAILIF_FAIL &&
		    at->verdict != FAILIF_PASS)
			continue;
		at->verdict = verdict;
		at->rule = v[i].rule;
		at->is_judged = true;
	}
	free(v);
}

/* Each rule that had nothing it could decide from, once. */
static void
put_not_judged(const struct lines *l, const struct asked *a)
{
	bool is_seen, is_able;

	for (size_t k = 0; k < a->n_rules; k++) {
		is_seen = is_able = false;
		for (size_t i = 0; i < l->n; i++)
			if (is_about(&a->rule[k], &l->at[i])) {
				is_seen = true;
				is_able |= can_decide(l, &l->at[i]);
			}
		if (is_seen && !is_able)
			diag_warnx("%s %c %g%%: not judged: too few %s to "
			    "find a regression, whatever they said",
			    metric_name(a->rule[k].m),
			    a->rule[k].is_below ? '<' : '>',
			    100 * a->rule[k].change,
			    l->by_runs ? "runs" : "requests or loads");
	}
}

/* ---- both sides ---------------------------------------------------------- */

static bool
same_figures(const struct side_row *a, const struct side_row *b)
{
	enum metric m;

	for (m = 0; m < M_COUNT; m++)
		if (a->v[m] != b->v[m] && !(isnan(a->v[m]) && isnan(b->v[m])))
			return false;
	return runs_same_key(a, b) && a->is_load == b->is_load &&
	    a->is_good == b->is_good && a->load == b->load;
}

/* Is a side compared with itself? */
static bool
is_identical(const struct side *a, const struct side *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++)
		if (!same_figures(&a->rows[i], &b->rows[i]))
			return false;
	return a->n == b->n;
}

void
judge_sides(struct lines *l, const struct asked *a)
{
	const struct side *base = a->base, *new = a->new;

	l->runs_base = base->n_runs;
	l->runs_new = new->n_runs;
	l->by_runs = relabel_can_decide(base->n_runs, new->n_runs);
	lines_of_keys(l, a);
	if (!l->by_runs)
		adjust(l, a);
	apply_rules(l, a);
	put_not_judged(l, a);
	l->is_identical = is_identical(base, new);
	l->is_apart = base->first != NULL && new->first != NULL &&
	    (strcmp(base->last, new->first) < 0 ||
	    strcmp(new->last, base->first) < 0);
}
