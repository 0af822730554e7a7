/* What the comparisons of two variants say, one by one. */
#include "answers.h"

const char *const question_metric[] = {
	[QUESTION_TTFT] = "ttft_s", [QUESTION_DECODE] = "decode_tps"
};

const struct row_compare *
answer_next(const struct evidence *ev, const char *pair,
    const struct answer *a, const char *metric,
    const struct row_compare *after)
{
	const struct row_key key = { .pair = pair, .metric = metric };
	const struct row_compare *c = after;

	while ((c = evidence_find(ev, ROW_COMPARE, &key, c)) != NULL)
		if ((same(c->base, a->base) && same(c->new, a->new)) ||
		    (same(c->base, a->new) && same(c->new, a->base)))
			return c;
	return NULL;
}

const char *
verdict_order(const struct row_compare *c)
{
	return c->rounds > 1 ? "one came first too often" :
	    "one round, in which one came first";
}

void
answer_orient(struct answer *a, const struct row_compare *c)
{
	bool flip = a->winner != NULL ? same(a->winner, c->base) :
	    same(c->base, a->new);

	a->ratio = flip ? 1 / c->ratio : c->ratio;
	a->lo = flip ? 1 / c->ratio_hi : c->ratio_lo;
	a->hi = flip ? 1 / c->ratio_lo : c->ratio_hi;
}

void
answer_take(struct answer *a, const struct row_compare *c)
{
	a->compare = c;
	a->further = c->further_rounds;
	if (same(c->verdict, "different") && c->better != NULL) {
		a->kind = ANSWER_WINNER;
		a->winner = same(c->better, a->base) ? a->base : a->new;
	} else if (same(c->verdict, "equivalent")) {
		a->kind = ANSWER_SAME;
	} else if (same(c->verdict, "confounded-by-order")) {
		a->kind = ANSWER_CONFOUNDED;
	} else {
		a->kind = ANSWER_UNSURE;
	}
	answer_orient(a, c);
}
