/* verdict: each question, its answer, and the evidence. */

#include <math.h>

#include "as_good.h"
#include "reserve.h"

static const char *const question_text[QUESTIONS] = {
	[QUESTION_TTFT] = "Faster to first token",
	[QUESTION_DECODE] = "Faster decode",
	[QUESTION_MEMORY] = "Less memory",
	[QUESTION_STABLE] = "More stable",
	[QUESTION_QUALITY] = "As good?"
};

/* What a ratio below or above 1 means in words. */
static const char *const less_text[QUESTIONS + 1] = {
	[QUESTION_TTFT] = "less time", [QUESTION_DECODE] = "fewer tok/s",
	[QUESTION_MEMORY] = "less memory", [QUESTION_OTHER] = "less"
};
static const char *const more_text[QUESTIONS + 1] = {
	[QUESTION_TTFT] = "more time", [QUESTION_DECODE] = "more tok/s",
	[QUESTION_MEMORY] = "more memory", [QUESTION_OTHER] = "more"
};

/* "about 6 more rounds (12 min) needed", "more rounds (of 2 min) needed" */
static void
add_further(struct buf *out, double further, double round_s)
{
	char text[QUANTITY_CAP];

	if (further > 0)
		buf_addf(out, "about %s more round%s", quantity_about(text,
		    further), further == 1 ? "" : "s");
	else
		buf_adds(out, "more rounds");
	if (round_s > 0)
		buf_addf(out, " (%s%s)", further > 0 ? "" : "of ",
		    quantity_duration(text, fmax(1, further) * round_s));
	buf_adds(out, " needed");
}

/* "0.66 times, 95 % interval 0.61 to 0.71" */
static void
add_times(struct buf *out, const struct answer *a)
{
	char v[QUANTITY_CAP], lo[QUANTITY_CAP], hi[QUANTITY_CAP];

	buf_addf(out, "%s times", quantity_number(v, a->ratio, a->lo, a->hi));
	if (isfinite(a->lo) && isfinite(a->hi)) {
		quantity_bounds(lo, hi, a->ratio, a->lo, a->hi);
		buf_addf(out, ", 95 %% interval %s to %s", lo, hi);
	}
}

/* "34 % less time (0.66 times, 95 % interval 0.61 to 0.71)" */
static void
add_ratio(struct buf *out, const struct answer *a)
{
	char v[QUANTITY_CAP];
	double change = 100 * (a->ratio - 1);

	if (!(a->ratio >= 0) || isinf(a->ratio))
		return;
	if (fabs(change) < 100 || change < 0)
		buf_addf(out, "%s %% %s (", quantity_number(v, fabs(change),
		    100 * (a->lo - 1), 100 * (a->hi - 1)),
		    change < 0 ? less_text[a->question] :
		    more_text[a->question]);
	add_times(out, a);
	if (fabs(change) < 100 || change < 0)
		buf_addc(out, ')');
}

/* Rounds without a load of their own say nothing of what a load changes. */
static void
add_loads(struct buf *out, const struct row_compare *c)
{
	char text[QUANTITY_CAP];

	if (c->loads == 1 && c->rounds > 1)
		buf_adds(out, "; of the one load of each, another may differ");
	else if (c->loads < c->rounds)
		buf_addf(out, "; of %s loads of each, others may differ",
		    quantity_count(text, c->loads));
}

static void
how_much_rounds(struct buf *out, const struct answer *a)
{
	char text[QUANTITY_CAP];
	double largest = fmax(fabs(a->lo - 1), fabs(a->hi - 1));

	switch (a->kind) {
	case ANSWER_WINNER:
		add_ratio(out, a);
		add_loads(out, a->compare);
		break;
	case ANSWER_SAME:
		buf_addf(out, "no difference larger than %s",
		    quantity(text, QUANTITY_RATIO, largest));
		add_loads(out, a->compare);
		break;
	case ANSWER_CONFOUNDED:
		buf_adds(out, "not compared: one came first too often, drift "
		    "would look the same: more rounds, in reversed order");
		break;
	case ANSWER_UNSURE:
		add_further(out, a->further, a->compare->round_s);
		if (isfinite(a->ratio)) {
			buf_adds(out, "; the rounds so far: ");
			md_name_cut(out, a->new, 32);
			buf_adds(out, " over ");
			md_name_cut(out, a->base, 32);
			buf_addc(out, ' ');
			add_times(out, a);
		}
		break;
	case ANSWER_DESCRIBED:	/* of quality alone */
	case ANSWER_MISSING:
		buf_adds(out, a->why != NULL ? a->why : "");
		break;
	}
}

