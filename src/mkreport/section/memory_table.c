#include "memory_table.h"

#include <math.h>

static const struct {
	const char *phase, *label;
} phases[] = {
	{ "baseline", "before the load" }, { "load", "while loading" },
	{ "loaded", "loaded, idle" }, { "prefill", "prefill" },
	{ "decode", "decode" }, { "between", "between requests" },
	{ "unload", "unloading" }, { "after_unload", "after the unload" },
	{ "whole", "whole visit" }
};
enum { N_PHASES = sizeof(phases) / sizeof(phases[0]) };

const char *
memory_phase_name(size_t i)
{
	return i < N_PHASES ? phases[i].phase : NULL;
}

const char *
memory_phase_label(const char *phase)
{
	for (size_t i = 0; i < N_PHASES; i++)
		if (same(phases[i].phase, phase))
			return phases[i].label;
	return "of a kind unknown here";
}

struct counter_label {
	const char *counter;
	const char *label;
};

static const struct counter_label counters[] = {
	{ "footprint", "physical footprint (macOS, sum over the processes)" },
	{ "wired", "wired (macOS, sum over the processes)" },
	{ "rss", "resident set, file-backed pages included (sum)" },
	{ "anon", "anonymous memory (Linux, sum)" },
	{ "file", "file-backed resident pages, such as a mapped GGUF (sum)" },
	{ "shmem", "shared memory (sum)" },
	{ "swap", "swapped out (sum)" },
	{ "pss", "proportional set size" },
	{ "vram", "GPU memory, as its driver tells" },
	{ "peak_rss", "sum of the kernel's high-water marks: upper bound" },
	{ "peak_footprint",
	    "sum of the kernel's high-water marks: upper bound" }
};
enum { N_COUNTERS = sizeof(counters) / sizeof(counters[0]) };

static bool
has_counter(const struct report *r, const struct subject *p,
    const char *counter)
{
	const struct row_key key = { .pair = p->pair, .counter = counter };
	const struct row_memory *m = NULL;

	while ((m = evidence_find(r->ev, ROW_MEMORY, &key, m)) != NULL)
		if (m->max_bytes > 0)
			return true;
	return false;
}

/* "1.20 GiB, peak 1.31 GiB" */
static void
phase_cell(struct md_table *t, const struct row_memory *m)
{
	char median[QUANTITY_CAP], peak[QUANTITY_CAP];

	if (m == NULL || isnan(m->p50_bytes)) {
		md_cell(t, "not measured");
		return;
	}
	md_cell(t, "%s, peak %s",
	    quantity(median, QUANTITY_BYTES, m->p50_bytes),
	    quantity(peak, QUANTITY_BYTES, m->max_bytes));
}

static void
phase_rows(struct md_table *t, const struct report *r,
    const struct subject *p, const char *counter)
{
	const struct row_memory *m[N_PHASES];
	size_t k;
	bool any;

	for (size_t f = 0; f < N_PHASES; f++) {
		for (any = false, k = 0; k < p->n_variants; k++)
			any = any || subject_memory(r->ev, p->pair,
			    p->variants[k], phases[f].phase, counter) != NULL;
		if (!any)
			continue;
		md_cell(t, "`%s`", counter);
		md_cell(t, "%s", phases[f].label);
		for (k = 0; k < p->n_variants; k++) {
			m[f] = subject_memory(r->ev, p->pair, p->variants[k],
			    phases[f].phase, counter);
			phase_cell(t, m[f]);
		}
		md_row_end(t);
	}
}

