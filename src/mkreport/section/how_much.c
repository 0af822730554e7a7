/* By how much, and on what it rests: two cells of the table of answers. */
#include "how_much.h"

#include <math.h>

#include "as_good.h"

/* What a ratio below or above 1 means in words. */
static const char *const less_text[QUESTIONS + 1] = {
	[QUESTION_TTFT] = "less time", [QUESTION_DECODE] = "fewer tok/s",
	[QUESTION_MEMORY] = "less memory", [QUESTION_OTHER] = "less"
};
static const char *const more_text[QUESTIONS + 1] = {
	[QUESTION_TTFT] = "more time", [QUESTION_DECODE] = "more tok/s",
	[QUESTION_MEMORY] = "more memory", [QUESTION_OTHER] = "more"
};

void
how_much_further(struct buf *out, double further, double round_s)
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
		buf_addf(out, "%s: drift would look the same%s",
		    verdict_order(a->compare), a->compare->rounds > 1 ?
		    "; more rounds, in reversed order" : "");
		break;
	case ANSWER_UNSURE:
		how_much_further(out, a->further, a->compare->round_s);
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
	case ANSWER_MISSING:	/* missing() says why */
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
	if (a->kind == ANSWER_UNSURE && a->why != NULL)
		buf_adds(out, a->why);
	else
		how_much_rounds(out, a);
	buf_adds(out, "; peak ");
	md_name_cut(out, a->counter, 32);
	buf_adds(out, " of a visit, the median: ");
	add_figures(out, a, QUANTITY_BYTES);
	if (a->kind == ANSWER_WINNER && a->why != NULL)
		buf_addf(out, "; %s", a->why);
}

static void
how_much_stable(struct buf *out, const struct answer *a)
{
	const struct row_stability *side[] = { a->st_base, a->st_new };
	char n[QUANTITY_CAP], f[QUANTITY_CAP], hi[QUANTITY_CAP];

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
	if (a->cut_off[0] > 0 || a->cut_off[1] > 0)
		buf_addf(out, "; cut off before their end: %s and %s",
		    quantity_count(f, a->cut_off[0]),
		    quantity_count(n, a->cut_off[1]));
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
	if (a->quality != NULL) {
		add_questions(out, a);
		buf_adds(out, "; right: ");
		add_figures(out, a, QUANTITY_RATIO);
		as_good_parts(out, "; not in all alike: ", ev, a);
		buf_adds(out, a->reference != NULL ? "; described: " : "");
	}
	as_good_described(out, a, false);
}

/* Why nothing was measured. */
static const char *
missing(const struct answer *a)
{
	static const char *const none[QUESTIONS] = {
		"no scenario was answered by both",
		"no scenario has a speed of both",
		"no visit of both was sampled",
		"no request went to both",
		"no question was answered by both"
	};

	return a->why != NULL ? a->why : none[a->question];
}

void
how_much_cell(struct md_table *t, const struct evidence *ev,
    const struct answer *a)
{
	md_cell_begin(t);
	if (a->kind == ANSWER_MISSING)
		buf_adds(t->out, missing(a));
	else if (a->question == QUESTION_MEMORY)
		how_much_memory(t->out, a);
	else if (a->question == QUESTION_STABLE)
		how_much_stable(t->out, a);
	else if (a->question == QUESTION_QUALITY)
		how_much_quality(t->out, ev, a);
	else
		how_much_rounds(t->out, a);
	md_cell_end(t);
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

void
how_much_evidence(struct md_table *t, const struct answer *a)
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
		buf_adds(t->out, quantity_counted(text, c->rounds, "round"));
		if (c->e_needed > 0 && isfinite(c->e) &&
		    a->kind != ANSWER_CONFOUNDED)
			add_strength(t->out, c);
	} else if (a->quality != NULL) {
		buf_addf(t->out, "%s, the same to both; McNemar's exact p %s",
		    quantity_counted(text, a->quality->items, "question"),
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
