/* conversations: what a turn costs, and whether the prompt cache survives. */

#include <math.h>

#include "row_table.h"

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

static const struct row_table turns = {
	.type = ROW_TURN,
	.columns = {
		COLUMN("Variant", NAME, variant),
		COLUMN("Scenario", NAME, scenario),
		COLUMN("Turn:", COUNT, turn),
		COLUMN("Prompt tokens:", COUNT, prompt_tokens),
		COLUMN("New since the turn before:", COUNT, new_tokens),
		COLUMN_OR("Cached:", COUNT, cached_tokens, "not told"),
		COLUMN("TTFT:", SECONDS_95, ttft_s),
		COLUMN_OR("If it is kept:", SECONDS, new_only_s, "not told"),
		COLUMN_OR("If all is processed:", SECONDS, whole_s, "not told")
	}
};

static void
add_cache(const struct report *r, const void *row)
{
	add_verdict(r->out, row);
}

static void
add_from(const struct report *r, const void *row)
{
	const char *from = ((const struct row_prompt_cache *)row)->from;

	buf_adds(r->out, same(from, "counts") ? "the server's counts" :
	    same(from, "times") ? "the times" : "");
}

static void
add_by_times(const struct report *r, const void *row)
{
	const char *says = ((const struct row_prompt_cache *)row)->by_times;

	buf_adds(r->out, same(says, "not_told") ? "cannot tell" :
	    says != NULL ? says : "not known");
}

static const struct row_table caches = {
	.type = ROW_PROMPT_CACHE,
	.columns = {
		COLUMN("Variant", NAME, variant),
		COLUMN("Scenario", NAME, scenario),
		COLUMN("Conversations:", COUNT, conversations),
		COLUMN("Turns:", COUNT, turns),
		COLUMN_ADD("The prompt cache", add_cache),
		COLUMN_ADD("By", add_from),
		COLUMN_ADD("The times alone say", add_by_times)
	}
};

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
		row_table(r, pair, &caches);
		row_table(r, pair, &turns);
	}
}
