/* mixture of experts: do domains of prompts differ in speed? */

#include <math.h>

#include "read/params.h"
#include "speed_table.h"

enum { DOMAINS_MAX = 12, LEVELS_MAX = 12 };

/* The prompt domains of a pair in order of appearance; returns how many. */
static size_t
domains_of(const struct report *r, const char *pair,
    const char *names[DOMAINS_MAX])
{
	const struct row_key key = { .pair = pair };
	const struct row_domain *d = NULL;
	size_t k, found = 0;

	while (found < DOMAINS_MAX &&
	    (d = evidence_find(r->ev, ROW_DOMAIN, &key, d)) != NULL) {
		for (k = 0; k < found && !same(names[k], d->domain); k++)
			;
		if (k == found && d->domain != NULL)
			names[found++] = d->domain;
	}
	return found;
}

static const struct row_domain *
find_domain(const struct report *r, const struct row_moe *moe,
    const char *domain)
{
	return evidence_find(r->ev, ROW_DOMAIN, &(struct row_key){
	    .pair = evidence_like(moe->pair),
	    .variant = evidence_like(moe->variant),
	    .metric = evidence_like(moe->metric), .domain = domain,
	    .scenario = evidence_like(moe->scenario),
	    .cache = evidence_like(moe->cache) }, NULL);
}

/* most: texts of the domain that has most. */
static void
differ_cell(struct md_table *t, const struct row_moe *m, double most)
{
	char text[QUANTITY_CAP];

	if (most == 1)
		md_cell(t, "cannot tell: one text is no sample of a domain");
	else
		md_cell(t, "%s, p %s", m->differ == 1 ? "yes" :
		    m->differ == 0 ? "not beyond noise" : "too little data",
		    quantity_p(text, m->p));
}

static void
ratio_cell(struct md_table *t, double v)
{
	char text[QUANTITY_CAP];

	if (isnan(v))
		md_cell(t, "not computed");
	else
		md_cell(t, "%s", quantity_number(text, v, NAN, NAN));
}

static void
moe_row(struct md_table *t, const struct report *r, const struct row_moe *m,
    const char *const *domains, size_t n)
{
	char text[QUANTITY_CAP], count[QUANTITY_CAP];
	const struct row_domain *d;
	double most = 0;

	md_cell_name(t, m->variant);
	md_cell_begin(t);
	md_name_cut(t->out, m->metric, 24);
	md_cell_end(t);
	for (size_t i = 0; i < n; i++) {
		if ((d = find_domain(r, m, domains[i])) == NULL) {
			md_cell(t, "not measured");
			continue;
		}
		most = fmax(most, d->n);
		md_cell(t, "%s, n %s", quantity_interval(text,
		    quantity_unit_of(m->metric), d->p50, d->ci_lo, d->ci_hi),
		    quantity_count(count, d->n));
	}
	differ_cell(t, m, most);
	md_row_end(t);
}

/* Several metrics of a variant and scenario have the same gaps: is m the last
 * of them? */
static bool
is_last_of_gaps(const struct report *r, const struct row_moe *m)
{
	return m->variant == NULL || evidence_find(r->ev, ROW_MOE,
	    &(struct row_key){ .pair = m->pair, .variant = m->variant,
	    .scenario = evidence_like(m->scenario),
	    .cache = evidence_like(m->cache) }, m) == NULL;
}

/* The metric record of the gaps between chunks that m is about: of all its
 * prompts, or of one domain's. */
static const struct row_metric *
gaps_of(const struct report *r, const struct row_moe *m, const char *domain)
{
	return evidence_find(r->ev, ROW_METRIC, &(struct row_key){
	    .metric = "icl_s", .pair = evidence_like(m->pair),
	    .variant = evidence_like(m->variant),
	    .scenario = evidence_like(m->scenario),
	    .cache = evidence_like(m->cache), .level = evidence_like(domain),
	    .by = domain != NULL ? "domain" : evidence_none }, NULL);
}

/* "2.72 [1.95, 6.67]" */
static void
add_tail(struct buf *out, const struct row_metric *g)
{
	char text[QUANTITY_CAP];

	if (g == NULL || isnan(g->tail_ratio))
		buf_adds(out, "too few gaps");
	else
		buf_adds(out, quantity_range(text, g->tail_ratio, g->tail_lo,
		    g->tail_hi));
}

