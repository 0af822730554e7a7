/* As good? By questions of which the answer is known; else described. */
#include "answers.h"

#include <math.h>
#include <string.h>

const char verdict_quality_cut[] = "most answers of one were cut at the limit "
    "of tokens: the questions need a higher `max_tokens`";

const char *
verdict_quality_why(const struct row_quality_compare *c)
{
	if (!same(c->verdict, "insufficient"))
		return NULL;
	return c->items < 6 ? "too few questions that both answered" :
	    "neither answers enough of them rightly to tell a difference";
}

/* The next comparison of the two behind after, of all questions or a kind. */
static const struct row_quality_compare *
next_compare(const struct evidence *ev, const char *pair,
    const struct answer *a, const struct row_quality_compare *after)
{
	return answer_next(ev, ROW_QUALITY_COMPARE, pair, a, NULL, after);
}

const struct row_quality_compare *
verdict_quality_kind(const struct evidence *ev, const char *pair,
    const struct answer *a, const char *better)
{
	const struct row_quality_compare *c = NULL;

	while ((c = next_compare(ev, pair, a, c)) != NULL)
		if (c->check != NULL && same(c->verdict, "different") &&
		    same(c->better, better))
			return c;
	return NULL;
}

static enum questions_of
kind_of(const char *check)
{
	return same(check, "agent") ? OF_CALLS :
	    strncmp(check, "schema", 6) == 0 ? OF_FORMS : OF_KNOWLEDGE;
}

bool
verdict_quality_parts(struct kind_score part[OF_KINDS],
    const struct evidence *ev, const struct answer *a)
{
	const struct row_quality_compare *c = NULL;
	struct kind_score *p;
	bool more[2] = { false, false };
	size_t base;

	memset(part, 0, OF_KINDS * sizeof(*part));
	while ((c = next_compare(ev, a->quality->pair, a, c)) != NULL) {
		if (c->check == NULL || !(c->items > 0))
			continue;
		base = same(c->base, a->base) ? 0 : 1;
		p = &part[kind_of(c->check)];
		p->items += c->items;
		p->right[base] += round(c->items * c->right_base);
		p->right[1 - base] += round(c->items * c->right_new);
	}
	for (p = part; p < part + OF_KINDS; p++) {
		more[0] |= p->right[0] > p->right[1];
		more[1] |= p->right[1] > p->right[0];
	}
	return more[0] && more[1];
}

/* How far the variant's next token is from that of a reference, or NULL. */
static const struct row_fidelity *
nearness_of(const struct evidence *ev, const char *pair, const char *variant)
{
	const struct row_key of_pair = { .pair = pair, .variant = variant };
	const struct row_fidelity *f = evidence_find(ev, ROW_FIDELITY,
	    &of_pair, NULL);

	return f != NULL && isfinite(f->equal_ratio) ? f : NULL;
}

/* The same of whole answers; not of those against its own. */
static const struct row_agreement *
sameness_of(const struct evidence *ev, const char *pair, const char *variant)
{
	const struct row_key of_pair = { .pair = pair, .variant = variant };
	const struct row_agreement *g = NULL;

	while ((g = evidence_find(ev, ROW_AGREEMENT, &of_pair, g)) != NULL)
		if (!same(g->reference, variant) && g->prompts > 0)
			return g;
	return NULL;
}

/* Are both held against this reference, or are one of them? */
static bool
are_held(const struct answer *a, const char *ref, bool has_base, bool has_new)
{
	return ref != NULL && (has_base || same(ref, a->base)) &&
	    (has_new || same(ref, a->new));
}

static const char *
nearer_of(const struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_fidelity_compare *c = answer_next(ev,
	    ROW_FIDELITY_COMPARE, pair, a, NULL, NULL);

	return c == NULL || c->nearer == NULL ? NULL :
	    same(c->nearer, a->base) ? a->base : a->new;
}

/* By the next token, else by whole answers. */
static void
describe(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_fidelity *f[] = { nearness_of(ev, pair, a->base),
	    nearness_of(ev, pair, a->new) };
	const struct row_agreement *g[] = { sameness_of(ev, pair, a->base),
	    sameness_of(ev, pair, a->new) };
	const char *ref = f[1] != NULL ? f[1]->reference : f[0] != NULL ?
	    f[0]->reference : NULL;

	if (are_held(a, ref, f[0] != NULL, f[1] != NULL)) {
		memcpy(a->nearness, f, sizeof(f));
		a->reference = ref;
		a->nearer = nearer_of(a, ev, pair);
		return;
	}
	ref = g[1] != NULL ? g[1]->reference : g[0] != NULL ?
	    g[0]->reference : NULL;
	if (are_held(a, ref, g[0] != NULL, g[1] != NULL)) {
		memcpy(a->sameness, g, sizeof(g));
		a->reference = ref;
	}
}

/* Did most answers of one of them end at the limit of tokens? */
static bool
are_cut(const struct answer *a, const struct evidence *ev, const char *pair)
{
	const char *const of[] = { a->base, a->new };
	const struct row_quality *q;

	for (size_t i = 0; i < 2; i++) {
		q = evidence_find(ev, ROW_QUALITY, &(struct row_key){
		    .pair = pair, .variant = of[i] }, NULL);
		while (q != NULL && q->check != NULL)
			q = evidence_find(ev, ROW_QUALITY, &(struct row_key){
			    .pair = pair, .variant = of[i] }, q);
		if (q != NULL && 2 * q->cut > q->items)
			return true;
	}
	return false;
}

/* What all kinds of questions together say.  They are no draw where it is
 * certain of a kind by itself. */
static void
judge(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_quality_compare *c = a->quality;

	if (same(c->verdict, "different") && c->better != NULL) {
		a->kind = ANSWER_WINNER;
		a->winner = same(c->better, a->base) ? a->base : a->new;
		return;
	}
	a->kind = same(c->verdict, "equivalent") ? ANSWER_SAME :
	    c->items > 0 ? ANSWER_UNSURE : ANSWER_MISSING;
	a->why = !(c->items > 0) ? NULL : a->kind == ANSWER_UNSURE &&
	    are_cut(a, ev, pair) ? verdict_quality_cut :
	    verdict_quality_why(c);
	if (verdict_quality_kind(ev, pair, a, a->base) != NULL ||
	    verdict_quality_kind(ev, pair, a, a->new) != NULL) {
		a->kind = ANSWER_UNSURE;
		a->why = "it depends on the kind of questions";
	}
}

void
verdict_quality(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_quality_compare *c = NULL;

	while ((c = next_compare(ev, pair, a, c)) != NULL && c->check != NULL)
		;
	a->quality = c;
	if (c != NULL)
		judge(a, ev, pair);
	describe(a, ev, pair);
	if (a->kind == ANSWER_MISSING && a->reference != NULL) {
		a->kind = ANSWER_DESCRIBED;
		a->quality = NULL;	/* without an item */
	}
}
