/* What the comparisons of two variants say, one by one. */
#include "answers.h"

const char *const question_metric[] = {
	[QUESTION_TTFT] = "ttft_s", [QUESTION_DECODE] = "decode_tps"
};

const void *
answer_next(const struct evidence *ev, enum row_type type, const char *pair,
    const struct answer *a, const char *metric, const void *after)
{
	const struct row_key key = { .pair = pair, .metric = metric };
	const struct field *of_base = field_of(schema_of(type), "base"),
	    *of_new = field_of(schema_of(type), "new");
	const char *base, *new;
	const void *row = after;

	while ((row = evidence_find(ev, type, &key, row)) != NULL) {
		base = field_text(of_base, row);
		new = field_text(of_new, row);
		if ((same(base, a->base) && same(new, a->new)) ||
		    (same(base, a->new) && same(new, a->base)))
			break;
	}
	return row;
}

const char *
verdict_order(const struct row_compare *c)
{
	return c->rounds > 1 ? "one came first too often or by too long" :
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
