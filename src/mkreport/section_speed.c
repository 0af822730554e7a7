#include <math.h>
#include <stdint.h>

#include "report.h"

struct metric_label {
	const char *metric;
	const char *label;
};

/* The rows of the first table, and of the one by level. */
static const struct metric_label main_metrics[] = {
	{ "load_s", "Load time" },
	{ "ttft_s", "Time to first token" },
	{ "ttfa_s", "Time to first answer token" },
	{ "prefill_tps", "Prefill" },
	{ "decode_tps", "Decode" },
	{ "effective_tps", "Effective" },
	{ "throughput_tps", "Throughput of all requests together" },
	{ "stall_s", "Longest gap in a stream" }
};
enum { N_MAIN = sizeof(main_metrics) / sizeof(main_metrics[0]) };

static const struct metric_label level_metrics[] = {
	{ "ttft_s", "Time to first token" }, { "prefill_tps", "Prefill" },
	{ "decode_tps", "Decode" }, { "throughput_tps", "Throughput" }
};
enum { N_LEVEL = sizeof(level_metrics) / sizeof(level_metrics[0]) };

/* A metric row of the pair that has this key, whatever the variant. */
static const struct row_metric *
any_variant(const struct report *r, const struct subject *p,
    const struct row_metric *like)
{
	const struct row_metric *m;
	size_t k;

	for (k = 0; k < p->n_variants; k++)
		if ((m = subject_metric(r->ev, p->pair, p->variants[k],
		    like)) != NULL && m->n > 0)
			return m;
	return NULL;
}

static void
value_cell(struct md_table *t, const struct row_metric *m)
{
	char text[QUANTITY_CAP], n[QUANTITY_CAP];

	if (m == NULL || !(m->n > 0)) {
		md_cell(t, "not measured");
		return;
	}
	quantity_interval(text, quantity_unit_of(m->metric), m->p50, m->ci_lo,
	    m->ci_hi);
	md_cell(t, "%s, n %s", text, quantity_count(n, m->n));
}

static const struct row_compare *
comparison(const struct report *r, const struct subject *p,
    const struct row_metric *like)
{
	const struct row_compare *c;
	size_t i, n;

	c = evidence_rows(r->ev, ROW_COMPARE, &n);
	for (i = 0; i < n; i++)
		if (same(c[i].metric, like->metric) &&
		    same(c[i].pair, p->pair) &&
		    alike(c[i].scenario, like->scenario) &&
		    alike(c[i].cache, like->cache) &&
		    alike(c[i].by, like->by) && alike(c[i].level, like->level))
			return &c[i];
	return NULL;
}

/* Two variants only: new / base and what the comparison says of it. */
static void
ratio_cell(struct md_table *t, const struct row_compare *c)
{
	char v[QUANTITY_CAP], lo[QUANTITY_CAP], hi[QUANTITY_CAP];

	md_cell_begin(t);
	if (c == NULL) {
		buf_adds(t->out, "not compared");
	} else {
		if (isfinite(c->ratio)) {
			buf_adds(t->out, quantity_number(v, c->ratio,
			    c->ratio_lo, c->ratio_hi));
			if (isfinite(c->ratio_lo) && isfinite(c->ratio_hi))
				buf_addf(t->out, " [%s, %s]",
				    quantity_number(lo, c->ratio_lo,
				    c->ratio_lo, c->ratio_hi),
				    quantity_number(hi, c->ratio_hi,
				    c->ratio_lo, c->ratio_hi));
			buf_adds(t->out, ", ");
		}
		md_text(t->out, c->verdict != NULL ? c->verdict : "", 40);
	}
	md_cell_end(t);
}

/* The heading of the last column: "`mlx` / `gguf`", for two variants. */
static const char *
ratio_heading(const struct subject *p, struct buf *storage)
{
	if (p->n_variants != 2)
		return NULL;
	md_name_cut(storage, p->variants[1], 24);
	buf_adds(storage, " / ");
	md_name_cut(storage, p->variants[0], 24);
	buf_addc(storage, ':');
	return buf_cstr(storage);
}

/* Does every variant have the same figures for both metrics? */
static bool
repeats(const struct report *r, const struct subject *p,
    const struct row_metric *like, const char *other)
{
	const struct row_metric *a, *b;
	struct row_metric key = *like;
	size_t k;

	key.metric = (char *)(uintptr_t)other;
	for (k = 0; k < p->n_variants; k++) {
		a = subject_metric(r->ev, p->pair, p->variants[k], like);
		b = subject_metric(r->ev, p->pair, p->variants[k], &key);
		if (a != NULL && (b == NULL || a->n != b->n ||
		    a->p50 != b->p50 || a->mean != b->mean))
			return false;
	}
	return true;
}

