/* memory: how large each variant is in each phase, and does it leak? */

#include <math.h>
#include <string.h>

#include "memory_table.h"
#include "verdict/verdict.h"

/* One row of the summary: a figure made of one memory row per variant. */
static void
summary_row(struct md_table *t, const struct report *r,
    const struct subject *p, const char *label, const char *counter,
    const char *phase)
{
	const struct row_memory *m;
	char text[QUANTITY_CAP];

	md_cell(t, "%s", label);
	for (size_t k = 0; k < p->n_variants; k++) {
		m = phase == NULL ?
		    verdict_peak(r->ev, p->pair, p->variants[k], counter) :
		    subject_memory(r->ev, p->pair, p->variants[k], phase,
		    counter);
		if (phase != NULL && (m == NULL || isnan(m->growth_bytes)))
			md_cell(t, "not measured: no sample %s", m == NULL ?
			    "in that time" : "before its load");
		else
			md_cell(t, "%s", quantity(text, QUANTITY_BYTES,
			    m == NULL ? (double)NAN : phase == NULL ?
			    m->max_bytes : m->growth_bytes));
	}
	md_row_end(t);
}

static void
over_size_row(struct md_table *t, const struct report *r,
    const struct subject *p, const char *counter)
{
	const struct row_memory *m;
	char text[QUANTITY_CAP];

	md_cell(t, "Peak over the model's bytes on disk");
	for (size_t k = 0; k < p->n_variants; k++) {
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

	md_cell(t, "Trend of what is not returned, per load");
	for (size_t k = 0; k < p->n_variants; k++) {
		m = subject_memory(r->ev, p->pair, p->variants[k],
		    "after_unload", counter);
		if (m == NULL)
			md_cell(t, "not measured");
		else if (isnan(m->trend_bytes_per_load))
			md_cell(t, "needs 3 loads with samples before and "
			    "after%s%s", isnan(m->visits) ? "" : ", has ",
			    isnan(m->visits) ? "" :
			    quantity_count(text, m->visits));
		else
			md_cell(t, "%s, p %s", quantity(text, QUANTITY_BYTES,
			    m->trend_bytes_per_load),
			    quantity_p(pv, m->trend_p));
	}
	md_row_end(t);
}

/* "What was not returned": less than before is all of it. */
static void
returned_row(struct md_table *t, const struct report *r,
    const struct subject *p, const char *counter)
{
	const struct row_memory *m;
	char text[QUANTITY_CAP];

	md_cell(t, "Not returned after the unload");
	for (size_t k = 0; k < p->n_variants; k++) {
		m = subject_memory(r->ev, p->pair, p->variants[k],
		    "after_unload", counter);
		md_cell(t, "%s", m != NULL && m->growth_bytes <= 0 ?
		    "nothing" : quantity(text, QUANTITY_BYTES, m == NULL ?
		    (double)NAN : m->growth_bytes));
	}
	md_row_end(t);
}

static void
kv_cell(struct md_table *t, const struct row_memory *m)
{
	char text[QUANTITY_CAP], n[QUANTITY_CAP];
	double lo, hi;

	if (m == NULL || isnan(m->per_1000_tokens_bytes)) {
		md_cell(t, "cannot tell");
		return;
	}
	quantity_count(n, m->per_1000_tokens_n);
	lo = m->per_1000_tokens_lo_bytes;
	hi = m->per_1000_tokens_hi_bytes;
	if (isnan(lo))
		md_cell(t, "cannot tell: %s requests", n);
	else if (hi <= 0)
		md_cell(t, "none seen, n %s", n);
	else if (lo <= 0)	/* memory that fell is no cost below nothing */
		md_cell(t, "none seen, at most %s, n %s",
		    quantity(text, QUANTITY_BYTES, hi), n);
	else
		md_cell(t, "%s, n %s", quantity_interval(text, QUANTITY_BYTES,
		    m->per_1000_tokens_bytes, lo, hi), n);
}

/*
 * What a token of context costs.  Mapped weights are paged in meanwhile, so
 * on Linux the counter is anonymous memory where it was read.
 */
static void
kv_row(struct md_table *t, const struct report *r, const struct subject *p,
    const char *counter)
{
	if (same(counter, "rss") && subject_memory(r->ev, p->pair,
	    p->variants[0], "decode", "anon") != NULL)
		counter = "anon";
	md_cell(t, "KV growth per 1000 tokens of context, while a request runs "
	    "(`%s`)", counter);
	for (size_t k = 0; k < p->n_variants; k++)
		kv_cell(t, subject_memory(r->ev, p->pair, p->variants[k],
		    "decode", counter));
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
	returned_row(&t, r, p, counter);
	trend_row(&t, r, p, counter);
	kv_row(&t, r, p, counter);
	summary_row(&t, r, p, "Swapped out at most (`swap`)", "swap", NULL);
	md_table_end(&t);
}

/* Is there anything to tell of a phase?  A swap of 1 MiB is noise. */
static bool
is_strained(const struct row_pressure *f)
{
	return f->pressed > 0 || f->own_swap_bytes > 0 ||
	    f->swap_grew_bytes >= 0x1p20;
}

/* "20.0 %" of the time some task waited, or macOS's level. */
static void
pressure_cell(struct md_table *t, const struct report *r, double v)
{
	char text[QUANTITY_CAP];
	bool linux = same(evidence_run(r->ev)->os, "Linux");

	if (isnan(v))
		md_cell(t, "not measured");
	else
		md_cell(t, linux ? "%s %%" : "level %s", linux ?
		    quantity(text, QUANTITY_PLAIN, v) :
		    quantity_count(text, v));
}

/* Where the machine was short of memory, phase by phase; nothing if nowhere. */
static void
strain_table(const struct report *r, const struct subject *p)
{
	const struct row_key key = { .pair = p->pair };
	const struct row_pressure *f = NULL;
	char a[QUANTITY_CAP], b[QUANTITY_CAP];
	size_t shown = 0, start = r->out->len;
	struct md_table t;

	buf_adds(r->out, "Short of memory:\n\n");
	md_table_begin(&t, r->out, "Variant|Phase|Samples under pressure:|"
	    "Highest pressure:|Server swapped out:|Machine's swap grew by:");
	while ((f = evidence_find(r->ev, ROW_PRESSURE, &key, f)) != NULL) {
		if (!is_strained(f))
			continue;
		shown++;
		md_cell_name(&t, f->variant);
		md_cell(&t, "%s", memory_phase_label(f->phase));
		md_cell(&t, "%s of %s", quantity_count(a, f->pressed),
		    quantity_count(b, f->n));
		pressure_cell(&t, r, f->pressure_max);
		md_cell(&t, "%s", quantity(a, QUANTITY_BYTES,
		    f->own_swap_bytes));
		md_cell(&t, "%s", quantity(a, QUANTITY_BYTES,
		    f->swap_grew_bytes));
		md_row_end(&t);
	}
	md_table_end(&t);
	if (shown == 0)
		r->out->len = start;
}

static void
leak_table(const struct report *r, const struct subject *p, size_t number)
{
	if (evidence_find(r->ev, ROW_LEAK, &(struct row_key){
	    .pair = p->pair }, NULL) == NULL) {
		buf_adds(r->out, r->ev->rows[ROW_MEMORY].n == 0 ?
		    "Leak: not measured (no memory was).\n\n" :
		    "Leak: not measured (no load answered 12 requests of one "
		    "scenario, one at a time with idle time between them; "
		    "`memory_leak` and `soak` do).\n\n");
		return;
	}
	section_plot(r, "leak", number, "Memory floor after each request, "
	    "with a least-squares line and its 95 % band (a picture: the "
	    "verdict is the test's)");
	memory_leak_rows(r, p, false);
}

static bool
pressure_was_read(const struct report *r)
{
	const struct row_pressure *f = r->ev->rows[ROW_PRESSURE].v;

	for (size_t i = 0; i < r->ev->rows[ROW_PRESSURE].n; i++)
		if (isfinite(f[i].pressure_max))
			return true;
	return false;
}

/* What the machine had to do for want of memory. */
static void
events(const struct report *r)
{
	static const char *const codes[] = { "swapped", "swap_grew",
		"memory_pressure" };
	const struct row_integrity *f = r->ev->rows[ROW_INTEGRITY].v;
	size_t shown = 0;

	if (r->ev->rows[ROW_MEMORY].n == 0)
		return;
	buf_adds(r->out, "Swap and memory pressure during the run: ");
	for (size_t i = 0; i < r->ev->rows[ROW_INTEGRITY].n; i++)
		for (size_t k = 0; k < sizeof(codes) / sizeof(codes[0]); k++)
			if (same(f[i].code, codes[k])) {
				buf_adds(r->out, shown++ > 0 ? "; " : "");
				md_text(r->out, f[i].message != NULL ?
				    f[i].message : f[i].code, 200);
			}
	buf_adds(r->out, shown > 0 ? "." : "none seen.");
	buf_adds(r->out, pressure_was_read(r) ? "\n\n" :
	    " Pressure was not measured: the system does not tell it.\n\n");
}

void
section_memory(const struct report *r)
{
	const struct subject *p;
	const char *counter;

	buf_adds(r->out, "## Memory\n\n"
	    "Of the process tree that owns the server's port, workers "
	    "included. The two formats land in different counters, so all "
	    "are recorded, and every number names its counter. What a request "
	    "takes for its context (KV growth) is measured against the memory just before "
	    "it, with Sen's interval over requests; a server that sets its KV "
	    "cache aside when it loads, or keeps it from one request to the "
	    "next, shows none there.\n\n"
	    "Does memory grow from request to request? The floor between "
	    "requests is tested as described under [Method](#method). The "
	    "smallest leak is, per request, the one this run would have found "
	    "in 9 of 10 cases if the noise were as modelled (5 to 9 of 10 in "
	    "simulations): a smaller one may be there. By every other counter, "
	    "and every counter by phase: [Details](details.md).\n\n");
	events(r);
	for (size_t i = 0; i < r->subjects.n; i++) {
		p = &r->subjects.v[i];
		section_pair_heading(r, p);
		section_plot(r, "memory", i + 1, "Memory of the server's "
		    "processes over time, the phases of each visit shaded");
		counter = verdict_counter(r->ev, p->pair);
		if (counter == NULL)
			buf_adds(r->out, "Not measured.\n\n");
		else
			summary_table(r, p, counter);
		strain_table(r, p);
		leak_table(r, p, i + 1);
	}
}
