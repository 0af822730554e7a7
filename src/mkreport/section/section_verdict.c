/* verdict: each question, its answer and the evidence; what to take, what
 * speaks against it, and what is open. */
#include <math.h>

#include "how_much.h"
#include "reserve.h"

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

/* ---- what to take ------------------------------------------------------- */

static const char *const noun[QUESTIONS] = {
	"time to first token", "decode speed", "memory", "stability", "quality"
};

/* "`context_stress`, depth 4000 (ratio 0.80 [0.75, 0.86])" */
static void
add_scenario(struct buf *out, const struct row_compare *c)
{
	char text[QUANTITY_CAP];

	md_name_cut(out, c->scenario, 32);
	if (c->by != NULL) {
		buf_adds(out, ", ");
		md_text(out, c->by, 24);
		buf_addc(out, ' ');
		md_text(out, c->level, 32);
	}
	buf_addf(out, " (ratio %s%s)", quantity_range(text, c->ratio,
	    c->ratio_lo, c->ratio_hi), same(c->verdict, "description") ?
	    ", a description" : "");
}

/* "`json_4` (right 0.92 and 0.60)", or of all questions, the one's first. */
static void
add_kind(struct buf *out, const char *variant,
    const struct row_quality_compare *c)
{
	bool is_base = same(variant, c->base);
	char own[QUANTITY_CAP], other[QUANTITY_CAP];

	if (c->check != NULL)
		md_name_cut(out, c->check, 32);
	else
		buf_adds(out, "all questions together");
	buf_addf(out, " (right: %s against %s)", quantity(own, QUANTITY_RATIO,
	    is_base ? c->right_base : c->right_new), quantity(other,
	    QUANTITY_RATIO, is_base ? c->right_new : c->right_base));
}

/* "`mlx` is better in `context_stress` (ratio 0.80 [0.75, 0.86])" */
static void
add_favoured(struct buf *out, const char *variant, const char *in,
    struct favour f)
{
	md_name_cut(out, variant, 32);
	buf_adds(out, in);
	if (f.quality != NULL)
		add_kind(out, variant, f.quality);
	else
		add_scenario(out, f.compare);
}

/* What speaks for either in one question. */
static void
add_contradictions(const struct report *r, const char *pair,
    const struct answer *a)
{
	struct favour base, new;

	for (size_t i = 0; i < QUESTIONS; i++) {
		base = verdict_favours(r->ev, pair, &a[i], a[i].base);
		new = verdict_favours(r->ev, pair, &a[i], a[i].new);
		if (!verdict_is_favour(base) || !verdict_is_favour(new))
			continue;
		buf_addf(r->out, "**It depends:** %s: ", noun[i]);
		add_favoured(r->out, a[i].base, " is better in ", base);
		buf_adds(r->out, ", ");
		add_favoured(r->out, a[i].new, " in ", new);
		buf_adds(r->out, ".\n\n");
	}
}

/* What the other does better somewhere; returns whether there is anything. */
static bool
add_losses(const struct report *r, const char *pair, const struct answer *a,
    const char *taken)
{
	struct favour f;
	const char *other;
	bool any = false;

	for (size_t i = 0; i < QUESTIONS; i++) {
		other = taken == a[i].base ? a[i].new : a[i].base;
		f = verdict_favours(r->ev, pair, &a[i], other);
		if (!verdict_is_favour(f) || verdict_is_favour(
		    verdict_favours(r->ev, pair, &a[i], taken)))
			continue;
		buf_addf(r->out, "%s%s is better with ", any ? ", " :
		    ", but ", noun[i]);
		add_favoured(r->out, other, " in ", f);
		any = true;
	}
	return any;
}

static void
add_noun(struct buf *out, const char *before, const struct answer *a)
{
	buf_adds(out, before);
	if (a->question == QUESTION_OTHER)
		md_name_cut(out, a->compare->metric, 32);
	else
		buf_adds(out, noun[a->question]);
}

/* "decode speed, memory and stability": what winner wins. */
static void
add_wins(struct buf *out, const struct answer *a, size_t n,
    const char *winner)
{
	const char *before = "";
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		left += a[i].kind == ANSWER_WINNER && a[i].winner == winner;
	for (size_t i = 0; i < n; i++)
		if (a[i].kind == ANSWER_WINNER && a[i].winner == winner) {
			add_noun(out, before, &a[i]);
			before = --left > 1 ? ", " : " and ";
		}
}

