/* quality: how many questions each answers right, the same for all. */

#include <math.h>

#include "row_table.h"
#include "verdict/verdict.h"
#include "words.h"

/* Was this kind of questions answered alike by all variants of the pair, and
 * are there several? */
static bool
is_alike(const struct report *r, const struct row_quality *q)
{
	const struct row_key of_pair = { .pair = q->pair };
	const struct row_quality *o = NULL;
	size_t others = 0;

	if (q->check == NULL)
		return false;
	while ((o = evidence_find(r->ev, ROW_QUALITY, &of_pair, o)) != NULL) {
		if (!same(o->check, q->check))
			continue;
		if (o->items != q->items || o->right != q->right ||
		    o->wrong != q->wrong || o->none != q->none ||
		    o->cut != q->cut || o->failed != q->failed)
			return false;
		others += !same(o->variant, q->variant);
	}
	return others > 0;
}

static bool
is_unlike(const struct report *r, const void *row)
{
	return !is_alike(r, row);
}

/* "The same in all variants of `one`: `copy_12` 100 % of 20, ...": what has no
 * line in the table. */
static void
add_alike(const struct report *r, const struct subject *p)
{
	const struct row_key first = { .pair = p->pair,
	    .variant = p->variants[0] };
	const struct row_quality *q = NULL;
	char share[QUANTITY_CAP], n[QUANTITY_CAP];
	bool any = false;

	while ((q = evidence_find(r->ev, ROW_QUALITY, &first, q)) != NULL) {
		if (!is_alike(r, q))
			continue;
		if (!any) {
			buf_adds(r->out, "The same in all variants of ");
			md_name(r->out, p->pair);
		}
		buf_adds(r->out, any ? ", " : ": ");
		md_name(r->out, q->check);
		buf_addf(r->out, " %s of %s", quantity(share, QUANTITY_RATIO,
		    q->right_ratio), quantity_count(n, q->items));
		any = true;
	}
	buf_adds(r->out, any ? ". In full: [Details](details.md)."
	    "\n\n" : "");
}

static const struct row_table answers = {
	.type = ROW_QUALITY, .is_shown = is_unlike,
	.intro = "Questions made for this run, the same to every variant, at "
	    "temperature 0; their answers were checked by a program. They "
	    "tell whether one variant answers worse than the other, not how "
	    "good the model is. Of the kinds, where they were asked: `needle_10` is a fact at 10 % of a long text: "
	    "a text that was cut loses it. `schema_4` is an answer whose form "
	    "`response_format` prescribes and the question does not mention: "
	    "what is wrong ignored it. `agent` is a tool call in a "
	    "conversation: right is the call that was asked for, sound by its "
	    "schema.\n\n",
	.none = "Not measured: no scenario asked questions of which the answer "
	    "is known (`check`, `agent`).\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Variant", NAME, variant),
		COLUMN_OR("Questions", NAME, check, "all"),
		COLUMN("Answered:", COUNT, items),
		COLUMN("Right (Wilson 95 %):", RATIO_95, right_ratio),
		COLUMN("Wrong:", COUNT, wrong),
		COLUMN("No answer:", COUNT, none),
		COLUMN("Cut at the limit:", COUNT, cut),
		COLUMN("Failed, not counted:", COUNT, failed)
	}
};

/* "**`mlx`** is better", or why there is none. */
static void
add_verdict(const struct report *r, const void *row)
{
	const struct row_quality_compare *c = row;
	const char *why = verdict_quality_why(c);
	char text[QUANTITY_CAP];

	if (c->better != NULL) {
		buf_adds(r->out, "**");
		md_name_cut(r->out, c->better, 32);
		buf_adds(r->out, "** is better");
	} else if (same(c->verdict, "equivalent")) {
		buf_adds(r->out, "no difference");
	} else if (why != NULL) {
		buf_addf(r->out, "cannot tell: %s", why);
	} else {
		buf_addf(r->out, "cannot tell: only differences above %s "
		    "points show", quantity_about(text, ceil(100 *
		    c->detectable)));
	}
}

/* A kind in which neither has a right answer that the other has not tells
 * nothing. */
static bool
is_told(const struct report *r, const void *row)
{
	const struct row_quality_compare *c = row;

	(void)r;
	return c->check == NULL || c->base_only + c->new_only > 0;
}

