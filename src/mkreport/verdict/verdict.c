#include "answers.h"

#include <math.h>

/* The comparison in this metric that is tested; with a scenario, the one
 * there, tested or not. */
static const struct row_compare *
deciding_row(const struct evidence *ev, const char *pair,
    const struct answer *a, const char *metric, const char *scenario)
{
	const struct row_compare *c = NULL;

	while ((c = answer_next(ev, ROW_COMPARE, pair, a, metric, c)) != NULL)
		if (scenario != NULL ? same(c->scenario, scenario) :
		    c->headline == 1)
			break;
	return c;
}

double
verdict_figure(const struct answer *a, const char *variant)
{
	const struct row_compare *c = a->compare;

	if (a->quality != NULL)
		return same(a->quality->base, variant) ?
		    a->quality->right_base : a->quality->right_new;
	if (c == NULL)
		return NAN;
	return same(c->base, variant) ? c->p50_base : c->p50_new;
}

char *
verdict_figure_text(char out[QUANTITY_CAP], const struct evidence *ev,
    const struct answer *a, const char *variant)
{
	const struct row_compare *c = a->compare;
	const struct row_metric *m;
	double v = verdict_figure(a, variant);

	if (a->quality != NULL || c == NULL)
		return quantity(out, a->quality != NULL ? QUANTITY_RATIO :
		    QUANTITY_PLAIN, v);
	m = subject_metric(ev, c->pair, variant, &(struct row_metric){
	    .metric = c->metric, .scenario = c->scenario, .cache = c->cache,
	    .by = c->by, .level = c->level });
	return quantity_within(out, quantity_unit_of(c->metric), v,
	    m == NULL ? (double)NAN : m->ci_lo,
	    m == NULL ? (double)NAN : m->ci_hi);
}

/* The next answer about another metric than those of speed, behind *at, which
 * is moved on. */
static bool
next_other(const struct evidence *ev, const char *pair, const char *base,
    const char *new, const struct row_compare **at, struct answer *a)
{
	*a = (struct answer){ .question = QUESTION_OTHER, .base = base,
	    .new = new };
	while ((*at = answer_next(ev, ROW_COMPARE, pair, a, NULL,
	    *at)) != NULL) {
		if ((*at)->headline != 1 || (*at)->scenario == NULL ||
		    (*at)->metric == NULL ||
		    same((*at)->metric, question_metric[QUESTION_TTFT]) ||
		    same((*at)->metric, question_metric[QUESTION_DECODE]))
			continue;
		answer_take(a, *at);
		return true;
	}
	return false;
}

static void
answer_speed(struct answer *a, const struct evidence *ev, const char *pair)
{
	const char *metric = question_metric[a->question];
	const struct row_compare *c, *at = NULL;
	struct answer other;

	if ((c = deciding_row(ev, pair, a, metric, NULL)) != NULL) {
		answer_take(a, c);
		return;
	}
	c = deciding_row(ev, pair, a, question_metric[
	    a->question == QUESTION_TTFT ? QUESTION_DECODE : QUESTION_TTFT],
	    NULL);
	if (c == NULL && next_other(ev, pair, a->base, a->new, &at, &other))
		c = other.compare;
	if (c != NULL && deciding_row(ev, pair, a, metric, c->scenario) != NULL)
		a->why = "not among the metrics that this run tests";
}

struct answer
verdict_answer(const struct evidence *ev, const char *pair, const char *base,
    const char *new, enum question q)
{
	struct answer a = { .question = q, .kind = ANSWER_MISSING,
	    .base = base, .new = new, .ratio = NAN, .lo = NAN, .hi = NAN,
	    .further = NAN };

	if (q == QUESTION_MEMORY)
		answer_memory(&a, ev, pair);
	else if (q == QUESTION_STABLE)
		answer_stable(&a, ev, pair);
	else if (q == QUESTION_QUALITY)
		verdict_quality(&a, ev, pair);
	else
		answer_speed(&a, ev, pair);
	return a;
}

size_t
verdict_answers(struct answer a[ANSWERS], const struct evidence *ev,
    const char *pair, const char *base, const char *new)
{
	const struct row_compare *at = NULL;
	size_t n;

	for (n = 0; n < QUESTIONS; n++)
		a[n] = verdict_answer(ev, pair, base, new, (enum question)n);
	while (n < ANSWERS && next_other(ev, pair, base, new, &at, &a[n]))
		n++;
	return n;
}
