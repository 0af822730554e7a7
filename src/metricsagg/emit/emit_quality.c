/* quality, quality_compare, calls: the answers that were checked. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "sheet.h"
#include "stats/holm.h"
#include "stats/mcnemar.h"
#include "stats/summary.h"
#include "xalloc.h"

/* Fewer pairs of answers cannot reach .05, whatever they are. */
enum { LEAST_ITEMS = 6 };

/* A difference of the shares that matters. */
static const double margin = 0.05;

/*
 * Fewer right answers than this, in both, are no equality: where next to none
 * is right, one that answers nothing at all lies within the margin, too.
 */
static const double least_right = 0.25;

/* ---- who was asked what ------------------------------------------------ */

/* Has no variant of the pair answers of its scenario that were checked? */
static bool
is_unchecked(const struct view *v, const struct group *at)
{
	const struct group *g = v->g.groups;

	for (size_t i = 0; i < v->g.n_groups; i++, g++)
		for (size_t k = 0; k < g->n && g->pair == at->pair &&
		    g->scenario == at->scenario; k++)
			if (g->q[k]->answered->check != NULL)
				return false;
	return true;
}

static bool
is_asked(const struct request_row *q)
{
	return !q->asked->warmup && tables_was_tried(q) && q->prompt_key != 0;
}

/* What became of a question; NULL: the request failed. */
static const char *
result_of(const struct sheet_row *r)
{
	return r->q->answered->check;
}

/* A question counts once however often it was asked, by its first answer: the
 * next one is the same again, and no further evidence. */
static void
take_first(void *row, const struct request_row *q)
{
	struct sheet_row *r = row;

	if (result_of(r) == NULL)
		r->q = q;
}

static const struct sheet_form form = { sizeof(struct sheet_row), is_asked,
    take_first, is_unchecked };

static const struct sheet_row *
question(const struct sheet *s, size_t i)
{
	return (const struct sheet_row *)s->rows + i;
}

/* The kinds of questions in any of the sheets, by name, up to a NULL;
 * free(). */
static const char **
kinds_of(const struct sheet *s, size_t n)
{
	const char **kinds = NULL, *kind;
	size_t k, at, n_kinds = 0, cap = 0;

	for (size_t i = 0; i < n; i++)
		for (k = 0; k < s[i].n; k++) {
			kind = question(&s[i], k)->q->prompt;
			for (at = 0; at < n_kinds &&
			    names_cmp(kinds[at], kind) < 0; at++)
				;
			if (at < n_kinds && kinds[at] == kind)
				continue;
			kinds = xgrow(kinds, n_kinds, &cap, sizeof(*kinds));
			memmove(&kinds[at + 1], &kinds[at],
			    (n_kinds++ - at) * sizeof(*kinds));
			kinds[at] = kind;
		}
	kinds = xgrow(kinds, n_kinds, &cap, sizeof(*kinds));
	kinds[n_kinds] = NULL;
	return kinds;
}

/* ---- one variant ------------------------------------------------------- */

static void
put_quality(struct view *v, const struct sheet *s, const char *check)
{
	double *count[CHECK_RESULTS_N], failed = 0;
	struct row_quality row;
	struct interval ci;
	size_t k;

	emit_init_variant(ROW_QUALITY, &row, s->of);
	count[CHECK_RIGHT] = &row.right;
	count[CHECK_WRONG] = &row.wrong;
	count[CHECK_NONE] = &row.none;
	count[CHECK_CUT] = &row.cut;
	row.check = check;
	row.items = row.right = row.wrong = row.none = row.cut = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (check != NULL && question(s, i)->q->prompt != check)
			continue;
		for (k = 0; k < CHECK_RESULTS_N && names_cmp(result_of(
		    question(s, i)), check_result_name(
		    (enum check_result)k)) != 0; k++)
			;
		*(k < CHECK_RESULTS_N ? count[k] : &failed) += 1;
		row.items += k < CHECK_RESULTS_N;
	}
	row.failed = failed;
	ci = summary_wilson((size_t)row.right, (size_t)row.items);
	row.right_ratio = row.items > 0 ? row.right / row.items :
	    (double)NAN;
	row.right_lo = ci.lo;
	row.right_hi = ci.hi;
	emit_row(v, ROW_QUALITY, &row, 0);
}

/* ---- tool calls that failed ---------------------------------------------- */

/* Was it a tool call, and (call not NULL) did it come to that? */
static bool
is_call(const struct request_row *q, const char *call)
{
	return q->answered->call != NULL && (call == NULL ||
	    strcmp(q->answered->call, call) == 0);
}

/* How often, and where it was the first time. */
static struct row_calls
calls_of(const struct sheet *s, const char *call)
{
	const struct request_row *q;
	struct row_calls row;

	emit_init_variant(ROW_CALLS, &row, s->of);
	row.call = call;
	row.items = row.count = 0;
	for (size_t i = 0; i < s->n; i++) {
		q = question(s, i)->q;
		row.items += is_call(q, NULL);
		if (!is_call(q, call))
			continue;
		if (row.count++ == 0 || (double)q->step < row.step) {
			row.step = (double)q->step;
			row.at = q->answered->call_at;
		}
	}
	return row;
}

static void
put_calls(struct view *v, struct row_calls *row)
{
	struct interval ci = summary_wilson((size_t)row->count,
	    (size_t)row->items);

	row->ratio = row->items > 0 ? row->count / row->items : (double)NAN;
	row->ratio_lo = ci.lo;
	row->ratio_hi = ci.hi;
	emit_row(v, ROW_CALLS, row, 0);
}

