/* conversations: what a turn costs, and whether the prompt cache survives. */

#include <math.h>

#include "section.h"

/* The conversations of a pair, behind those of after. */
static const struct row_prompt_cache *
next_cache(const struct report *r, const char *pair,
    const struct row_prompt_cache *after)
{
	return evidence_find(r->ev, ROW_PROMPT_CACHE, &(struct row_key){
	    .pair = pair }, after);
}

/* "is lost at turn 4" */
static void
add_verdict(struct buf *out, const struct row_prompt_cache *c)
{
	char text[QUANTITY_CAP];

	if (same(c->verdict, "kept"))
		buf_adds(out, "keeps it");
	else if (same(c->verdict, "lost"))
		buf_addf(out, "**loses it at turn %s**", quantity_count(text,
		    c->lost_at));
	else if (same(c->verdict, "partly"))
		buf_addf(out, "**keeps only about the first %s tokens**",
		    quantity_about(text, c->kept_tokens));
	else
		buf_adds(out, "may keep it or not: the server tells no counts, "
		    "and the times do not tell");
}

void
section_turns_sentence(const struct report *r, const char *pair)
{
	const struct row_prompt_cache *c = next_cache(r, pair, NULL);
	const char *sep = "The prompt cache over the turns of a conversation: ";

	if (c == NULL)
		return;
	for (; c != NULL; c = next_cache(r, pair, c)) {
		buf_adds(r->out, sep);
		md_name_cut(r->out, c->variant, 32);
		buf_adds(r->out, " ");
		add_verdict(r->out, c);
		buf_adds(r->out, " (");
		md_name_cut(r->out, c->scenario, 24);
		buf_adds(r->out, ")");
		sep = "; ";
	}
	buf_adds(r->out, ". See [Conversations](#conversations).\n\n");
}

static void
turn_cells(struct md_table *t, const struct row_turn *row)
{
	char text[QUANTITY_CAP];

	md_cell(t, "%s", quantity_count(text, row->turn));
	md_cell(t, "%s", quantity_count(text, row->prompt_tokens));
	md_cell(t, "%s", quantity_count(text, row->new_tokens));
	md_cell(t, "%s", isnan(row->cached_tokens) ? "not told" :
	    quantity_count(text, row->cached_tokens));
	md_cell(t, "%s", quantity_interval(text, QUANTITY_SECONDS,
	    row->ttft_s, row->ttft_lo_s, row->ttft_hi_s));
	md_cell(t, "%s", isnan(row->new_only_s) ? "not told" :
	    quantity(text, QUANTITY_SECONDS, row->new_only_s));
	md_cell(t, "%s", isnan(row->whole_s) ? "not told" :
	    quantity(text, QUANTITY_SECONDS, row->whole_s));
}

static void
turns_table(const struct report *r, const char *pair)
{
	const struct row_turn *row;
	struct md_table t;
	size_t n;

	row = evidence_rows(r->ev, ROW_TURN, &n);
	md_table_begin(&t, r->out, "Variant|Scenario|Turn:|Prompt tokens:|"
	    "New since the turn before:|Cached:|TTFT:|If it is kept:|"
	    "If all is processed:");
	for (size_t i = 0; i < n; i++) {
		if (!same(row[i].pair, pair))
			continue;
		md_cell_name(&t, row[i].variant);
		md_cell_name(&t, row[i].scenario);
		turn_cells(&t, &row[i]);
		md_row_end(&t);
	}
	md_table_end(&t);
}

static void
verdict_table(const struct report *r, const char *pair)
{
	const struct row_prompt_cache *c = NULL;
	char text[QUANTITY_CAP];
	struct md_table t;

	md_table_begin(&t, r->out, "Variant|Scenario|Conversations:|Turns:|"
	    "The prompt cache|By|The times alone say");
	while ((c = next_cache(r, pair, c)) != NULL) {
		md_cell_name(&t, c->variant);
		md_cell_name(&t, c->scenario);
		md_cell(&t, "%s", quantity_count(text, c->conversations));
		md_cell(&t, "%s", quantity_count(text, c->turns));
		md_cell_begin(&t);
		add_verdict(t.out, c);
		md_cell_end(&t);
		md_cell(&t, "%s", same(c->from, "counts") ?
		    "the server's counts" : same(c->from, "times") ?
		    "the times" : "");
		md_cell(&t, "%s", same(c->by_times, "not_told") ?
		    "cannot tell" : c->by_times != NULL ? c->by_times :
		    "not known");
		md_row_end(&t);
	}
	md_table_end(&t);
}

bool
section_turns_any(const struct report *r)
{
	return r->ev->rows[ROW_PROMPT_CACHE].n > 0;
}

void
section_turns(const struct report *r)
{
	const char *pair;

	if (!section_turns_any(r))
		return;
	buf_adds(r->out, "## Conversations\n\nThe prompt of a turn begins with "
	    "all that was said before. Where the prompt cache is kept only what "
	    "is new has to be processed, and the time to the first token stays; "
	    "where it is lost that time grows with the whole conversation. The "
	    "server's counts of cached tokens decide, where it tells them; "
	    "else a fit to the times, paired over conversations.\n\n");
	for (size_t i = 0; i < r->subjects.n; i++) {
		pair = r->subjects.v[i].pair;
		if (next_cache(r, pair, NULL) == NULL)
			continue;
		section_pair_heading(r, &r->subjects.v[i]);
		section_plot(r, "turns", i + 1, "Time to first token by turn: "
		    "every request a dot, the line through the medians; by the "
		    "fit, dotted if only what is new were processed, dashed "
		    "if all were");
		verdict_table(r, pair);
		turns_table(r, pair);
	}
}
