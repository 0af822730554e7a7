/* details: the figures that Speed leaves out. */

#include <math.h>

#include "memory_table.h"
#include "speed_table.h"

/* What Speed leaves out, and all there is of what it leaves out whole. */
static const struct speed_row further[] = {
	{ "effective_tps", "Effective", ROW_VARIED },
	{ "stall_s", "Longest gap in a stream", ROW_ALWAYS }
};
enum { N_FURTHER = sizeof(further) / sizeof(further[0]) };

static const struct speed_row whole[] = {
	{ "ttft_s", "Time to first token", ROW_ALWAYS },
	{ "ttfa_s", "Time to first answer token", ROW_IF_OTHER },
	{ "prefill_tps", "Prefill", ROW_ALWAYS },
	{ "decode_tps", "Decode", ROW_ALWAYS },
	{ "effective_tps", "Effective", ROW_ALWAYS },
	{ "throughput_tps", "Throughput of all requests together", ROW_ALWAYS },
	{ "stall_s", "Longest gap in a stream", ROW_ALWAYS }
};
enum { N_WHOLE = sizeof(whole) / sizeof(whole[0]) };

struct label {
	const char *metric;
	const char *label;
};

static const struct label spread[] = {
	{ "ttft_s", "Time to first token" }, { "decode_tps", "Decode" },
	{ "icl_s", "Gap between chunks" }
};
enum { N_SPREAD = sizeof(spread) / sizeof(spread[0]) };

/* "57.5 ms, server 57.4 ms (+0.1 %)" */
static void
server_cell(struct md_table *t, const struct row_metric *m)
{
	char ours[QUANTITY_CAP], theirs[QUANTITY_CAP], change[QUANTITY_CAP];
	enum quantity_unit unit;

	if (m == NULL || isnan(m->server_p50)) {
		md_cell(t, "not told");
		return;
	}
	unit = quantity_unit_of(m->metric);
	quantity(ours, unit, m->p50);
	quantity(theirs, unit, m->server_p50);
	if (!(fabs(m->server_rel_diff) < 1))
		md_cell(t, "%s, server %s (%s)", ours, theirs,
		    quantity_change(change, m->server_rel_diff));
	else if (fabs(m->server_rel_diff) < 0.0005)
		md_cell(t, "%s, server %s (under 0.1 %%)", ours, theirs);
	else
		md_cell(t, "%s, server %s (%+.1f %%)", ours, theirs,
		    100 * m->server_rel_diff);
}

/* Is m the first of its pair, scenario, cache and metric with a server's
 * figure? */
static bool
first_told(const struct evidence *ev, const struct row_metric *m)
{
	const struct row_key key = { .pair = m->pair, .metric = m->metric,
	    .scenario = evidence_like(m->scenario),
	    .cache = evidence_like(m->cache), .by = evidence_none };
	const struct row_metric *first = NULL;

	if (m->metric == NULL)
		return false;
	while ((first = evidence_find(ev, ROW_METRIC, &key, first)) != NULL &&
	    isnan(first->server_p50))
		;
	return first == m;
}

static void
server_table(const struct report *r, const struct subject *p)
{
	const struct row_key key = { .pair = p->pair, .by = evidence_none };
	const struct row_metric *m = NULL;
	struct md_table t;
	size_t shown = 0, start = r->out->len;

	buf_adds(r->out, "Ours and the server's own, medians of each scenario "
	    "over all its levels, and how far ours is from the server's:\n\n");
	md_table_begin_names(&t, r->out, "Scenario|Metric", p->variants,
	    p->n_variants, NULL);
	while ((m = evidence_find(r->ev, ROW_METRIC, &key, m)) != NULL) {
		if (!first_told(r->ev, m))
			continue;
		speed_scenario_cell(&t, m);
		md_cell_begin(&t);
		md_name_cut(t.out, m->metric, 24);
		md_cell_end(&t);
		for (size_t k = 0; k < p->n_variants; k++)
			server_cell(&t, subject_metric(r->ev, p->pair,
			    p->variants[k], m));
		md_row_end(&t);
		shown++;
	}
	md_table_end(&t);
	if (shown == 0)
		r->out->len = start;
}

static void
percentile_cells(struct md_table *t, const struct row_metric *m)
{
	const double v[] = { m->min, m->p50, m->p90, m->p95, m->p99, m->max,
		m->sd };
	enum quantity_unit unit = quantity_unit_of(m->metric);
	char text[QUANTITY_CAP];

	md_cell(t, "%s", quantity_count(text, m->n));
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		md_cell(t, "%s", isnan(v[i]) ? "-" : quantity(text, unit,
		    v[i]));
	md_row_end(t);
}

/* Every percentile of the two speeds and of the gaps between chunks. */
static void
percentile_table(const struct report *r, const struct subject *p)
{
	const struct row_key key = { .pair = p->pair, .by = evidence_none };
	const struct row_metric *m = NULL;
	struct md_table t;

	buf_adds(r->out, "Spread, each scenario over all its levels (\"-\": "
	    "the sample is too small for it):\n\n");
	md_table_begin(&t, r->out, "Scenario|Variant|Metric|n:|min:|p50:|p90:|"
	    "p95:|p99:|max:|sd:");
	while ((m = evidence_find(r->ev, ROW_METRIC, &key, m)) != NULL)
		for (size_t k = 0; k < N_SPREAD; k++) {
			if (!same(m->metric, spread[k].metric))
				continue;
			speed_scenario_cell(&t, m);
			md_cell_name(&t, m->variant);
			md_cell(&t, "%s", spread[k].label);
			percentile_cells(&t, m);
		}
	md_table_end(&t);
}

static void
speed_details(const struct report *r, const struct subject *p)
{
	size_t start = r->out->len;

	buf_adds(r->out, "Further metrics:\n\n");
	if (speed_table(r, p, further, N_FURTHER, SPEED_COMPARED) == 0)
		r->out->len = start;
	start = r->out->len;
	buf_adds(r->out, "By domain of the prompt:\n\n");
	if (speed_table(r, p, whole, N_WHOLE, SPEED_DOMAINS) == 0)
		r->out->len = start;
	start = r->out->len;
	buf_adds(r->out, "Not compared, [Speed](report.md#speed) "
	    "says why:\n\n");
	if (speed_table(r, p, whole, N_WHOLE, SPEED_SESSIONS) == 0)
		r->out->len = start;
	server_table(r, p);
	percentile_table(r, p);
}

void
section_details(const struct report *r)
{
	const struct subject *p;

	buf_adds(r->out, "The full tables behind [Speed](report.md#speed) and "
	    "[Memory](report.md#memory); the columns are explained there.\n\n");
	if (r->subjects.n == 0)
		buf_adds(r->out, "Nothing was measured.\n\n");
	for (size_t i = 0; i < r->subjects.n; i++) {
		p = &r->subjects.v[i];
		section_pair_heading(r, p);
		if (r->ev->rows[ROW_METRIC].n > 0)
			speed_details(r, p);
		memory_counter_table(r, p);
		memory_leak_rows(r, p, true);
		energy_power_table(r, p, true);
	}
	section_quality_details(r);
}
