/* agreement: greedy answers, word by word, against a reference variant and
 * against themselves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "stats/mcnemar.h"
#include "stats/order.h"
#include "xalloc.h"

enum { WORD = 8 };	/* digits of a word, digest.h */

/* A prompt, and the words of its first answer, and of the next. */
struct answer {
	const struct request_row *q;
	const char *words[2];
};

struct answers {
	const struct variant *of;
	struct answer *v;
	size_t n, cap;
};

static int
cmp_prompt(const struct answer *a, const struct answer *b)
{
	int c = names_cmp(a->q->at->scenario, b->q->at->scenario);

	return c != 0 ? c : CMP(a->q->prompt_key, b->q->prompt_key);
}

static int
cmp_answer(const void *pa, const void *pb)
{
	const struct answer *a = pa, *b = pb;
	int c = cmp_prompt(a, b);

	return c != 0 ? c : CMP(a->q->t_sent, b->q->t_sent);
}

/* The first two answers to each prompt. */
static void
fold(struct answers *a)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->n; i++)
		if (kept == 0 || cmp_prompt(&a->v[kept - 1], &a->v[i]) != 0)
			a->v[kept++] = a->v[i];
		else if (a->v[kept - 1].words[1] == NULL)
			a->v[kept - 1].words[1] = a->v[i].words[0];
	a->n = kept;
}

static struct answers
answers_of(const struct view *v, const struct variant *of)
{
	struct answers a = { .of = of };
	const struct request_row *q;

	for (size_t i = 0; i < v->r->n_requests; i++) {
		q = &v->r->requests[i];
		if (q->answered->words == NULL || q->at == NULL ||
		    !group_counts(q) || q->at->pair != of->pair ||
		    q->at->variant != of->variant)
			continue;
		a.v = xgrow(a.v, a.n, &a.cap, sizeof(*a.v));
		a.v[a.n++] = (struct answer){ q, { q->answered->words, NULL } };
	}
	order_rows(a.v, a.n, sizeof(*a.v), cmp_answer);
	fold(&a);
	return a;
}

/* The words of a, and those with which b begins, too. */
static size_t
words_kept(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n / WORD;
}

/* Does a server repeat itself?  Of what was asked once nobody knows. */
enum steadiness { STEADY, UNSTEADY, UNKNOWN };

struct agreement {
	double *words, *parted;		/* how many, and the first other one */
	size_t n, n_parted, n_known, steady_parted, unsteady_equal;
};

static void
add(struct agreement *g, const char *a, const char *b, enum steadiness is)
{
	bool parts = strcmp(a, b) != 0;

	g->words[g->n++] = (double)(strlen(a) / WORD);
	if (parts)
		g->parted[g->n_parted++] = (double)words_kept(a, b) + 1;
	g->n_known += is != UNKNOWN;
	g->steady_parted += parts && is == STEADY;
	g->unsteady_equal += !parts && is == UNSTEADY;
}

static enum steadiness
steadiness(const struct answer *a)
{
	return a->words[1] == NULL ? UNKNOWN :
	    strcmp(a->words[0], a->words[1]) == 0 ? STEADY : UNSTEADY;
}

/* Of both: that one does not repeat itself is known of it alone. */
static enum steadiness
of_both(const struct answer *a, const struct answer *b)
{
	enum steadiness x = steadiness(a), y = steadiness(b);

	return x == UNSTEADY || y == UNSTEADY ? UNSTEADY :
	    x == STEADY && y == STEADY ? STEADY : UNKNOWN;
}

/* The first answers of both; of one alone, its first with its next. */
static struct agreement
agreement_of(const struct answers *ref, const struct answers *other)
{
	struct agreement g = {
		.words = xcalloc(ref->n + 1, sizeof(double)),
		.parted = xcalloc(ref->n + 1, sizeof(double))
	};
	const struct answer *a, *b;
	size_t k = 0;

	for (size_t i = 0; i < ref->n; i++) {
		a = &ref->v[i];
		while (k < other->n && cmp_prompt(&other->v[k], a) < 0)
			k++;
		b = k < other->n ? &other->v[k] : NULL;
		if (ref == other && a->words[1] != NULL)
			add(&g, a->words[0], a->words[1], UNKNOWN);
		else if (ref != other && b != NULL && cmp_prompt(a, b) == 0)
			add(&g, a->words[0], b->words[0], of_both(a, b));
	}
	return g;
}

/*
 * Do the two part more often than each from itself?  That both repeat
 * themselves and part is evidence for it, that they agree where one does not
 * repeat itself is evidence against it.  p is that of so many tests
 * (Bonferroni).  What was asked once tells neither.
 */
static void
judge(struct row_agreement *row, const struct agreement *g, size_t tests)
{
	enum compare_verdict verdict = g->n_known > 0 ? COMPARE_INCONCLUSIVE :
	    COMPARE_INSUFFICIENT;

	row->steady_parted = (double)g->steady_parted;
	row->unsteady_equal = (double)g->unsteady_equal;
	if (g->n_known > 0)
		row->p = fmin(1, (double)tests * mcnemar_p(g->unsteady_equal,
		    g->steady_parted));
	if (row->p < 0.05 && g->steady_parted > g->unsteady_equal)
		verdict = COMPARE_DIFFERENT;
	row->verdict = compare_verdict_name(verdict);
}

static void
put_agreement(struct view *v, const struct answers *ref,
    const struct answers *other, size_t tests)
{
	struct agreement g = agreement_of(ref, other);
	size_t equal = g.n - g.n_parted;
	struct interval ci = summary_wilson(equal, g.n);
	struct summary parted = summary_of(g.parted, g.n_parted);
	struct row_agreement row;

	emit_init_variant(ROW_AGREEMENT, &row, other->of);
	row.reference = ref->of->variant;
	row.prompts = (double)g.n;
	row.equal = (double)equal;
	row.equal_ratio = row.equal / row.prompts;
	row.equal_lo = ci.lo;
	row.equal_hi = ci.hi;
	row.words_p50 = summary_of(g.words, g.n).p50;
	row.parted_p50 = parted.p50;
	row.parted_lo = parted.ci.lo;
	row.parted_hi = parted.ci.hi;
	if (ref != other)
		judge(&row, &g, tests);
	if (g.n > 0)
		emit_row(v, ROW_AGREEMENT, &row, 0);
	free(g.words);
	free(g.parted);
}

static void
put_pair(struct view *v, const struct variant *va, size_t n)
{
	struct answers *a = xcalloc(n, sizeof(*a));
	bool *answers = xcalloc(n, sizeof(*answers));
	size_t ref, tests = 0;

	for (size_t i = 0; i < n; i++) {
		a[i] = answers_of(v, &va[i]);
		answers[i] = a[i].n > 0;
		tests += answers[i];
	}
	tests -= tests > 0;
	ref = emit_reference(va, answers, n).at;
	for (size_t i = 0; i < n; i++)
		if (i != ref)
			put_agreement(v, &a[ref], &a[i], tests);
	for (size_t i = 0; i < n; i++)
		put_agreement(v, &a[i], &a[i], 0);
	for (size_t i = 0; i < n; i++)
		free(a[i].v);
	free(a);
	free(answers);
}

void
emit_agreement(struct view *v)
{
	emit_pairs(v, put_pair);
}
