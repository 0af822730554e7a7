#include <math.h>

#include "section.h"
#include "verdict.h"

/* What the winner's ratio is a ratio of. */
static const char *const of_what[QUESTIONS] = {
	[QUESTION_TTFT] = "the time", [QUESTION_DECODE] = "the speed",
	[QUESTION_MEMORY] = "the memory", [QUESTION_STABLE] = ""
};

/* "**`mlx`**, 0.83 times the time" or why there is no winner. */
static void
answer_cell(struct md_table *t, const struct answer *a)
{
	static const char *const without[] = {
		[ANSWER_SAME] = "no difference",
		[ANSWER_UNSURE] = "cannot tell",
		[ANSWER_CONFOUNDED] = "not compared",
		[ANSWER_MISSING] = "not measured"
	};
	char text[QUANTITY_CAP];

	md_cell_begin(t);
	if (a->kind != ANSWER_WINNER) {
		buf_adds(t->out, without[a->kind]);
	} else {
		buf_adds(t->out, "**");
		md_name_cut(t->out, a->winner, 32);
		buf_adds(t->out, "**");
		if (a->question != QUESTION_STABLE && isfinite(a->ratio))
			buf_addf(t->out, ", %s times %s",
			    quantity_number(text, a->ratio, a->lo, a->hi),
			    of_what[a->question]);
	}
	md_cell_end(t);
}

static void
advice_cell(struct md_table *t, const struct advice *advice, bool depends)
{
	static const char *const words[] = {
		[ADVICE_TAKE] = "", [ADVICE_ONLY] = "",
		[ADVICE_TRADE] = "trade-off",
		[ADVICE_EITHER] = "either",
		[ADVICE_UNSURE] = "cannot tell yet",
		[ADVICE_NEITHER] = "neither: none worked"
	};

	md_cell_begin(t);
	buf_adds(t->out, "**");
	if (advice->take != NULL)
		md_name_cut(t->out, advice->take, 32);
	else
		buf_adds(t->out, words[advice->kind]);
	buf_adds(t->out, depends ? "**, but it depends" : "**");
	md_cell_end(t);
}

static void
pair_cell(struct md_table *t, const struct subject *p, const char *new)
{
	md_cell_begin(t);
	md_name_cut(t->out, p->pair, 32);
	buf_adds(t->out, ": ");
	md_name_cut(t->out, p->variants[0], 24);
	if (new != NULL) {
		buf_adds(t->out, " or ");
		md_name_cut(t->out, new, 24);
	}
	md_cell_end(t);
}

static void
pair_rows(struct md_table *t, const struct report *r, const struct subject *p)
{
	struct answer a[QUESTIONS];
	struct advice advice;
	size_t k, q;

	for (k = 1; k < p->n_variants; k++) {
		for (q = 0; q < QUESTIONS; q++)
			a[q] = verdict_answer(r->ev, p->pair, p->variants[0],
			    p->variants[k], (enum question)q);
		advice = verdict_advice(a);
		pair_cell(t, p, p->variants[k]);
		advice_cell(t, &advice, verdict_depends(r->ev, p->pair, a));
		for (q = 0; q < QUESTIONS; q++)
			answer_cell(t, &a[q]);
		md_row_end(t);
	}
	if (p->n_variants == 1) {
		pair_cell(t, p, NULL);
		md_cell(t, "measured alone");
		for (q = 0; q < QUESTIONS; q++)
			md_cell(t, "not compared");
		md_row_end(t);
	}
}

void
section_short(const struct report *r)
{
	struct md_table t;
	size_t i;

	if (r->subjects.n == 0)
		return;
	buf_adds(r->out, "**In short**, with the winner's ratio to the "
	    "other:\n\n");
	md_table_begin(&t, r->out, "Which one?|Take|"
	    "Faster to first token|Faster decode|Less memory|More stable");
	for (i = 0; i < r->subjects.n; i++)
		pair_rows(&t, r, &r->subjects.v[i]);
	md_table_end(&t);
}
