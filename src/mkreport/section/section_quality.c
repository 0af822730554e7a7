/* quality: how many questions each answers right, the same for all. */

#include <math.h>

#include "section.h"
#include "verdict.h"
#include "words.h"

/* "`needle_50`", or all of them. */
static void
check_cell(struct md_table *t, const char *check)
{
	if (check != NULL)
		md_cell_name(t, check);
	else
		md_cell(t, "all");
}

static void
answers_table(const struct report *r, const struct row_quality *q, size_t n)
{
	char text[QUANTITY_CAP];
	struct md_table t;

	md_table_begin(&t, r->out, "Pair|Variant|Questions|Answered:|"
	    "Right (Wilson 95 %):|Wrong:|No answer:|Cut at the limit:|"
	    "Failed, not counted:");
	for (size_t i = 0; i < n; i++) {
		md_cell_name(&t, q[i].pair);
		md_cell_name(&t, q[i].variant);
		check_cell(&t, q[i].check);
		md_cell(&t, "%s", quantity_count(text, q[i].items));
		md_cell(&t, "%s", quantity_interval(text, QUANTITY_RATIO,
		    q[i].right_ratio, q[i].right_lo, q[i].right_hi));
		md_cell(&t, "%s", quantity_count(text, q[i].wrong));
		md_cell(&t, "%s", quantity_count(text, q[i].none));
		md_cell(&t, "%s", quantity_count(text, q[i].cut));
		md_cell(&t, "%s", quantity_count(text, q[i].failed));
		md_row_end(&t);
	}
	md_table_end(&t);
}

/* "**`mlx`** is better", or why there is none. */
static void
verdict_cell(struct md_table *t, const struct row_quality_compare *c)
{
	const char *why = verdict_quality_why(c);
	char text[QUANTITY_CAP];

	md_cell_begin(t);
	if (c->better != NULL) {
		buf_adds(t->out, "**");
		md_name_cut(t->out, c->better, 32);
		buf_adds(t->out, "** is better");
	} else if (same(c->verdict, "equivalent")) {
		buf_adds(t->out, "no difference");
	} else if (why != NULL) {
		buf_addf(t->out, "cannot tell: %s", why);
	} else {
		buf_addf(t->out, "cannot tell: only differences above %s "
		    "points show", quantity_about(text, ceil(100 *
		    c->detectable)));
	}
	md_cell_end(t);
}

static void
compare_table(const struct report *r)
{
	const struct row_quality_compare *c;
	char text[QUANTITY_CAP];
	struct md_table t;
	size_t n;

	c = evidence_rows(r->ev, ROW_QUALITY_COMPARE, &n);
	if (n == 0)
		return;
	buf_adds(r->out, "Question by question, the one against the other. All "
	    "together are the test; the p of a kind, and of several pairs of "
	    "variants, is adjusted (Holm).\n\n");
	md_table_begin(&t, r->out, "Pair|First|Other|Questions|Both answered:|"
	    "Right in the first alone:|In the other alone:|"
	    "Difference in points (95 %):|p:|Says");
	for (size_t i = 0; i < n; i++) {
		md_cell_name(&t, c[i].pair);
		md_cell_name(&t, c[i].base);
		md_cell_name(&t, c[i].new);
		check_cell(&t, c[i].check);
		md_cell(&t, "%s", quantity_count(text, c[i].items));
		md_cell(&t, "%s", quantity_count(text, c[i].base_only));
		md_cell(&t, "%s", quantity_count(text, c[i].new_only));
		md_cell(&t, "%s", quantity_interval(text, QUANTITY_PLAIN,
		    100 * c[i].difference, 100 * c[i].difference_lo,
		    100 * c[i].difference_hi));
		md_cell(&t, "%s", quantity_p(text, c[i].p));
		verdict_cell(&t, &c[i]);
		md_row_end(&t);
	}
	md_table_end(&t);
}

/* What it means that a call came to that. */
static const char *
call_text(const char *call)
{
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
			return words[i].text;
	return call;
}

/* "step 17, `filter.kind`" */
static void
example_cell(struct md_table *t, const struct row_calls *c)
{
	char text[QUANTITY_CAP];

	md_cell_begin(t);
	if (c->count > 0) {
		buf_addf(t->out, "step %s%s", quantity_count(text, c->step),
		    c->at != NULL ? ", " : "");
		if (c->at != NULL)
			md_name_cut(t->out, c->at, 48);
	}
	md_cell_end(t);
}