/* What a recommendation does not rest on, so that nobody reads it in. */
static void
add_open(struct buf *out, const struct answer *a, size_t n)
{
	const char *sep = " Not decided: ", *missing = " Not measured: ";

	for (size_t i = 0; i < n; i++)
		if (a[i].kind == ANSWER_UNSURE ||
		    a[i].kind == ANSWER_CONFOUNDED) {
			add_noun(out, sep, &a[i]);
			sep = ", ";
		}
	if (sep[0] == ',')
		buf_addc(out, '.');
	for (size_t i = 0; i < n; i++)
		if (a[i].kind == ANSWER_MISSING) {
			add_noun(out, missing, &a[i]);
			missing = ", ";
		}
	if (missing[0] == ',')
		buf_addc(out, '.');
	if (a[QUESTION_QUALITY].kind == ANSWER_DESCRIBED)
		buf_adds(out, " Described, not decided: quality.");
}

/* "take `mlx`" */
static void
add_take(struct buf *out, const char *before, const char *variant)
{
	buf_adds(out, before);
	md_name(out, variant);
}

/* What is won for each of them. */
static void
add_trade(struct buf *out, const struct answer *a, size_t n)
{
	add_take(out, ": take ", a->base);
	buf_adds(out, " for ");
	add_wins(out, a, n, a->base);
	add_take(out, ", ", a->new);
	buf_adds(out, " for ");
	add_wins(out, a, n, a->new);
	buf_addc(out, '.');
}

static void
add_recommendation(const struct report *r, const char *pair,
    const struct answer *a, size_t n)
{
	bool depends = verdict_depends(r->ev, pair, a);
	struct buf *out = r->out;
	struct advice advice = verdict_advice(a, n);

	buf_adds(out, "**Recommendation:** ");
	switch (advice.kind) {
	case ADVICE_ONLY:
		add_take(out, "take ", advice.take);
		buf_adds(out, ": no request to the other one succeeded.");
		break;
	case ADVICE_NEITHER:
		buf_adds(out, "neither: no request succeeded. "
		    "[Stability](#stability) and [Findings](#findings) say "
		    "how.");
		break;
	case ADVICE_TAKE:
		add_take(out, "take ", advice.take);
		reserve_add(out, r, pair, a);
		buf_adds(out, ": it wins on ");
		add_wins(out, a, n, advice.take);
		if (depends)
			buf_adds(out, ", but not in every scenario, see above");
		else if (!add_losses(r, pair, a, advice.take))
			buf_adds(out, ", and loses on nothing that was "
			    "decided");
		buf_addc(out, '.');
		add_open(out, a, n);
		break;
	case ADVICE_TRADE:
		buf_adds(out, "it is a trade-off");
		reserve_add(out, r, pair, a);
		add_trade(out, a, n);
		add_open(out, a, n);
		break;
	case ADVICE_EITHER:
		buf_adds(out, "either");
		reserve_add(out, r, pair, a);
		buf_adds(out, depends ? ": no question as a whole has a "
		    "winner, but it depends, see above." : ": they do not "
		    "differ by a size that matters in anything decided here.");
		add_open(out, a, n);
		break;
	case ADVICE_UNSURE:
		buf_adds(out, "none yet, the measurements do not decide it: ");
		if (a[QUESTION_QUALITY].kind == ANSWER_UNSURE &&
		    isnan(advice.round_s) && !advice.is_confounded)
			buf_adds(out, a[QUESTION_QUALITY].why ==
			    verdict_quality_cut ? "longer answers needed" :
			    "more questions needed");
		else
			how_much_further(out, advice.further, advice.round_s);
		buf_addc(out, '.');
		break;
	}
	buf_adds(out, "\n\n");
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
		buf_addf(r->out, " was measured alone%s: there is nothing to "
		    "compare it with. Its figures are below.\n\n",
		    evidence_run(r->ev)->interrupted == 1 ?
		    " before the run ended" : "");
		return;
	}
	for (at = SUBJECT_TWO_FIRST; answers_of(a, r, p, &at) > 0; )
		add_contradictions(r, p->pair, a);
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
		add_recommendation(r, p->pair, a, n);
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
	    "point per pair and variant, with the interval as above");
}
