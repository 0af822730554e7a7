/* next size: what a longer prompt will take, where variants cross, and whether
 * bytes explain a difference. */

#include <math.h>

#include "row_table.h"
#include "words.h"

/* Why nothing is predicted, or the word itself. */
static const char *
why(const char *verdict)
{
	static const struct {
		enum ladder_verdict verdict;
		const char *text;
	} words[] = {
		{ LADDER_FLAT, "does not rise with the context: it was taken "
		    "at the load" },
		{ LADDER_ERROR_TOO_LARGE, "not predicted: the longest rung is "
		    "not where the others put it" },
		{ LADDER_TOO_UNCERTAIN, "not predicted: the rungs scatter too "
		    "much" },
		{ LADDER_TOO_FEW_RUNGS, "not predicted: too few rungs of two "
		    "requests each" },
		{ LADDER_TOO_SHORT, "not predicted: below 1000 tokens memory "
		    "is that of a batch of the prompt" },
		{ LADDER_CACHED, "not predicted: the prompts came from the "
		    "cache" },
		{ LADDER_NOT_MEASURED, "not measured" }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (same(verdict, ladder_verdict_name(words[i].verdict)))
			return words[i].text;
	return verdict;
}

static void
add_quantity(const struct report *r, const void *row)
{
	const struct row_prediction *p = row;

	buf_adds(r->out, same(p->quantity, "ttft_s") ? "first token" :
	    same(p->quantity, "tpot_s") ? "a token" : "memory");
	if (p->counter != NULL) {
		buf_adds(r->out, ", ");
		md_name(r->out, p->counter);
	}
}

static void
add_held(const struct report *r, const void *row)
{
	const struct row_prediction *p = row;
	enum quantity_unit unit = quantity_unit_of(p->quantity);
	char text[QUANTITY_CAP];

	if (isnan(p->held_predicted) || isnan(p->held_error_ratio))
		return;
	buf_addf(r->out, "%s, ", quantity(text, unit, p->held_predicted));
	buf_addf(r->out, "it was %s ", quantity(text, unit,
	    p->held_measured));
	if (fabs(p->held_error_ratio) < 0.0005)
		buf_adds(r->out, "(0 %)");
	else
		buf_addf(r->out, "(%+.1f %%)", 100 * p->held_error_ratio);
}

static void
add_value(const struct report *r, const void *row)
{
	const struct row_prediction *p = row;
	char text[QUANTITY_CAP];

	if (isnan(p->value)) {
		buf_adds(r->out, why(p->verdict));
		return;
	}
	buf_adds(r->out, quantity_interval(text, quantity_unit_of(p->quantity),
	    p->value, p->value_lo, p->value_hi));
	if (p->fits != NULL)
		buf_addf(r->out, ", %s the %s of this machine less what "
		    "others use", same(p->fits, "yes") ? "within" :
		    same(p->fits, "no") ? "**more than**" : "perhaps within",
		    quantity(text, QUANTITY_BYTES, p->room_bytes));
}

static const struct row_table predicted = {
	.type = ROW_PREDICTION,
	.intro = "By a curve through a ladder of prompt lengths: of the time "
	    "to the first token over the prompt, of the time of a token and of "
	    "memory over the context. The longest rung is held out once: what "
	    "the others say of it is the error, and where that is not small "
	    "nothing is predicted. A prompt that is longer than the context as "
	    "loaded needs a load with more.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Variant", NAME, variant),
		COLUMN("Scenario", NAME, scenario),
		COLUMN_ADD("Of", add_quantity),
		COLUMN("Rungs:", COUNT, rungs),
		COLUMN("Longest, tokens:", COUNT, to_tokens),
		COLUMN_ADD("The others say of it", add_held),
		COLUMN("Next size, tokens:", COUNT, at_tokens),
		COLUMN_ADD("Will be (95 %)", add_value)
	}
};

/* "at 1414 tokens [1413, 1415]; below it `a` is faster" */
static void
add_crossing(const struct report *r, const void *row)
{
	const struct row_crossing *c = row;
	char text[QUANTITY_CAP];

	if (same(c->verdict, "cannot_tell")) {
		buf_adds(r->out, "cannot tell");
		return;
	}
	if (same(c->verdict, "crosses"))
		buf_addf(r->out, "at %s tokens; before it ", quantity_interval(
		    text, QUANTITY_PLAIN, c->at_tokens, c->at_lo_tokens,
		    c->at_hi_tokens));
	else
		buf_adds(r->out, "no crossing: all along ");
	md_name_cut(r->out, c->lower_first, 32);
	buf_addf(r->out, " %s", same(c->quantity, "memory_bytes") ?
	    "needs less" : "is faster");
}

static const struct row_table crossings = {
	.type = ROW_CROSSING,
	.intro = "Where two of these curves cross, from the shortest rung to "
	    "the next size.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Of", NAME, quantity),
		COLUMN("First", NAME, base), COLUMN("Other", NAME, new),
		COLUMN("From, tokens:", COUNT, from_tokens),
		COLUMN("To:", COUNT, to_tokens),
		COLUMN_ADD("They cross (95 %)", add_crossing)
	}
};

static void
add_rates(const struct report *r, const void *row)
{
	const struct row_bandwidth *b = row;
	double base = b->bandwidth_base_bytes_per_s / 1e9;
	double new = b->bandwidth_new_bytes_per_s / 1e9;

	if (!isnan(base) && !isnan(new))
		buf_addf(r->out, "%.3g and %.3g GB/s", base, new);
	else if (!isnan(base))
		buf_addf(r->out, "%.3g GB/s and not known", base);
	else if (!isnan(new))
		buf_addf(r->out, "not known and %.3g GB/s", new);
	else
		buf_adds(r->out, "not known");
}

static void
add_explained(const struct report *r, const void *row)
{
	const char *v = ((const struct row_bandwidth *)row)->verdict;

	buf_adds(r->out, same(v, "within_bytes") ? "within what the bytes "
	    "explain" : same(v, "beyond_bytes") ? "**not the bytes**: it is "
	    "how the engine computes" : same(v, "speculation") ?
	    "tokens were guessed: not told" : same(v, "size_unknown") ?
	    "a file's size is not told" : "cannot tell");
}

static const struct row_table bandwidths = {
	.type = ROW_BANDWIDTH,
	.intro = "Each token reads all weights once (of a mixture of experts a "
	    "part, nobody tells how large). Where that is what takes the time, "
	    "the speeds are to each other as the bytes are; a difference that "
	    "is larger, or the other way round, is not of the bytes.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("First", NAME, base),
		COLUMN("Other", NAME, new),
		COLUMN("File of the first:", BYTES, bytes_base),
		COLUMN("Of the other:", BYTES, bytes_new),
		COLUMN_ADD("Bytes times tokens a second:", add_rates),
		COLUMN("Other is faster so many times, by the bytes:", PLAIN,
		    bytes_ratio),
		COLUMN("As measured (95 %):", PLAIN_95, ratio),
		COLUMN_ADD("Difference", add_explained)
	}
};

bool
section_next_any(const struct report *r)
{
	return r->ev->rows[ROW_PREDICTION].n +
	    r->ev->rows[ROW_BANDWIDTH].n > 0;
}

void
section_next(const struct report *r)
{
	if (!section_next_any(r))
		return;
	buf_adds(r->out, "## Next size and bandwidth\n\n");
	row_table(r, NULL, &predicted);
	row_table(r, NULL, &crossings);
	row_table(r, NULL, &bandwidths);
}
