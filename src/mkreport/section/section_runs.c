/* runs: several of them side by side. */

#include <math.h>

#include "section.h"
#include "verdict/verdict.h"

/* The largest median of a metric's all-requests row, by the verdict's rule. */
static const struct row_metric *
figure(const struct evidence *ev, const char *pair, const char *variant,
    const char *metric)
{
	const struct row_key key = { .pair = pair, .variant = variant,
	    .metric = metric, .by = evidence_none };
	const struct row_metric *m = NULL, *best = NULL;

	while ((m = evidence_find(ev, ROW_METRIC, &key, m)) != NULL)
		if (!same(m->cache, "warm") && (best == NULL ||
		    same(m->scenario, "simple_gen") || (m->n > best->n &&
		    !same(best->scenario, "simple_gen"))))
			best = m;
	return best;
}

static void
figure_cell(struct md_table *t, const struct row_metric *m)
{
	char text[QUANTITY_CAP];

	if (m == NULL)
		md_cell(t, "not measured");
	else
		md_cell(t, "%s", quantity_interval(text,
		    quantity_unit_of(m->metric), m->p50, m->ci_lo, m->ci_hi));
}

static void
machine_cell(struct md_table *t, const struct row_run *run)
{
	char text[QUANTITY_CAP];

	md_cell_begin(t);
	if (run->host_name != NULL) {
		md_name_cut(t->out, run->host_name, 32);
		buf_adds(t->out, ": ");
	}
	md_name_cut(t->out, run->cpu, 32);
	buf_addf(t->out, ", %s", quantity(text, QUANTITY_BYTES,
	    run->memory_bytes));
	md_cell_end(t);
}

/* A run that measured nothing: a machine that could not be reached. */
static void
empty_row(struct md_table *t, const struct evidence *ev)
{
	md_cell(t, "nothing measured");
	md_cell(t, " ");
	machine_cell(t, evidence_run(ev));
	md_cell_name(t, ev->run);
	for (size_t i = 0; i < 3; i++)
		md_cell(t, "not measured");
	md_row_end(t);
}

static void
variant_row(struct md_table *t, const struct evidence *ev,
    const struct subject *p, const char *variant)
{
	const struct row_run *run = evidence_run(ev);
	const char *counter = verdict_counter(ev, p->pair);
	const struct row_memory *peak;
	char text[QUANTITY_CAP];

	md_cell_name(t, p->pair);
	md_cell_name(t, variant);
	machine_cell(t, run);
	md_cell_name(t, ev->run);
	figure_cell(t, figure(ev, p->pair, variant, "ttft_s"));
	figure_cell(t, figure(ev, p->pair, variant, "decode_tps"));
	peak = verdict_peak(ev, p->pair, variant, counter);
	if (peak == NULL)
		md_cell(t, "not measured");
	else
		md_cell(t, "%s (`%s`)", quantity(text, QUANTITY_BYTES,
		    peak->max_bytes), counter);
	md_row_end(t);
}

void
section_runs(const struct report *r)
{
	struct subjects s;
	struct md_table t;

	buf_addf(r->out, "# %zu runs side by side\n\n", r->set->n);
	for (size_t i = 0; i < r->set->n; i++)
		if (evidence_run(&r->set->v[i])->simulated == 1) {
			buf_adds(r->out, "> **SIMULATED.** At least one of "
			    "these runs comes from a stand-in server, not "
			    "from a model.\n\n");
			break;
		}
	buf_adds(r->out, "Medians; in brackets how far the requests of "
	    "that run spread them (95 %, as if no two were alike: too narrow "
	    "from few visits). Runs on different machines or days are not "
	    "interleaved: differences between them include everything else "
	    "that differed.\n\n");
	md_table_begin(&t, r->out, "Pair|Variant|Machine|Run|"
	    "Time to first token:|Decode:|Peak memory:");
	for (size_t i = 0; i < r->set->n; i++) {
		s = subjects_of(&r->set->v[i]);
		if (s.n == 0)
			empty_row(&t, &r->set->v[i]);
		for (size_t k = 0; k < s.n; k++)
			for (size_t v = 0; v < s.v[k].n_variants; v++)
				variant_row(&t, &r->set->v[i], &s.v[k],
				    s.v[k].variants[v]);
		subjects_fini(&s);
	}
	md_table_end(&t);
}