/* "`gguf` 71.0 MiB, `mlx` 67.5 MiB" */
static void
add_figures(struct buf *out, const struct answer *a, enum quantity_unit unit)
{
	char text[QUANTITY_CAP];

	md_name_cut(out, a->base, 32);
	buf_addf(out, " %s, ",
	    quantity(text, unit, verdict_figure(a, a->base)));
	md_name_cut(out, a->new, 32);
	buf_addf(out, " %s", quantity(text, unit, verdict_figure(a, a->new)));
}

static void
how_much_memory(struct buf *out, const struct answer *a)
{
	if (a->kind == ANSWER_MISSING) {
		buf_adds(out, a->why != NULL ? a->why : "");
		return;
	}
	if (a->kind == ANSWER_UNSURE && a->why != NULL)
		buf_adds(out, a->why);
	else
		how_much_rounds(out, a);
	buf_addf(out, "; peak `%s` of a visit, the median: ", a->counter);
	add_figures(out, a, QUANTITY_BYTES);
	if (a->kind == ANSWER_WINNER && a->why != NULL)
		buf_addf(out, "; %s", a->why);
}

static void
how_much_stable(struct buf *out, const struct answer *a)
{
	const struct row_stability *side[] = { a->st_base, a->st_new };
	char n[QUANTITY_CAP], f[QUANTITY_CAP], hi[QUANTITY_CAP];

	if (a->kind == ANSWER_MISSING)
		return;
	if (a->why != NULL)
		buf_addf(out, "%s; ", a->why);
	if (a->is_cache_unknown)
		buf_adds(out, "what the server may cache is not known; ");
	for (size_t i = 0; i < 2; i++) {
		if (a->leaks_by[i] == NULL)
			continue;
		buf_addf(out, "`%s` of ", a->leaks_by[i]);
		md_name_cut(out, i == 0 ? a->base : a->new, 32);
		buf_adds(out, " grows like a leak, which the deciding "
		    "counter does not see; ");
	}
	for (size_t i = 0; i < 2; i++) {
		buf_adds(out, i == 0 ? "" : ", ");
		md_name_cut(out, i == 0 ? a->base : a->new, 32);
		buf_addf(out, " %s of %s failed (at most %s)",
		    quantity_count(f, side[i]->failed),
		    quantity_count(n, side[i]->requests),
		    quantity(hi, QUANTITY_RATIO, side[i]->fail_hi));
	}
}

/* "21 [12, 31] points": of the winner, else of new. */
static void
add_points(struct buf *out, const struct answer *a)
{
	const struct row_quality_compare *c = a->quality;
	char text[QUANTITY_CAP];
	bool flip = a->winner != NULL ? same(a->winner, c->base) :
	    same(c->base, a->new);
	double sign = flip ? -100 : 100;

	buf_addf(out, "%s points", quantity_interval(text, QUANTITY_PLAIN,
	    sign * c->difference,
	    sign * (flip ? c->difference_hi : c->difference_lo),
	    sign * (flip ? c->difference_lo : c->difference_hi)));
}

/* "21 [12, 31] points more right answers (95 % interval)" */
static void
add_questions(struct buf *out, const struct answer *a)
{
	const struct row_quality_compare *c = a->quality;
	char b[QUANTITY_CAP], n[QUANTITY_CAP];

	if (a->kind == ANSWER_WINNER) {
		add_points(out, a);
		buf_adds(out, " more right answers (95 % interval)");
	} else if (a->kind == ANSWER_SAME) {
		buf_addf(out, "no difference larger than %s points",
		    quantity(n, QUANTITY_PLAIN, 100 * fmax(-c->difference_lo,
		    c->difference_hi)));
	} else if (a->why != NULL) {
		buf_adds(out, a->why);
	} else {
		buf_addf(out, "%s questions tell only differences above %s "
		    "points; so far ", quantity_count(b, c->items),
		    quantity_about(n, ceil(100 * c->detectable)));
		md_name_cut(out, a->new, 32);
		buf_adds(out, " against ");
		md_name_cut(out, a->base, 32);
		buf_addc(out, ' ');
		add_points(out, a);
		buf_adds(out, " (95 % interval)");
	}
}

static void
how_much_quality(struct buf *out, const struct evidence *ev,
    const struct answer *a)
{
	if (a->kind == ANSWER_MISSING)
		return;
	if (a->quality != NULL) {
		add_questions(out, a);
		buf_adds(out, "; right: ");
		add_figures(out, a, QUANTITY_RATIO);
		as_good_parts(out, "; not in all alike: ", ev, a);
		buf_adds(out, a->reference != NULL ? "; described: " : "");
	}
	as_good_described(out, a, false);
}

