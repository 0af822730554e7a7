/* verdict: each question, its answer, and the evidence. */
#include "how_much.h"
#include "recommendation.h"

static const char *const question_text[QUESTIONS] = {
	[QUESTION_TTFT] = "Faster to first token",
	[QUESTION_DECODE] = "Faster decode",
	[QUESTION_MEMORY] = "Less memory",
	[QUESTION_STABLE] = "More stable",
	[QUESTION_QUALITY] = "As good?"
};

static void
answer_row(struct md_table *t, const struct evidence *ev,
    const struct answer *a, bool named)
{
	if (a->question == QUESTION_OTHER)
		md_cell(t, "Better `%s`", a->compare->metric);
	else
		md_cell(t, "%s", question_text[a->question]);
	if (named) {
		md_cell_begin(t);
		md_name_cut(t->out, a->base, 24);
		buf_adds(t->out, " or ");
		md_name_cut(t->out, a->new, 24);
		md_cell_end(t);
	}
	md_cell_begin(t);
	if (a->kind == ANSWER_WINNER) {
		buf_adds(t->out, "**");
		md_name_cut(t->out, a->winner, 32);
		buf_adds(t->out, "**");
	} else {
		buf_adds(t->out, a->kind == ANSWER_SAME ? "no difference" :
		    a->kind == ANSWER_MISSING ? a->question < QUESTION_MEMORY
		    && a->why != NULL ? "not tested" : "not measured" :
		    a->kind == ANSWER_CONFOUNDED ? "not compared" :
		    a->kind == ANSWER_DESCRIBED ? "no verdict" :
		    "cannot tell");
	}
	md_cell_end(t);
	how_much_cell(t, ev, a);
	how_much_evidence(t, a);
	md_row_end(t);
}

/* About the next two variants, from { 0, 0 } on; 0: there are no more. */
static size_t
answers_of(struct answer a[ANSWERS], const struct report *r,
    const struct subject *p, struct subject_two *at)
{
	return !subject_next_two(p, at) ? 0 : verdict_answers(a, r->ev,
	    p->pair, p->variants[at->base], p->variants[at->new]);
}

static void
answer_table(const struct report *r, const struct subject *p, bool named)
{
	struct subject_two at;
	struct answer a[ANSWERS];
	struct md_table t;
	size_t q, n;

	md_table_begin(&t, r->out, named ?
	    "Question|Between|Answer|By how much|Evidence" :
	    "Question|Answer|By how much|Evidence");
	for (q = 0; q < QUESTIONS; q++)
		for (at = SUBJECT_TWO_FIRST; answers_of(a, r, p, &at) > 0; )
			answer_row(&t, r->ev, &a[q], named);
	for (at = SUBJECT_TWO_FIRST; (n = answers_of(a, r, p, &at)) > 0; )
		for (q = QUESTIONS; q < n; q++)
			answer_row(&t, r->ev, &a[q], named);
	md_table_end(&t);
}

static void
pair_verdict(const struct report *r, const struct subject *p)
{
	struct subject_two at;
	struct answer a[ANSWERS];
	bool named = p->n_variants > 2;
	size_t n;

	section_pair_heading(r, p);
	if (p->n_variants < 2) {
		md_name(r->out, p->variants[0]);
		buf_adds(r->out, " was measured alone: there is nothing to "
		    "compare it with. Its figures are below.\n\n");
		return;
	}
	for (at = SUBJECT_TWO_FIRST; answers_of(a, r, p, &at) > 0; )
		recommendation_contradictions(r, p->pair, a);
	if (named)
		buf_adds(r->out, "Every variant is compared with every other. "
		    "That twins get a winner has the chance that the rules "
		    "give for each two by themselves; of several, one is "
		    "likelier to.\n\n");
	answer_table(r, p, named);
	for (at = SUBJECT_TWO_FIRST; (n = answers_of(a, r, p, &at)) > 0; ) {
		if (named) {
			md_name_cut(r->out, a->base, 32);
			buf_adds(r->out, " or ");
			md_name_cut(r->out, a->new, 32);
			buf_adds(r->out, "? ");
		}
		recommendation_add(r, p->pair, a, n);
	}
	section_turns_sentence(r, p->pair);
}

void
section_verdict(const struct report *r)
{
	buf_adds(r->out, "## Verdict\n\nBy the rules in "
	    "[How the verdicts are found](#how-the-verdicts-are-found). E says "
	    "how strongly the rounds speak against \"no difference\"; "
	    "the number behind it is enough. A ratio is the mean of the "
	    "rounds up to the one that decided; the medians beside it are "
	    "those of the whole run, and need not have the same.\n\n");
	if (r->subjects.n == 0)
		buf_adds(r->out, "Nothing was measured, so there is no "
		    "verdict. [Findings](#findings) says why, if it is "
		    "known.\n\n");
	for (size_t i = 0; i < r->subjects.n; i++)
		pair_verdict(r, &r->subjects.v[i]);
	section_plot(r, "speed", 0, "Time to first token and decode speed per "
	    "pair and variant: every sample a dot, beside them the median and "
	    "how far these requests spread it (95 %, as if no two were alike: "
	    "it decides nothing)");
	section_plot(r, "tradeoff", 0, "Peak memory against decode speed, one "
	    "point per pair and variant");
}
