/* in short: who is faster, who needs less, in a few lines. */

#include <math.h>

#include "as_good.h"
#include "reserve.h"
#include "section.h"
#include "verdict/verdict.h"

/* "40.6 tok/s against 18.1 tok/s": the winner's first, else as they stand. */
static void
add_figures(struct buf *out, const struct evidence *ev,
    const struct answer *a)
{
	const char *other = a->winner == a->new ? a->base : a->new;
	char x[QUANTITY_CAP], y[QUANTITY_CAP];

	verdict_figure_text(x, ev, a, other == a->new ? a->base : a->new);
	buf_addf(out, "%s%s %s %s", a->quality != NULL ? "right " : "", x,
	    a->winner != NULL ? "against" : "and",
	    verdict_figure_text(y, ev, a, other));
}

/* "**`mlx`**: 40.6 tok/s against 18.1 tok/s, 2.24 times" or why there is no
 * winner. */
static void
answer_cell(struct md_table *t, const struct evidence *ev,
    const struct answer *a)
{
	static const char *const without[] = {
		[ANSWER_SAME] = "no difference",
		[ANSWER_UNSURE] = "cannot tell",
		[ANSWER_CONFOUNDED] = "not compared",
		[ANSWER_DESCRIBED] = "no verdict",
		[ANSWER_MISSING] = "not measured"
	};
	bool has_figures = isfinite(verdict_figure(a, a->base)) &&
	    isfinite(verdict_figure(a, a->new));
	char text[QUANTITY_CAP];

	md_cell_begin(t);
	if (a->kind != ANSWER_WINNER) {
		buf_adds(t->out, without[a->kind]);
	} else {
		buf_adds(t->out, "**");
		md_name_cut(t->out, a->winner, 32);
		buf_adds(t->out, "**");
	}
	if (has_figures && a->kind != ANSWER_MISSING) {
		buf_adds(t->out, ": ");
		add_figures(t->out, ev, a);
	}
	if (a->kind == ANSWER_DESCRIBED) {
		buf_adds(t->out, ": ");
		as_good_described(t->out, a, true);
	}
	as_good_parts(t->out, "; ", ev, a);
	if (a->kind == ANSWER_WINNER && a->question == QUESTION_STABLE &&
	    a->why != NULL)
		buf_addf(t->out, ": %s", a->why);
	else if (a->kind == ANSWER_WINNER && isfinite(a->ratio))
		buf_addf(t->out, ", %s times",
		    quantity_number(text, a->ratio, a->lo, a->hi));
	md_cell_end(t);
}

static void
advice_cell(struct md_table *t, const struct report *r,
    const struct subject *p, const struct answer *answers, size_t n)
{
	static const char *const words[] = {
		[ADVICE_TAKE] = "", [ADVICE_ONLY] = "",
		[ADVICE_TRADE] = "trade-off",
		[ADVICE_EITHER] = "either",
		[ADVICE_UNSURE] = "cannot tell yet",
		[ADVICE_NEITHER] = "neither: none worked"
	};
	const struct advice advice = verdict_advice(answers, n);

	md_cell_begin(t);
	buf_adds(t->out, "**");
	if (advice.take != NULL)
		md_name_cut(t->out, advice.take, 32);
	else
		buf_adds(t->out, words[advice.kind]);
	buf_adds(t->out, verdict_depends(r->ev, p->pair, answers) ?
	    "**, but it depends" : "**");
	if (advice.kind == ADVICE_TAKE || advice.kind == ADVICE_TRADE ||
	    advice.kind == ADVICE_EITHER)
		reserve_list(t->out, r, p->pair, answers,
		    "; not like for like: ");
	md_cell_end(t);
}

static void
pair_cell(struct md_table *t, const struct subject *p, const char *base,
    const char *new)
{
	md_cell_begin(t);
	md_name_cut(t->out, p->pair, 32);
	buf_adds(t->out, ": ");
	md_name_cut(t->out, base, 24);
	if (new != NULL) {
		buf_adds(t->out, " or ");
		md_name_cut(t->out, new, 24);
	}
	md_cell_end(t);
}

static void
pair_rows(struct md_table *t, const struct report *r, const struct subject *p)
{
	struct subject_two at = SUBJECT_TWO_FIRST;
	struct answer a[ANSWERS];
	size_t n;

	while (subject_next_two(p, &at)) {
		n = verdict_answers(a, r->ev, p->pair, p->variants[at.base],
		    p->variants[at.new]);
		pair_cell(t, p, a->base, a->new);
		advice_cell(t, r, p, a, n);
		for (size_t q = 0; q < QUESTIONS; q++)
			answer_cell(t, r->ev, &a[q]);
		md_row_end(t);
	}
	if (p->n_variants == 1) {
		pair_cell(t, p, p->variants[0], NULL);
		md_cell(t, "measured alone");
		for (size_t q = 0; q < QUESTIONS; q++)
			md_cell(t, "not compared");
		md_row_end(t);
	}
}

void
section_short(const struct report *r)
{
	struct md_table t;

	if (r->subjects.n == 0)
		return;
	buf_adds(r->out, "**In short**, the medians, and the winner's ratio to "
	    "the other as the mean of the rounds (it need not be that of the "
	    "medians):\n\n");
	md_table_begin(&t, r->out, "Which one?|Take|"
	    "Faster to first token|Faster decode|Less memory|More stable|As good?");
	for (size_t i = 0; i < r->subjects.n; i++)
		pair_rows(&t, r, &r->subjects.v[i]);
	md_table_end(&t);
}