/* ", E 237, 40 needed" */
static void
add_strength(struct buf *out, const struct row_compare *c)
{
	char text[QUANTITY_CAP];

	if (c->e >= 1000)
		buf_addf(out, ", E %s", quantity(text, QUANTITY_PLAIN, c->e));
	else
		buf_addf(out, ", E %.3g", c->e);
	buf_addf(out, ", %.3g needed", c->e_needed);
}

/* What the answer rests on. */
static void
evidence_cell(struct md_table *t, const struct answer *a)
{
	const struct row_compare *c = a->compare;
	char text[QUANTITY_CAP], p[QUANTITY_CAP];

	md_cell_begin(t);
	if (a->kind == ANSWER_MISSING) {
		;			/* nothing it could rest on */
	} else if (c != NULL) {
		if (c->scenario != NULL) {
			md_name_cut(t->out, c->scenario, 32);
			buf_adds(t->out, ", ");
		}
		if (c->decided_after < c->rounds)
			buf_addf(t->out, "decided after %.0f of ",
			    c->decided_after);
		buf_addf(t->out, "%s round%s", quantity_count(text, c->rounds),
		    c->rounds == 1 ? "" : "s");
		if (c->e_needed > 0 && isfinite(c->e) &&
		    a->kind != ANSWER_CONFOUNDED)
			add_strength(t->out, c);
	} else if (a->quality != NULL) {
		buf_addf(t->out, "%s questions, the same to both; McNemar's "
		    "exact p %s", quantity_count(text, a->quality->items),
		    quantity_p(p, a->quality->p));
	} else if (a->kind == ANSWER_DESCRIBED) {
		buf_adds(t->out, a->sameness[0] != NULL || a->sameness[1] !=
		    NULL ? "whole answers, a description" :
		    "the next token, a description");
	} else if (a->question == QUESTION_STABLE) {
		buf_adds(t->out, a->leaks ? "leak test, see "
		    "[Memory](#memory); Wilson 95 % intervals" :
		    "Wilson 95 % intervals");
	}
	md_cell_end(t);
}

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
	md_cell_begin(t);
	if (a->question == QUESTION_MEMORY)
		how_much_memory(t->out, a);
	else if (a->question == QUESTION_STABLE)
		how_much_stable(t->out, a);
	else if (a->question == QUESTION_QUALITY)
		how_much_quality(t->out, ev, a);
	else
		how_much_rounds(t->out, a);
	md_cell_end(t);
	evidence_cell(t, a);
	md_row_end(t);
}

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

/* Where one scenario favours one and another the other, that comes first. */
static void
put_contradictions(const struct report *r, const char *pair,
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

static void
recommend(const struct report *r, const char *pair, const struct answer *a,
    size_t n)
{
	bool depends = verdict_depends(r->ev, pair, a);
	struct buf *out = r->out;
	struct advice advice = verdict_advice(a, n);
	const char *base = a->base, *new = a->new;

	buf_adds(out, "**Recommendation:** ");
	switch (advice.kind) {
	case ADVICE_ONLY:
		buf_adds(out, "take ");
		md_name(out, advice.take);
		buf_adds(out, ": no request to the other one succeeded.");
		break;
	case ADVICE_NEITHER:
		buf_adds(out, "neither: no request succeeded. "
		    "[Stability](#stability) and [Findings](#findings) say "
		    "how.");
		break;
	case ADVICE_TAKE:
		buf_adds(out, "take ");
		md_name(out, advice.take);
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
		buf_adds(out, ": take ");
		md_name(out, base);
		buf_adds(out, " for ");
		add_wins(out, a, n, base);
		buf_adds(out, ", ");
		md_name(out, new);
		buf_adds(out, " for ");
		add_wins(out, a, n, new);
		buf_addc(out, '.');
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
		    isnan(advice.round_s))
			buf_adds(out, "more questions needed");
		else
			add_further(out, advice.further, advice.round_s);
		buf_addc(out, '.');
		break;
	}
	buf_adds(out, "\n\n");
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
		put_contradictions(r, p->pair, a);
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
		recommend(r, p->pair, a, n);
	}
	section_turns_sentence(r, p->pair);
}

void
section_verdict(const struct report *r)
{
	buf_adds(r->out, "## Verdict\n\nBy the rules in "
	    "[How the verdicts are found](#how-the-verdicts-are-found). E says "
	    "how strongly the rounds speak against \"no difference\"; "
	    "the number behind it is enough.\n\n");
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