static void
calls_table(const struct report *r)
{
	const struct row_calls *c;
	char text[QUANTITY_CAP];
	struct md_table t;
	size_t n;

	c = evidence_rows(r->ev, ROW_CALLS, &n);
	if (n == 0)
		return;
	buf_adds(r->out, "Tool calls that failed (`agent`), by what was wrong, "
	    "with the first of them: its step in the plan, and the argument "
	    "or marker.\n\n");
	md_table_begin(&t, r->out, "Pair|Variant|What came|Failed:|Of:|"
	    "Share (Wilson 95 %):|For example");
	for (size_t i = 0; i < n; i++) {
		md_cell_name(&t, c[i].pair);
		md_cell_name(&t, c[i].variant);
		md_cell(&t, "%s", call_text(c[i].call));
		md_cell(&t, "%s", quantity_count(text, c[i].count));
		md_cell(&t, "%s", quantity_count(text, c[i].items));
		md_cell(&t, "%s", quantity_interval(text, QUANTITY_RATIO,
		    c[i].ratio, c[i].ratio_lo, c[i].ratio_hi));
		example_cell(&t, &c[i]);
		md_row_end(&t);
	}
	md_table_end(&t);
}

/* "`f16` (largest file)" */
static void
reference_cell(struct md_table *t, const struct row_fidelity *f)
{
	md_cell_begin(t);
	md_name_cut(t->out, f->reference, 32);
	buf_addf(t->out, " (%s", same(f->reference_from, "named") ? "named" :
	    same(f->reference_from, "largest") ? "largest file" :
	    "first: not all sizes are told");
	if (f->reference_missing != NULL) {
		buf_adds(t->out, "; ");
		md_name_cut(t->out, f->reference_missing, 32);
		buf_adds(t->out, ", which was named, told nothing");
	}
	buf_addc(t->out, ')');
	md_cell_end(t);
}

static void
fidelity_table(const struct report *r)
{
	const struct row_fidelity *f;
	char text[QUANTITY_CAP];
	struct md_table t;
	size_t n;

	f = evidence_rows(r->ev, ROW_FIDELITY, &n);
	if (n == 0)
		return;
	buf_adds(r->out, "Fidelity: the next token after the same prefixes, "
	    "against a reference variant (`reference` of the pair, else the "
	    "largest file). The divergence "
	    "(Kullback-Leibler, in nats) is at least this: tokens that one of "
	    "the two servers did not tell are one bin. A description, which "
	    "decides nothing.\n\n");
	md_table_begin(&t, r->out, "Pair|Variant|Reference|Prefixes:|"
	    "Same first choice (Wilson 95 %):|Divergence, mean (95 %):|"
	    "Median:|Largest:|Probability told apart:");
	for (size_t i = 0; i < n; i++) {
		md_cell_name(&t, f[i].pair);
		md_cell_name(&t, f[i].variant);
		reference_cell(&t, &f[i]);
		md_cell(&t, "%s", quantity_count(text, f[i].prefixes));
		md_cell(&t, "%s", quantity_interval(text, QUANTITY_RATIO,
		    f[i].equal_ratio, f[i].equal_lo, f[i].equal_hi));
		md_cell(&t, "%s", quantity_interval(text, QUANTITY_PLAIN,
		    f[i].kl_mean, f[i].kl_mean_lo, f[i].kl_mean_hi));
		md_cell(&t, "%s", quantity(text, QUANTITY_PLAIN, f[i].kl_p50));
		md_cell(&t, "%s", quantity(text, QUANTITY_PLAIN, f[i].kl_max));
		md_cell(&t, "%s", quantity(text, QUANTITY_RATIO,
		    f[i].seen_ratio));
		md_row_end(&t);
	}
	md_table_end(&t);
}