/* Of every fault that occurs in any of them. */
static void
put_all_calls(struct view *v, const struct sheet *s, size_t n)
{
	struct row_calls *rows = xcalloc(n, sizeof(*rows));
	double count;

	for (int k = CALL_OK + 1; k < CALL_RESULTS_N; k++) {
		count = 0;
		for (size_t i = 0; i < n; i++) {
			rows[i] = calls_of(&s[i], call_result_name(
			    (enum call_result)k));
			count += rows[i].count;
		}
		for (size_t i = 0; i < n && count > 0; i++)
			put_calls(v, &rows[i]);
	}
	free(rows);
}

/* ---- two variants ------------------------------------------------------ */

/* Questions that both answered, and which of them one alone did rightly. */
struct both {
	size_t n, base, new, base_only, new_only;
};

static void
compare_answers(struct both *t, const char *base, const char *new)
{
	bool is_base, is_new;

	if (base == NULL || new == NULL)
		return;
	is_base = strcmp(base, "right") == 0;
	is_new = strcmp(new, "right") == 0;
	t->n++;
	t->base += is_base;
	t->new += is_new;
	t->base_only += is_base && !is_new;
	t->new_only += is_new && !is_base;
}

static struct both
both_of(const struct sheet *base, const struct sheet *new, const char *check)
{
	const struct sheet_row *b, *n;
	struct both t = { 0 };

	for (size_t i = 0; i < base->n; i++) {
		b = question(base, i);
		n = bsearch(b, new->rows, new->n, sizeof(*b), sheet_cmp);
		if (n != NULL && (check == NULL || b->q->prompt == check))
			compare_answers(&t, result_of(b), result_of(n));
	}
	return t;
}

static enum compare_verdict
verdict_of(const struct both *t, double p, struct interval ci)
{
	if (t->n < LEAST_ITEMS)
		return COMPARE_INSUFFICIENT;
	if (p < 0.05)
		return COMPARE_DIFFERENT;
	if (ci.lo < -margin || ci.hi > margin)
		return COMPARE_INCONCLUSIVE;
	return (double)(t->base > t->new ? t->base : t->new) < least_right *
	    (double)t->n ? COMPARE_INSUFFICIENT : COMPARE_EQUIVALENT;
}

static void
put_compare(struct view *v, const struct sheet *base, const struct sheet *new,
    const char *check, const struct both *t, double p)
{
	struct interval ci = mcnemar_difference(t->base_only, t->new_only,
	    t->n);
	enum compare_verdict verdict = verdict_of(t, p, ci);
	struct row_quality_compare row;

	field_init(schema_of(ROW_QUALITY_COMPARE), &row);
	row.pair = base->of->pair;
	row.kind = base->of->kind;
	row.base = base->of->variant;
	row.new = new->of->variant;
	row.check = check;
	row.items = (double)t->n;
	row.base_only = (double)t->base_only;
	row.new_only = (double)t->new_only;
	if (t->n > 0) {
		row.right_base = (double)t->base / row.items;
		row.right_new = (double)t->new / row.items;
		row.difference = (row.new_only - row.base_only) / row.items;
	}
	row.difference_lo = ci.lo;
	row.difference_hi = ci.hi;
	row.p = p;
	row.detectable = mcnemar_detectable(t->base_only, t->new_only, t->n);
	row.verdict = compare_verdict_name(verdict);
	if (verdict == COMPARE_DIFFERENT)
		row.better = t->new_only > t->base_only ? row.new : row.base;
	emit_row(v, ROW_QUALITY_COMPARE, &row, 0);
}

/*
 * Every variant against every other.  All questions together: that is the
 * test, adjusted (Holm) where there are several pairs of variants.  Then the
 * kinds of all of them, adjusted together.
 */
static void
put_compares(struct view *v, const struct sheet *s, size_t n,
    const char *const *kinds, size_t n_kinds)
{
	size_t columns = n_kinds + 1, most = n * (n - 1) / 2, at = 0;
	struct both *of = xcalloc(most * columns + 1, sizeof(*of));
	double *p = xcalloc(most * columns + 1, sizeof(*p));

	/* Column by column, that of all questions (a kind of NULL) last. */
	for (size_t c = 0; c < columns; c++)
		for (size_t i = 0; i < n; i++)
			for (size_t k = i + 1; k < n; k++, at++) {
				of[at] = both_of(&s[i], &s[k], kinds[c]);
				p[at] = of[at].n == 0 ? (double)NAN :
				    mcnemar_p(of[at].base_only,
				    of[at].new_only);
			}
	holm(p, p, most * n_kinds);
	holm(p + most * n_kinds, p + most * n_kinds, most);
	at = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++, at++)
			for (size_t c = 0; c < columns; c++)
				put_compare(v, &s[i], &s[k],
				    kinds[(c + n_kinds) % columns],
				    &of[(c + n_kinds) % columns * most + at],
				    p[(c + n_kinds) % columns * most + at]);
	free(of);
	free(p);
}

static void
put_pair(struct view *v, const struct variant *va, size_t n)
{
	struct sheet *s = sheets_of(v, va, n, &form);
	const char **kinds = kinds_of(s, n);
	size_t n_kinds = 0;

	while (kinds[n_kinds] != NULL)
		n_kinds++;
	for (size_t i = 0; i < n && n_kinds > 0; i++) {
		put_quality(v, &s[i], NULL);
		for (size_t k = 0; k < n_kinds; k++)
			put_quality(v, &s[i], kinds[k]);
	}
	if (n_kinds > 0)
		put_compares(v, s, n, kinds, n_kinds);
	put_all_calls(v, s, n);
	sheets_free(s, n);
	free(kinds);
}

void
emit_quality(struct view *v)
{
	emit_pairs(v, put_pair);
}
