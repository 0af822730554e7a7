/* agreement: greedy answers, word by word, against a reference variant and
 * against themselves. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "sheet.h"
#include "stats/mcnemar.h"
#include "xalloc.h"

enum { WORD = 8 };	/* digits of a word, digest.h */

/* A prompt, the words of its first answer, and of the next (or NULL). */
struct answer {
	struct sheet_row row;
	const char *next;
};

static const char *
words_of(const struct answer *a)
{
	return a->row.q->answered->words;
}

static bool
has_words(const struct request_row *q)
{
	return q->answered->words != NULL && group_counts(q);
}

static void
take_next(void *row, const struct request_row *q)
{
	struct answer *a = row;

	if (a->next == NULL)
		a->next = q->answered->words;
}

static const struct sheet_form form = { sizeof(struct answer), has_words,
    take_next, NULL };

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
	return a->next == NULL ? UNKNOWN :
	    strcmp(words_of(a), a->next) == 0 ? STEADY : UNSTEADY;
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
agreement_of(const struct sheet *ref, const struct sheet *other)
{
	struct agreement g = {
		.words = xcalloc(ref->n + 1, sizeof(double)),
		.parted = xcalloc(ref->n + 1, sizeof(double))
	};
	const struct answer *a = ref->rows, *b;

	for (; a < (const struct answer *)ref->rows + ref->n; a++) {
		b = bsearch(a, other->rows, other->n, sizeof(*a), sheet_cmp);
		if (a == b && a->next != NULL)
			add(&g, words_of(a), a->next, UNKNOWN);
		else if (a != b && b != NULL)
			add(&g, words_of(a), words_of(b), of_both(a, b));
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
put_agreement(struct view *v, const struct sheet *ref,
    const struct sheet *other, size_t tests)
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
	struct sheet *s = sheets_of(v, va, n, &form);
	size_t ref = sheet_reference(s, n).at, tests = 0;

	for (size_t i = 0; i < n; i++)
		tests += s[i].n > 0;
	tests -= tests > 0;
	for (size_t i = 0; i < n; i++)
		if (i != ref)
			put_agreement(v, &s[ref], &s[i], tests);
	for (size_t i = 0; i < n; i++)
		put_agreement(v, &s[i], &s[i], 0);
	sheets_free(s, n);
}

void
emit_agreement(struct view *v)
{
	emit_pairs(v, put_pair);
}