static void
metric_row(struct md_table *t, const struct report *r,
    const struct subject *p, const struct row_metric *like, const char *label)
{
	size_t k;

	md_cell(t, "%s", label);
	for (k = 0; k < p->n_variants; k++)
		value_cell(t, subject_metric(r->ev, p->pair, p->variants[k],
		    like));
	if (p->n_variants == 2)
		ratio_cell(t, comparison(r, p, like));
	md_row_end(t);
}

/* The server's own figure under ours, and how far they disagree. */
static void
server_row(struct md_table *t, const struct report *r,
    const struct subject *p, const struct row_metric *like)
{
	const struct row_metric *m;
	char text[QUANTITY_CAP];
	bool any = false;
	size_t k;

	for (k = 0; k < p->n_variants; k++) {
		m = subject_metric(r->ev, p->pair, p->variants[k], like);
		any = any || (m != NULL && isfinite(m->server_p50));
	}
	if (!any)
		return;
	md_cell(t, " ");
	md_cell(t, "%s", "the server's own");
	for (k = 0; k < p->n_variants; k++) {
		m = subject_metric(r->ev, p->pair, p->variants[k], like);
		if (m == NULL || isnan(m->server_p50)) {
			md_cell(t, "not told");
			continue;
		}
		quantity(text, quantity_unit_of(m->metric), m->server_p50);
		if (fabs(m->server_rel_diff) < 0.0005)
			md_cell(t, "%s (under 0.1 %%)", text);
		else
			md_cell(t, "%s (%+.1f %%)", text,
			    100 * m->server_rel_diff);
	}
	if (p->n_variants == 2)
		md_cell(t, " ");
	md_row_end(t);
}

static void
scenario_cell(struct md_table *t, const struct row_metric *m)
{
	md_cell_begin(t);
	if (m->scenario == NULL)
		buf_adds(t->out, "outside scenarios");
	else
		md_name_cut(t->out, m->scenario, 32);
	if (m->cache != NULL)
		buf_addf(t->out, ", %s", same(m->cache, "warm") ? "warm" :
		    "cold");
	md_cell_end(t);
}

/* Is m the first row of its pair with this scenario and cache (and by)? */
static bool
first_of_group(const struct row_metric *m, size_t i, const char *pair)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (same(m[k].pair, pair) &&
		    alike(m[k].scenario, m[i].scenario) &&
		    alike(m[k].cache, m[i].cache) &&
		    alike(m[k].by, m[i].by) && alike(m[k].level, m[i].level))
			return false;
	return true;
}

static void
scenario_table(const struct report *r, const struct subject *p)
{
	const struct row_metric *m;
	struct row_metric like;
	struct buf heading = BUF_INIT;
	struct md_table t;
	size_t i, k, n, shown;

	m = evidence_rows(r->ev, ROW_METRIC, &n);
	md_table_begin_names(&t, r->out, "Scenario|Metric", p->variants,
	    p->n_variants, ratio_heading(p, &heading));
	for (i = 0; i < n; i++) {
		if (!same(m[i].pair, p->pair) || m[i].by != NULL ||
		    !first_of_group(m, i, p->pair))
			continue;
		for (shown = 0, k = 0; k < N_MAIN; k++) {
			like = m[i];
			like.metric = (char *)(uintptr_t)main_metrics[k].metric;
			/* Without reasoning both first tokens are the same. */
			if (any_variant(r, p, &like) == NULL ||
			    (same(like.metric, "ttfa_s") &&
			    repeats(r, p, &like, "ttft_s")))
				continue;
			if (shown++ == 0)
				scenario_cell(&t, &m[i]);
			else
				md_cell(&t, " ");
			metric_row(&t, r, p, &like, main_metrics[k].label);
			server_row(&t, r, p, &like);
		}
	}
	md_table_end(&t);
	buf_fini(&heading);
}

static const struct metric_label dimensions[] = {
	{ "target_tokens", "Prompt length asked for (tokens)" },
	{ "concurrency", "Concurrent requests" },
	{ "rate_per_s", "Requests per second" },
	{ "turn", "Turn of the conversation" }
};

/* Is there a level of this dimension for the pair? */
static bool
has_levels(const struct report *r, const struct subject *p, const char *by)
{
	const struct row_metric *m;
	size_t i, n;

	m = evidence_rows(r->ev, ROW_METRIC, &n);
	for (i = 0; i < n; i++)
		if (same(m[i].pair, p->pair) && same(m[i].by, by))
			return true;
	return false;
}