static void
agreement_table(const struct report *r)
{
	const struct row_agreement *a;
	char text[QUANTITY_CAP];
	struct md_table t;
	size_t n;

	a = evidence_rows(r->ev, ROW_AGREEMENT, &n);
	if (n == 0)
		return;
	buf_adds(r->out, "Answers to the same prompts at temperature 0, word by "
	    "word: only a running hash of the words is kept. A variant against "
	    "itself are answers to a prompt that was sent twice: a server that "
	    "does not repeat itself bounds what a difference can mean. "
	    "The p is that of parting although both repeat themselves, "
	    "against agreeing although one does not (McNemar; of several "
	    "variants: Bonferroni). A description, which decides nothing: a "
	    "near tie of two words parts answers that are as good.\n\n");
	md_table_begin(&t, r->out, "Pair|Variant|Against|Prompts:|"
	    "Same answer (Wilson 95 %):|Words, median:|"
	    "First other word, where they part (median, 95 %):|"
	    "Part, and both repeat themselves:|Agree, and one does not:|p:|"
	    "Says");
	for (size_t i = 0; i < n; i++) {
		md_cell_name(&t, a[i].pair);
		md_cell_name(&t, a[i].variant);
		if (same(a[i].variant, a[i].reference))
			md_cell(&t, "itself");
		else
			md_cell_name(&t, a[i].reference);
		md_cell(&t, "%s", quantity_count(text, a[i].prompts));
		md_cell(&t, "%s", quantity_interval(text, QUANTITY_RATIO,
		    a[i].equal_ratio, a[i].equal_lo, a[i].equal_hi));
		md_cell(&t, "%s", quantity_count(text, a[i].words_p50));
		md_cell(&t, "%s", quantity_interval(text, QUANTITY_PLAIN,
		    a[i].parted_p50, a[i].parted_lo, a[i].parted_hi));
		md_cell(&t, "%s", quantity_count(text, a[i].steady_parted));
		md_cell(&t, "%s", quantity_count(text, a[i].unsteady_equal));
		md_cell(&t, "%s", quantity_p(text, a[i].p));
		md_cell(&t, "%s", a[i].verdict == NULL ? "" :
		    same(a[i].verdict, "different") ? "other answers" :
		    "cannot tell");
		md_row_end(&t);
	}
	md_table_end(&t);
}

static void
nearer_table(const struct report *r)
{
	const struct row_fidelity_compare *c;
	char text[QUANTITY_CAP];
	struct md_table t;
	size_t n;

	c = evidence_rows(r->ev, ROW_FIDELITY_COMPARE, &n);
	if (n == 0)
		return;
	buf_adds(r->out, "Which is nearer to the reference? Prefix by prefix: "
	    "the difference of the divergences, and where one alone keeps the "
	    "reference's first choice (McNemar). With several pairs of "
	    "variants both are corrected for their number (Bonferroni's "
	    "intervals, Holm's p): the name of the nearer one comes from the "
	    "interval.\n\n");
	md_table_begin(&t, r->out, "Pair|Reference|One|Other|Prefixes:|"
	    "Divergence, other less one (95 % of all pairs):|"
	    "First choice kept by the one alone:|By the other alone:|p:|"
	    "Nearer");
	for (size_t i = 0; i < n; i++) {
		md_cell_name(&t, c[i].pair);
		md_cell_name(&t, c[i].reference);
		md_cell_name(&t, c[i].base);
		md_cell_name(&t, c[i].new);
		md_cell(&t, "%s", quantity_count(text, c[i].prefixes));
		md_cell(&t, "%s", quantity_interval(text, QUANTITY_PLAIN,
		    c[i].kl_difference, c[i].kl_difference_lo,
		    c[i].kl_difference_hi));
		md_cell(&t, "%s", quantity_count(text, c[i].base_only));
		md_cell(&t, "%s", quantity_count(text, c[i].new_only));
		md_cell(&t, "%s", quantity_p(text, c[i].p));
		if (c[i].nearer != NULL)
			md_cell_name(&t, c[i].nearer);
		else
			md_cell(&t, "cannot tell");
		md_row_end(&t);
	}
	md_table_end(&t);
}

static void
answers(const struct report *r)
{
	const struct row_quality *q;
	size_t n;

	q = evidence_rows(r->ev, ROW_QUALITY, &n);
	if (n == 0) {
		buf_adds(r->out, "Not measured: no scenario asked questions "
		    "of which the answer is known (`check`, `agent`).\n\n");
		return;
	}
	buf_adds(r->out, "Questions made for this run, the same to every "
	    "variant, at temperature 0; their answers were checked by a "
	    "program. They tell whether one variant answers worse than the "
	    "other, not how good the model is. `needle_10` is a fact at 10 % "
	    "of a long text: a text that was cut loses it. `schema_4` is "
	    "an answer whose form `response_format` prescribes and the "
	    "question does not mention: what is wrong ignored it. `agent` is "
	    "a tool call in a conversation: right is the call that was asked for, "
	    "sound by its schema.\n\n");
	answers_table(r, q, n);
	compare_table(r);
	calls_table(r);
}

void
section_quality(const struct report *r)
{
	static const char *const against[] = {
		"Right answers against peak memory, one point per pair and "
		    "variant",
		"Right answers against decode speed",
		"Right answers against energy per 1000 tokens"
	};

	buf_adds(r->out, "## Quality\n\n");
	answers(r);
	for (size_t i = 0; i < sizeof(against) / sizeof(against[0]); i++)
		section_plot(r, "quality", i + 1, against[i]);
	fidelity_table(r);
	nearer_table(r);
	agreement_table(r);
}