static const struct row_table compared = {
	.type = ROW_QUALITY_COMPARE, .is_shown = is_told,
	.intro = "Question by question, the one against the other. All "
	    "together are the test; the p of a kind, and of several pairs of "
	    "variants, is adjusted (Holm). A kind in which neither has a right "
	    "answer that the other has not is left out.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("First", NAME, base),
		COLUMN("Other", NAME, new),
		COLUMN_OR("Questions", NAME, check, "all"),
		COLUMN("Both answered:", COUNT, items),
		COLUMN("Right in the first alone:", COUNT, base_only),
		COLUMN("In the other alone:", COUNT, new_only),
		COLUMN("Difference in points (95 %):", POINTS_95, difference),
		COLUMN("p:", P, p), COLUMN_ADD("Says", add_verdict)
	}
};

/* What it means that a call came to that. */
static void
add_call(const struct report *r, const void *row)
{
	const char *call = ((const struct row_calls *)row)->call;
	static const struct {
		enum call_result result;
		const char *text;
	} words[] = {
		{ CALL_CUT, "cut at the limit" },
		{ CALL_LEAKED, "leaked as text, with its marker" },
		{ CALL_IGNORED, "text, though a call was required" },
		{ CALL_TEXT, "text in place of a call" },
		{ CALL_NONE, "neither call nor text" },
		{ CALL_UNKNOWN_TOOL, "a tool that does not exist" },
		{ CALL_BROKEN_JSON, "arguments that are no JSON object" },
		{ CALL_MISSING_ARGUMENT, "a required argument is missing" },
		{ CALL_WRONG_ARGUMENT, "an argument not as its schema" },
		{ CALL_OTHER, "another call than was asked for" }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (same(call, call_result_name(words[i].result)))
			call = words[i].text;
	buf_adds(r->out, call != NULL ? call : "not known");
}

/* "step 17, `filter.kind`" */
static void
add_example(const struct report *r, const void *row)
{
	const struct row_calls *c = row;
	char text[QUANTITY_CAP];

	if (!(c->count > 0))
		return;
	buf_addf(r->out, "step %s%s", quantity_count(text, c->step),
	    c->at != NULL ? ", " : "");
	if (c->at != NULL)
		md_name_cut(r->out, c->at, 48);
}

static const struct row_table calls = {
	.type = ROW_CALLS,
	.intro = "Tool calls that failed (`agent`), by what was wrong, with "
	    "the first of them: its step in the plan, and the argument or "
	    "marker.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Variant", NAME, variant),
		COLUMN_ADD("What came", add_call),
		COLUMN("Failed:", COUNT, count), COLUMN("Of:", COUNT, items),
		COLUMN("Share (Wilson 95 %):", RATIO_95, ratio),
		COLUMN_ADD("For example", add_example)
	}
};

/* "`f16` (largest file)" */
static void
add_reference(const struct report *r, const void *row)
{
	const struct row_fidelity *f = row;

	md_name_cut(r->out, f->reference, 32);
	buf_addf(r->out, " (%s", same(f->reference_from, "named") ? "named" :
	    same(f->reference_from, "largest") ? "largest file" :
	    "first: not all sizes are told");
	if (f->reference_missing != NULL) {
		buf_adds(r->out, "; ");
		md_name_cut(r->out, f->reference_missing, 32);
		buf_adds(r->out, ", which was named, told nothing");
	}
	buf_addc(r->out, ')');
}

static const struct row_table fidelity = {
	.type = ROW_FIDELITY,
	.intro = "Fidelity: the next token after the same prefixes, against a "
	    "reference variant (`reference` of the pair, else the largest "
	    "file). The divergence (Kullback-Leibler, in nats) is at least "
	    "this: tokens that one of the two servers did not tell are one "
	    "bin. A description, which decides nothing.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Variant", NAME, variant),
		COLUMN_ADD("Reference", add_reference),
		COLUMN("Prefixes:", COUNT, prefixes),
		COLUMN("Same first choice (Wilson 95 %):", RATIO_95,
		    equal_ratio),
		COLUMN("Divergence, mean (95 %):", PLAIN_95, kl_mean),
		COLUMN("Median:", PLAIN, kl_p50),
		COLUMN("Largest:", PLAIN, kl_max),
		COLUMN("Probability told apart:", RATIO, seen_ratio)
	}
};

