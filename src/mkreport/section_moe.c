#include <math.h>

#include "report.h"

static void
domain_rows(struct md_table *t, const struct report *r,
    const struct row_moe *moe)
{
	const struct row_domain *d;
	char text[QUANTITY_CAP], n_text[QUANTITY_CAP];
	size_t i, n;

	d = evidence_rows(r->ev, ROW_DOMAIN, &n);
	for (i = 0; i < n; i++) {
		if (!same(d[i].pair, moe->pair) ||
		    !same(d[i].variant, moe->variant) ||
		    !same(d[i].metric, moe->metric) ||
		    !alike(d[i].scenario, moe->scenario))
			continue;
		md_cell_name(t, moe->variant);
		md_cell_begin(t);
		md_name_cut(t->out, moe->metric, 24);
		md_cell_end(t);
		md_cell_begin(t);
		md_name_cut(t->out, d[i].domain, 24);
		md_cell_end(t);
		md_cell(t, "%s", quantity_interval(text,
		    quantity_unit_of(moe->metric), d[i].p50, d[i].ci_lo,
		    d[i].ci_hi));
		md_cell(t, "%s", quantity_count(n_text, d[i].n));
		md_row_end(t);
	}
}

static const char *
differ_text(int differ)
{
	return differ == 1 ? "**yes**" : differ == 0 ?
	    "not beyond noise" : "too little data";
}

static void
test_row(struct md_table *t, const struct row_moe *m)
{
	char text[QUANTITY_CAP];

	md_cell_name(t, m->variant);
	md_cell_begin(t);
	md_name_cut(t->out, m->metric, 24);
	md_cell_end(t);
	md_cell(t, "%s", differ_text(m->differ));
	md_cell(t, "%s", quantity_p(text, m->p));
	md_cell(t, "%s", isnan(m->icc) ? "not computed" :
	    quantity_number(text, m->icc, NAN, NAN));
	md_cell(t, "%s", isnan(m->tail_ratio) ? "not computed" :
	    quantity_number(text, m->tail_ratio, NAN, NAN));
	md_cell(t, "%s", isnan(m->lag1) ? "not computed" :
	    quantity_number(text, m->lag1, NAN, NAN));
	md_row_end(t);
}

static void
pair_moe(const struct report *r, const struct subject *p, size_t number)
{
	const struct row_moe *m;
	struct md_table t;
	size_t i, n;

	m = evidence_rows(r->ev, ROW_MOE, &n);
	report_pair_heading(r, p);
	buf_addf(r->out, "This pair is %s.\n\n", same(p->kind, "moe") ?
	    "a mixture of experts" : same(p->kind, "dense") ?
	    "dense: it is the control, what it shows is not due to experts" :
	    "of a kind the configuration does not name");
	report_plot(r, "moe", number, "The prompt domains side by side, "
	    "median and 95 % interval per variant");
	md_table_begin(&t, r->out, "Variant|Metric|Domain|Median:|n:");
	for (i = 0; i < n; i++)
		if (same(m[i].pair, p->pair))
			domain_rows(&t, r, &m[i]);
	md_table_end(&t);
	md_table_begin(&t, r->out, "Variant|Metric|Do the domains differ?|p:|"
	    "Share of variance between prompts (ICC):|p99 / p50:|"
	    "Lag-1 autocorrelation:");
	for (i = 0; i < n; i++)
		if (same(m[i].pair, p->pair))
			test_row(&t, &m[i]);
	md_table_end(&t);
}

static bool
has_moe(const struct report *r, const char *pair)
{
	const struct row_moe *m;
	size_t i, n;

	m = evidence_rows(r->ev, ROW_MOE, &n);
	for (i = 0; i < n; i++)
		if (same(m[i].pair, pair))
			return true;
	return false;
}

void
section_moe(const struct report *r)
{
	bool any = false;
	size_t i;

	buf_adds(r->out, "## Mixture of experts\n\n");
	for (i = 0; i < r->subjects.n; i++)
		if (has_moe(r, r->subjects.v[i].pair)) {
			pair_moe(r, &r->subjects.v[i], i + 1);
			any = true;
		}
	if (!any) {
		buf_adds(r->out, "Not measured: no scenario with prompt "
		    "domains was run.\n\n");
		return;
	}
	buf_adds(r->out, "The test is Kruskal-Wallis on one value per prompt "
	    "with a permutation p value. What cannot be concluded from "
	    "outside: which expert ran, how evenly experts are used, and "
	    "whether a difference between domains comes from routing or from "
	    "the text itself.\n\n");
}