void
memory_counter_table(const struct report *r, const struct subject *p)
{
	struct md_table t;
	size_t n = 0;

	for (size_t c = 0; c < N_COUNTERS; c++)
		n += has_counter(r, p, counters[c].counter);
	if (n == 0)
		return;
	buf_adds(r->out, "Memory, every counter by phase, median and peak. Counters "
	    "that stayed 0 are left out:\n\n");
	md_table_begin_names(&t, r->out, "Counter|Phase", p->variants,
	    p->n_variants, NULL);
	for (size_t c = 0; c < N_COUNTERS; c++)
		if (has_counter(r, p, counters[c].counter))
			phase_rows(&t, r, p, counters[c].counter);
	md_table_end(&t);
	for (size_t c = 0; c < N_COUNTERS; c++)
		if (has_counter(r, p, counters[c].counter))
			buf_addf(r->out, "- `%s`: %s\n", counters[c].counter,
			    counters[c].label);
	buf_addc(r->out, '\n');
}

static const char *
leak_meaning(const char *verdict)
{
	static const char *const words[][2] = {
		{ "leak", "grows with every request" },
		{ "growing", "grew until the end, shape undetermined: run "
		    "longer" },
		{ "plateaued", "grew, then stopped" },
		{ "stable", "no growth found" },
		{ "insufficient",
		    "too few requests with idle time behind them" }
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (same(verdict, words[i][0]))
			return words[i][1];
	return "unknown verdict";
}

static void
leak_row(struct md_table *t, const struct row_leak *l)
{
	char text[QUANTITY_CAP];

	md_cell_name(t, l->variant);
	md_cell_begin(t);
	md_name_cut(t->out, l->scenario, 32);
	md_cell_end(t);
	md_cell_begin(t);
	md_name_cut(t->out, l->counter, 32);
	buf_adds(t->out, l->deciding == 1 ? " (decides)" : "");
	md_cell_end(t);
	md_cell_begin(t);
	buf_adds(t->out, l->deciding == 1 ? "**" : "");
	md_text(t->out, l->verdict != NULL ? l->verdict : "not known", 24);
	/* The word alone would be surer than what is behind it. */
	buf_adds(t->out, same(l->verdict, "leak") &&
	    l->within_cache_budget == 1 ? ", or a cache that fills" : "");
	buf_adds(t->out, l->deciding == 1 ? "**" : "");
	buf_addf(t->out, ": %s%s", leak_meaning(l->verdict),
	    !same(l->verdict, "leak") && !same(l->verdict, "growing") ? "" :
	    l->within_cache_budget == 1 ? ", within the cache budget: a "
	    "cache still filling would look the same" :
	    isnan(l->cache_budget_bytes) ? "; what the server may cache is "
	    "not known" : "");
	if (l->part == 1)
		buf_adds(t->out, "; until the worker was started anew");
	else if (l->part > 1)
		buf_addf(t->out, "; after restart %s of the worker",
		    quantity_count(text, l->part - 1));
	md_cell_end(t);
	md_cell(t, "%s", quantity_count(text, l->n_floors));
	md_cell(t, "%s", quantity(text, QUANTITY_BYTES, l->growth_bytes));
	md_cell(t, "%s", l->late_slope_bytes_per_request == 0 ? "none" :
	    quantity(text, QUANTITY_BYTES, l->late_slope_bytes_per_request));
	md_cell(t, "%s", quantity(text, QUANTITY_BYTES,
	    l->mdl90_bytes_per_request));
	md_row_end(t);
}

void
memory_leak_rows(const struct report *r, const struct subject *p, bool all)
{
	const struct row_key key = { .pair = p->pair };
	const struct row_leak *l = NULL;
	struct md_table t;
	size_t shown = 0, start = r->out->len;

	if (all)
		buf_adds(r->out, "Leak verdict by every counter:\n\n");
	md_table_begin(&t, r->out, "Variant|Scenario|Counter|Verdict|Floors:|"
	    "Growth:|Late slope per request:|"
	    "Smallest leak per request it would have found:");
	while ((l = evidence_find(r->ev, ROW_LEAK, &key, l)) != NULL)
		if (all || l->deciding != 0) {
			leak_row(&t, l);
			shown++;
		}
	md_table_end(&t);
	if (shown == 0)
		r->out->len = start;
}