/* The tail of the gaps domain by domain, as a row of the domains' table. */
static void
domain_tail_row(struct md_table *t, const struct report *r,
    const struct row_moe *m, const char *const *domains, size_t n)
{
	const struct row_metric *g;
	char text[QUANTITY_CAP];

	md_cell_name(t, m->variant);
	md_cell(t, "`icl_s`, p99 over p50");
	for (size_t i = 0; i < n; i++) {
		g = gaps_of(r, m, domains[i]);
		md_cell_begin(t);
		add_tail(t->out, g);
		if (g != NULL)
			buf_addf(t->out, ", n %s", quantity_count(text, g->n));
		md_cell_end(t);
	}
	md_cell(t, "not tested");
	md_row_end(t);
}

static void
gaps_row(struct md_table *t, const struct report *r, const struct row_moe *m)
{
	const struct row_metric *g = gaps_of(r, m, NULL);
	char text[QUANTITY_CAP];

	md_cell_name(t, m->variant);
	md_cell_begin(t);
	md_name_cut(t->out, m->scenario, 24);
	md_cell_end(t);
	md_cell(t, "%s", g == NULL ? "not measured" :
	    quantity_count(text, g->n));
	md_cell(t, "%s", g == NULL ? "not measured" :
	    quantity_count(text, g->requests));
	md_cell_begin(t);
	add_tail(t->out, g);
	md_cell_end(t);
	ratio_cell(t, m->icc);
	ratio_cell(t, m->lag1);
	md_row_end(t);
}

/* "30B" */
static void
add_count(struct buf *out, double v)
{
	static const char *const units[] = { "", "K", "M", "B", "T" };
	char text[QUANTITY_CAP];
	size_t u = 0;

	for (; v >= 1000 && u + 1 < sizeof(units) / sizeof(units[0]); u++)
		v /= 1000;
	if (v == floor(v))
		buf_adds(out, quantity_count(text, v));
	else
		buf_adds(out, quantity_number(text, v, NAN, NAN));
	buf_adds(out, units[u]);
}

static void
add_params(struct buf *out, const char *text)
{
	struct params p;

	if (!params_read(&p, text)) {
		buf_adds(out, "total and active not told");
	} else if (isfinite(p.total)) {
		add_count(out, p.total);
		buf_adds(out, " in total, ");
		add_count(out, p.active);
		buf_adds(out, " active per token");
	} else if (isfinite(p.active)) {
		add_count(out, p.active);
		buf_addf(out, " active per token, %.0f experts, total not told",
		    p.experts);
	} else {
		buf_addf(out, "%.0f experts of ", p.experts);
		add_count(out, p.expert);
		buf_adds(out, " that share parts, so less than ");
		add_count(out, p.experts * p.expert);
		buf_adds(out, " in total; active not told");
	}
}

/* Active and total parameters, as far as the server's text tells them. */
static void
pair_params(const struct report *r, const struct subject *p)
{
	const struct row_model *m;
	const char *last = NULL;
	bool any = false;

	for (size_t k = 0; k < p->n_variants; k++) {
		m = subject_model(r->ev, p->pair, p->variants[k]);
		if (m == NULL || (any && alike(m->params, last)))
			continue;
		last = m->params;
		any = true;
		buf_adds(r->out, "Parameters, ");
		md_name_cut(r->out, m->params, 32);
		buf_adds(r->out, ": ");
		add_params(r->out, m->params);
		buf_adds(r->out, ".\n\n");
	}
}

/* The levels of concurrency of a pair, in order; returns how many. */
static size_t
levels_of(const struct report *r, const char *pair,
    const struct row_metric *found[LEVELS_MAX])
{
	const struct row_key key = { .pair = pair, .by = "concurrency" };
	const struct row_metric *m = NULL;
	size_t k, levels = 0;

	while (levels < LEVELS_MAX &&
	    (m = evidence_find(r->ev, ROW_METRIC, &key, m)) != NULL) {
		if (m->level == NULL || (levels > 0 &&
		    (!alike(m->scenario, found[0]->scenario) ||
		    !alike(m->cache, found[0]->cache))))
			continue;
		for (k = 0; k < levels && !same(found[k]->level, m->level);
		    k++)
			;
		if (k == levels)
			found[levels++] = m;
	}
	return levels;
}

static void
concurrency_row(struct md_table *t, const struct report *r, const char *pair,
    const char *variant, char *metric, const struct row_metric *const *levels,
    size_t n)
{
	struct row_metric like;

	md_cell_name(t, variant);
	md_cell(t, "`%s`", metric);
	for (size_t i = 0; i < n; i++) {
		like = *levels[i];
		like.metric = metric;
		speed_value_cell(t, subject_metric(r->ev, pair, variant,
		    &like));
	}
	md_row_end(t);
}

