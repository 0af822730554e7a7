/* What to take, from all the answers. */
#include "answers.h"

#include <math.h>

/* Is the whole interval of the row on the side of the variant? */
static bool
is_on_side(const struct row_compare *c, enum question q, const char *variant)
{
	bool less = c->ratio_hi < 1, more = c->ratio_lo > 1;

	return same(variant, c->new) ? (q == QUESTION_TTFT ? less : more) :
	    same(variant, c->base) && (q == QUESTION_TTFT ? more : less);
}

/* The description of a cold scenario or level that favours variant. */
static const struct row_compare *
speed_favours(const struct evidence *ev, const char *pair,
    const struct answer *a, const char *variant)
{
	const struct row_compare *c = NULL;

	while ((c = answer_next(ev, ROW_COMPARE, pair, a,
	    question_metric[a->question], c)) != NULL)
		if (!same(c->cache, "warm") &&
		    same(c->verdict, "description") &&
		    is_on_side(c, a->question, variant))
			return c;
	return NULL;
}

struct favour
verdict_favours(const struct evidence *ev, const char *pair,
    const struct answer *a, const char *variant)
{
	bool is_speed = a->question == QUESTION_TTFT ||
	    a->question == QUESTION_DECODE;
	struct favour f = { NULL, NULL };

	if (!is_speed && a->question != QUESTION_QUALITY)
		return f;
	if (a->kind == ANSWER_WINNER && a->winner == variant)
		return (struct favour){ a->compare, a->quality };
	if (is_speed)
		f.compare = speed_favours(ev, pair, a, variant);
	else
		f.quality = verdict_quality_kind(ev, pair, a, variant);
	return f;
}

bool
verdict_is_favour(struct favour f)
{
	return f.compare != NULL || f.quality != NULL;
}

bool
verdict_depends(const struct evidence *ev, const char *pair,
    const struct answer answers[QUESTIONS])
{
	const struct answer *a;

	for (a = answers; a < answers + QUESTIONS; a++)
		if (verdict_is_favour(verdict_favours(ev, pair, a, a->base)) &&
		    verdict_is_favour(verdict_favours(ev, pair, a, a->new)))
			return true;
	return false;
}

/* Did every request of the variant fail, or did none get that far? */
static bool
useless(const struct row_stability *s)
{
	return s != NULL && s->failed >= s->requests;
}

static void
add_further(struct advice *advice, const struct answer *a)
{
	if (isnan(advice->round_s))
		advice->round_s = a->compare->round_s;
	if (advice->further > a->further || isnan(a->further))
		return;
	advice->further = a->further;
	advice->round_s = a->compare->round_s;
}

struct advice
verdict_advice(const struct answer *answers, size_t n)
{
	const struct answer *stable = &answers[QUESTION_STABLE];
	struct advice advice = { ADVICE_UNSURE, NULL, NAN, NAN, false };
	int wins_base = 0, wins_new = 0, even = 0, open = 0;
	bool is_told = true;
	const struct answer *a;

	if (useless(stable->st_base) || useless(stable->st_new)) {
		advice.kind = ADVICE_ONLY;
		if (!useless(stable->st_base))
			advice.take = stable->base;
		else if (!useless(stable->st_new))
			advice.take = stable->new;
		else
			advice.kind = ADVICE_NEITHER;
		return advice;
	}
	for (a = answers; a < answers + n; a++) {
		if (a->kind == ANSWER_WINNER)
			*(a->winner == a->base ? &wins_base : &wins_new) += 1;
		else if (a->kind == ANSWER_SAME && a != stable)
			even++;
		else if (a->kind == ANSWER_UNSURE ||
		    a->kind == ANSWER_CONFOUNDED)
			open++;
		advice.is_confounded |= a->kind == ANSWER_CONFOUNDED;
		if (a->kind == ANSWER_UNSURE && a->compare != NULL) {
			add_further(&advice, a);
			is_told &= !isnan(a->further);
		}
	}
	if (!is_told)
		advice.further = NAN;
	if (wins_base > 0 && wins_new > 0) {
		advice.kind = ADVICE_TRADE;
	} else if (wins_base + wins_new > 0) {
		advice.kind = ADVICE_TAKE;
		advice.take = wins_base > 0 ? stable->base : stable->new;
	} else if (even > 0 && open == 0) {
		advice.kind = ADVICE_EITHER;
	}
	return advice;
}