static void
add_against(const struct report *r, const void *row)
{
	const struct row_agreement *a = row;

	if (same(a->variant, a->reference))
		buf_adds(r->out, "itself");
	else
		md_name(r->out, a->reference);
}

static void
add_agreement(const struct report *r, const void *row)
{
	const char *verdict = ((const struct row_agreement *)row)->verdict;

	if (verdict != NULL)
		buf_adds(r->out, same(verdict, "different") ?
		    "other answers" : same(verdict, "insufficient") ?
		    "cannot tell: asked once" : "cannot tell");
}

static const struct row_table agreement = {
	.type = ROW_AGREEMENT,
	.intro = "Answers to the same prompts at temperature 0, word by word: "
	    "only a running hash of the words is kept. A variant against "
	    "itself are answers to a prompt that was sent twice: a server "
	    "that does not repeat itself bounds what a difference can mean. "
	    "The p is that of parting although both repeat themselves, "
	    "against agreeing although one does not (McNemar; of several "
	    "variants: Bonferroni). A description, which decides nothing: a "
	    "near tie of two words parts answers that are as good.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Variant", NAME, variant),
		COLUMN_ADD("Against", add_against),
		COLUMN("Prompts:", COUNT, prompts),
		COLUMN("Same answer (Wilson 95 %):", RATIO_95, equal_ratio),
		COLUMN("Words, median:", COUNT, words_p50),
		COLUMN("First other word, where they part (median, 95 %):",
		    PLAIN_95, parted_p50),
		COLUMN("Part, and both repeat themselves:", COUNT,
		    steady_parted),
		COLUMN("Agree, and one does not:", COUNT, unsteady_equal),
		COLUMN("p:", P, p), COLUMN_ADD("Says", add_agreement)
	}
};

static const struct row_table nearer = {
	.type = ROW_FIDELITY_COMPARE,
	.intro = "Which is nearer to the reference? Prefix by prefix: the "
	    "difference of the divergences, and where one alone keeps the "
	    "reference's first choice (McNemar). With several pairs of "
	    "variants both are corrected for their number (Bonferroni's "
	    "intervals, Holm's p): the name of the nearer one comes from the "
	    "interval.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair),
		COLUMN("Reference", NAME, reference), COLUMN("One", NAME, base),
		COLUMN("Other", NAME, new),
		COLUMN("Prefixes:", COUNT, prefixes),
		COLUMN("Divergence, other less one (95 % of all pairs):",
		    PLAIN_95, kl_difference),
		COLUMN("First choice kept by the one alone:", COUNT, base_only),
		COLUMN("By the other alone:", COUNT, new_only),
		COLUMN("p:", P, p),
		COLUMN_OR("Nearer", NAME, nearer, "cannot tell")
	}
};

void
section_quality(const struct report *r)
{
	static const char *const against[] = {
		"Right answers against peak memory, one point per pair and "
		    "variant with its 95 % interval",
		"Right answers against decode speed",
		"Right answers against energy per 1000 tokens"
	};

	buf_adds(r->out, "## Quality\n\n");
	if (row_table(r, NULL, &answers)) {
		for (size_t i = 0; i < r->subjects.n; i++)
			add_alike(r, &r->subjects.v[i]);
		row_table(r, NULL, &compared);
		row_table(r, NULL, &calls);
	}
	for (size_t i = 0; i < sizeof(against) / sizeof(against[0]); i++)
		section_plot(r, "quality", i + 1, against[i]);
	row_table(r, NULL, &fidelity);
	row_table(r, NULL, &nearer);
	row_table(r, NULL, &agreement);
}

void
section_quality_details(const struct report *r)
{
	struct row_table full[] = { answers, compared };

	if (r->ev->rows[ROW_QUALITY].n == 0)
		return;
	buf_adds(r->out, "### Questions by kind\n\nThe full tables behind "
	    "[Quality](report.md#quality).\n\n");
	for (size_t i = 0; i < 2; i++) {
		full[i].is_shown = NULL;
		full[i].intro = full[i].none = NULL;
		row_table(r, NULL, &full[i]);
	}
}
