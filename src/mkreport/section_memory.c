#include <math.h>
#include <string.h>

#include "memory_table.h"
#include "verdict.h"

/* One row of the summary: a figure made of one memory row per variant. */
static void
summary_row(struct md_table *t, const struct report *r,
    const struct subject *p, const char *label, const char *counter,
    const char *phase)
{
	const struct row_memory *m;
	char text[QUANTITY_CAP];
	size_t k;

	md_cell(t, "%s", label);
	for (k = 0; k < p->n_variants; k++) {
		m = phase == NULL ?
		    verdict_peak(r->ev, p->pair, p->variants[k], counter) :
		    subject_memory(r->ev, p->pair, p->variants[k], phase,
		    counter);
		md_cell(t, "%s", quantity(text, QUANTITY_BYTES, m == NULL ?
		    (double)NAN : phase == NULL ? m->max_bytes :
		    m->growth_bytes));
	}
	md_row_end(t);
}

static void
over_size_row(struct md_table *t, const struct report *r,
    const struct subject *p, const char *counter)
{
	const struct row_memory *m;
	char text[QUANTITY_CAP];
	size_t k;

	md_cell(t, "Peak over the model's bytes on disk");
	for (k = 0; k < p->n_variants; k++) {
		m = verdict_peak(r->ev, p->pair, p->variants[k], counter);
		if (m == NULL || isnan(m->over_size_ratio))
			md_cell(t, "not known");
		else
			md_cell(t, "%s times", quantity_number(text,
			    m->over_size_ratio, NAN, NAN));
	}
	md_row_end(t);
}

/* Does every load leave a little more behind? */
static void
trend_row(struct md_table *t, const struct report *r, const struct subject *p,
    const char *counter)
{
	char text[QUANTITY_CAP], pv[QUANTITY_CAP];
	const struct row_memory *m;
	size_t k;

	md_cell(t, "Trend of what is not returned, per load");
	for (k = 0; k < p->n_variants; k++) {
		m = subject_memory(r->ev, p->pair, p->variants[k],
		    "after_unload", counter);
		if (m == NULL)
			md_cell(t, "not measured");
		else if (isnan(m->trend_bytes_per_load))
			md_cell(t, "needs 3 loads");
		else
			md_cell(t, "%s, p %s", quantity(text, QUANTITY_BYTES,
			    m->trend_bytes_per_load),
			    quantity_p(pv, m->trend_p));
	}
	md_row_end(t);
}

/*
 * What a token of context costs.  Mapped weights are paged in meanwhile, so
 * on Linux the counter is anonymous memory where it was read.
 */
static void
kv_row(struct md_table *t, const struct report *r, const struct subject *p,
    const char *counter)
{
	char text[QUANTITY_CAP];
	const struct row_memory *m;
	size_t k;

	if (same(counter, "rss") && subject_memory(r->ev, p->pair,
	    p->variants[0], "decode", "anon") != NULL)
		counter = "anon";
	md_cell(t, "KV growth per 1000 tokens of context (`%s`)", counter);
	for (k = 0; k < p->n_variants; k++) {
		m = subject_memory(r->ev, p->pair, p->variants[k], "decode",
		    counter);
		md_cell(t, "%s", quantity(text, QUANTITY_BYTES, m == NULL ?
		    (double)NAN : m->per_1000_tokens_bytes));
	}
	md_row_end(t);
}

static void
summary_table(const struct report *r, const struct subject *p,
    const char *counter)
{
	struct md_table t;

	buf_addf(r->out, "In short, by the counter `%s`:\n\n", counter);
	md_table_begin_names(&t, r->out, "Figure", p->variants, p->n_variants,
	    NULL);
	summary_row(&t, r, p, "Highest sample", counter, NULL);
	over_size_row(&t, r, p, counter);
	summary_row(&t, r, p, "Loaded, over the baseline", counter, "loaded");
	summary_row(&t, r, p, "While decoding, over the baseline", counter,
	    "decode");
	summary_row(&t, r, p, "Not returned after the unload", counter,
	    "after_unload");
	trend_row(&t, r, p, counter);
	kv_row(&t, r, p, counter);
	summary_row(&t, r, p, "Swapped out at most (`swap`)", "swap", NULL);
	md_table_end(&t);
}

static void
leak_table(const struct report *r, const struct subject *p, size_t number)
{
	const struct row_leak *l;
	size_t i, n, shown = 0;

	l = evidence_rows(r->ev, ROW_LEAK, &n);
	for (i = 0; i < n; i++)
		shown += same(l[i].pair, p->pair);
	if (shown == 0) {
		buf_adds(r->out, "Leak: not measured (no scenario of "
		    "sequential requests was run).\n\n");
		return;
	}
	buf_adds(r->out, "Does memory grow from request to request? The floor "
	    "between requests, tested as described under [Method](#method). "
	    "The smallest leak found is the one this run would have found in "
	    "9 of 10 cases if the noise were as modelled (5 to 9 of 10 in "
	    "simulations): a smaller one may be there.\n\n");
	report_plot(r, "leak", number, "Memory floor after each request with "
	    "the fitted line, one curve per variant");
	memory_leak_rows(r, p, false);
	buf_adds(r->out, "By every other counter, and every counter by phase: "
	    "[Details](#details).\n\n");
}

/* What the machine had to do for want of memory. */
static void
events(const struct report *r)
{
	static const char *const codes[] = { "swapped", "swap_grew",
		"memory_pressure" };
	const struct row_integrity *f;
	size_t i, k, n, shown = 0;

	if (r->ev->rows[ROW_MEMORY].n == 0)
		return;
	buf_adds(r->out, "Swap and memory pressure during the run: ");
	f = evidence_rows(r->ev, ROW_INTEGRITY, &n);
	for (i = 0; i < n; i++)
		for (k = 0; k < sizeof(codes) / sizeof(codes[0]); k++)
			if (same(f[i].code, codes[k])) {
				buf_adds(r->out, shown++ > 0 ? "; " : "");
				md_text(r->out, f[i].message != NULL ?
				    f[i].message : f[i].code, 200);
			}
	buf_adds(r->out, shown > 0 ? ".\n\n" : "none seen.\n\n");
}

void
section_memory(const struct report *r)
{
	const struct subject *p;
	const char *counter;
	size_t i;

	buf_adds(r->out, "## Memory\n\n"
	    "Of the process tree that owns the server's port, workers "
	    "included. The two formats land in different counters, so all "
	    "are recorded, and every number names its counter.\n\n");
	events(r);
	for (i = 0; i < r->subjects.n; i++) {
		p = &r->subjects.v[i];
		report_pair_heading(r, p);
		report_plot(r, "memory", i + 1, "Memory of the server's "
		    "processes over time, the phases of each visit shaded");
		counter = verdict_counter(r->ev, p->pair);
		if (counter == NULL)
			buf_adds(r->out, "Not measured.\n\n");
		else
			summary_table(r, p, counter);
		leak_table(r, p, i + 1);
	}
}