/* What changes with concurrency: more tokens at once need more experts. */
static void
concurrency_table(const struct report *r, const struct subject *p)
{
	static char throughput[] = "throughput_tps", decode[] = "decode_tps",
	    ttft[] = "ttft_s", gap[] = "median_icl_s";
	static char *const metrics[] = { throughput, decode, ttft, gap };
	const struct row_metric *levels[LEVELS_MAX];
	const char *names[LEVELS_MAX];
	struct md_table t;
	size_t n;

	if ((n = levels_of(r, p->pair, levels)) < 2)
		return;
	for (size_t i = 0; i < n; i++)
		names[i] = levels[i]->level;
	buf_adds(r->out, "What changes with the number of concurrent "
	    "requests, scenario ");
	md_name_cut(r->out, levels[0]->scenario, 32);
	buf_adds(r->out, ":\n\n");
	md_table_begin_names(&t, r->out, "Variant|Metric", names, n, NULL);
	for (size_t k = 0; k < p->n_variants; k++)
		for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]);
		    i++)
			concurrency_row(&t, r, p->pair, p->variants[k],
			    metrics[i], levels, n);
	md_table_end(&t);
}

static void
domain_tables(const struct report *r, const struct subject *p, size_t number)
{
	const struct row_key key = { .pair = p->pair };
	const char *domains[DOMAINS_MAX];
	const struct row_moe *m = NULL;
	struct md_table t;
	size_t n = domains_of(r, p->pair, domains);

	section_plot(r, "moe", number, "The prompt domains side by side, "
	    "per variant the median and how far these requests spread it "
	    "(95 %, as if no two were alike)");
	md_table_begin_names(&t, r->out, "Variant|Metric", domains, n,
	    "Do the domains differ?");
	while ((m = evidence_find(r->ev, ROW_MOE, &key, m)) != NULL) {
		moe_row(&t, r, m, domains, n);
		if (is_last_of_gaps(r, m))
			domain_tail_row(&t, r, m, domains, n);
	}
	md_table_end(&t);
	buf_adds(r->out, "The gaps between chunks, those of all requests "
	    "together:\n\n");
	md_table_begin(&t, r->out, "Variant|Scenario|Gaps:|Requests:|"
	    "p99 over p50:|Between requests (ICC):|Lag-1:");
	while ((m = evidence_find(r->ev, ROW_MOE, &key, m)) != NULL)
		if (is_last_of_gaps(r, m))
			gaps_row(&t, r, m);
	md_table_end(&t);
}

static bool
has_moe(const struct report *r, const char *pair)
{
	return evidence_find(r->ev, ROW_MOE, &(struct row_key){
	    .pair = pair }, NULL) != NULL;
}

static void
pair_moe(const struct report *r, const struct subject *p, size_t number)
{
	section_pair_heading(r, p);
	buf_addf(r->out, "This pair is %s.\n\n", same(p->kind, "moe") ?
	    "a mixture of experts" : same(p->kind, "dense") ?
	    "dense: it is the control, what it shows is not due to experts" :
	    "of a kind the configuration does not name");
	if (!same(p->kind, "dense"))
		pair_params(r, p);
	if (has_moe(r, p->pair))
		domain_tables(r, p, number);
	concurrency_table(r, p);
}

void
section_moe(const struct report *r)
{
	const struct row_metric *levels[LEVELS_MAX];
	const struct subject *p;
	bool domains = false, any = false;

	buf_adds(r->out, "## Mixture of experts\n\n");
	for (size_t i = 0; i < r->subjects.n; i++) {
		p = &r->subjects.v[i];
		if (!has_moe(r, p->pair) && !(same(p->kind, "moe") &&
		    levels_of(r, p->pair, levels) > 1))
			continue;
		pair_moe(r, p, i + 1);
		any = true;
		domains = domains || has_moe(r, p->pair);
	}
	if (!any)
		buf_adds(r->out, "Not measured: no scenario with prompt "
		    "domains was run.\n\n");
	if (!domains)
		return;
	buf_adds(r->out, "Whether domains differ is tested by Kruskal-Wallis on "
	    "one value per text, with a permutation p value; each row is a test "
	    "by itself, and where nothing differs one in 20 still says yes. "
	    "The interval of "
	    "p99 over p50 takes requests, not gaps, as independent; there "
	    "is none where the tail lies in too few of them. ICC is "
	    "the share of the variance that lies between requests; lag-1 says "
	    "whether a long gap follows a long one (1) or a short one (-1). "
	    "What cannot be concluded from "
	    "outside: which expert ran, how evenly experts are used, and "
	    "whether a difference between domains comes from routing or from "
	    "the text itself.\n\n");
}