static void
level_table(const struct report *r, const struct subject *p,
    const struct metric_label *by)
{
	const struct row_metric *m;
	struct row_metric like;
	struct buf heading = BUF_INIT;
	struct md_table t;
	size_t i, k, n, shown;

	if (!has_levels(r, p, by->metric))
		return;
	m = evidence_rows(r->ev, ROW_METRIC, &n);
	buf_addf(r->out, "%s:\n\n", by->label);
	md_table_begin_names(&t, r->out, "Scenario|Level:|Metric", p->variants,
	    p->n_variants, ratio_heading(p, &heading));
	for (i = 0; i < n; i++) {
		if (!same(m[i].pair, p->pair) || !same(m[i].by, by->metric) ||
		    !first_of_group(m, i, p->pair))
			continue;
		for (shown = 0, k = 0; k < N_LEVEL; k++) {
			like = m[i];
			like.metric = (char *)(uintptr_t)level_metrics[k].metric;
			if (any_variant(r, p, &like) == NULL)
				continue;
			if (shown++ == 0) {
				scenario_cell(&t, &m[i]);
				md_cell_begin(&t);
				md_text(t.out, m[i].level != NULL ? m[i].level :
				    "", 24);
				md_cell_end(&t);
			} else {
				md_cell(&t, " ");
				md_cell(&t, " ");
			}
			metric_row(&t, r, p, &like, level_metrics[k].label);
		}
	}
	md_table_end(&t);
	buf_fini(&heading);
}

static void
percentile_cells(struct md_table *t, const struct row_metric *m)
{
	const double v[] = { m->min, m->p50, m->p90, m->p95, m->p99, m->max };
	enum quantity_unit unit = quantity_unit_of(m->metric);
	char text[QUANTITY_CAP];
	size_t i;

	md_cell(t, "%s", quantity_count(text, m->n));
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		md_cell(t, "%s", isnan(v[i]) ? "n too small" :
		    quantity(text, unit, v[i]));
	md_cell(t, "%s", isnan(m->sd) ? "n too small" :
	    quantity(text, unit, m->sd));
	md_row_end(t);
}

/* Every percentile of the two times and of the gaps between chunks. */
static void
percentile_table(const struct report *r, const struct subject *p)
{
	static const struct metric_label shown[] = {
		{ "ttft_s", "Time to first token" }, { "decode_tps", "Decode" },
		{ "icl_s", "Gap between chunks" }
	};
	const struct row_metric *m;
	struct md_table t;
	size_t i, k, n;

	m = evidence_rows(r->ev, ROW_METRIC, &n);
	buf_adds(r->out, "Spread, each scenario over all its levels:\n\n");
	md_table_begin(&t, r->out, "Scenario|Variant|Metric|n:|min:|p50:|p90:|"
	    "p95:|p99:|max:|sd:");
	for (i = 0; i < n; i++)
		for (k = 0; k < sizeof(shown) / sizeof(shown[0]); k++) {
			if (!same(m[i].pair, p->pair) || m[i].by != NULL ||
			    !same(m[i].metric, shown[k].metric))
				continue;
			scenario_cell(&t, &m[i]);
			md_cell_name(&t, m[i].variant);
			md_cell(&t, "%s", shown[k].label);
			percentile_cells(&t, &m[i]);
		}
	md_table_end(&t);
}

static void
pair_plots(const struct report *r, size_t number)
{
	report_plot(r, "scenarios", number, "Time to first token and decode "
	    "speed by scenario and variant, every sample a dot, with median "
	    "and 95 % interval");
	report_plot(r, "prompt", number, "Time to first token against the "
	    "number of prompt tokens, one dot per request");
	report_plot(r, "depth", number, "Decode speed against the number of "
	    "tokens in the context, one dot per request");
	report_plot(r, "concurrency", number, "Throughput and time to first "
	    "token against the number of concurrent requests");
	report_plot(r, "ecdf", number, "Share of the gaps between chunks that "
	    "are at most so long, one curve per variant");
}

void
section_speed(const struct report *r)
{
	size_t i, k;

	buf_adds(r->out, "## Speed\n\n"
	    "Medians with their 95 % interval in brackets and the number of "
	    "samples n; warm-up and failed requests are left out. No interval "
	    "is given for fewer than 6 samples. For times less is better, for "
	    "tokens per second (tok/s) more. The time to the first "
	    "answer token has a row where it differs from the time to the "
	    "first token (a model that reasons). Under a figure stands the "
	    "server's own, where it tells one, with how far ours is from "
	    "it. Effective is what the user waits for: all tokens over the "
	    "whole time.\n\n");
	for (i = 0; i < r->subjects.n; i++) {
		const struct subject *p = &r->subjects.v[i];

		report_pair_heading(r, p);
		if (r->ev->rows[ROW_METRIC].n == 0) {
			buf_adds(r->out, "Not measured: no request "
			    "succeeded.\n\n");
			continue;
		}
		scenario_table(r, p);
		pair_plots(r, i + 1);
		for (k = 0; k < sizeof(dimensions) / sizeof(dimensions[0]); k++)
			level_table(r, p, &dimensions[k]);
		percentile_table(r, p);
	}
}
