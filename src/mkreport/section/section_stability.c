/* stability: what failed, how it varied, and whether it drifted. */

#include <math.h>

#include "json.h"
#include "section.h"

/* "timeout 2, http_error 1" of the by_status object. */
static void
status_cell(struct md_table *t, const char *by_status)
{
	char text[QUANTITY_CAP];
	const char *sep = "";
	const cJSON *v;
	cJSON *o = NULL;

	md_cell_begin(t);
	if (by_status != NULL)
		o = cJSON_Parse(by_status);
	cJSON_ArrayForEach(v, o) {
		if (!cJSON_IsNumber(v) || !(v->valuedouble > 0) ||
		    v->string == NULL)
			continue;
		buf_adds(t->out, sep);
		md_text(t->out, v->string, 24);
		buf_addf(t->out, " %s", quantity_count(text, v->valuedouble));
		sep = ", ";
	}
	cJSON_Delete(o);
	if (*sep == '\0')
		buf_adds(t->out, "not known");
	md_cell_end(t);
}

static void
ratio_cell(struct md_table *t, const struct row_stability *s)
{
	char v[QUANTITY_CAP], lo[QUANTITY_CAP], hi[QUANTITY_CAP];

	if (isnan(s->fail_ratio))
		md_cell(t, "no requests");
	else
		md_cell(t, "%s [%s, %s]",
		    quantity(v, QUANTITY_RATIO, s->fail_ratio),
		    quantity(lo, QUANTITY_RATIO, s->fail_lo),
		    quantity(hi, QUANTITY_RATIO, s->fail_hi));
}

static void
failure_table(const struct report *r)
{
	const struct row_stability *s;
	char text[QUANTITY_CAP];
	struct md_table t;
	size_t n;

	s = evidence_rows(r->ev, ROW_STABILITY, &n);
	if (n == 0) {
		buf_adds(r->out, "Failures: not measured.\n\n");
		return;
	}
	md_table_begin(&t, r->out, "Pair|Variant|Requests:|Failed:|"
	    "Failure ratio (Wilson 95 %):|By status|Stalls:|Worker exits:");
	for (size_t i = 0; i < n; i++) {
		md_cell_name(&t, s[i].pair);
		md_cell_name(&t, s[i].variant);
		md_cell(&t, "%s", quantity_count(text, s[i].requests));
		md_cell(&t, "%s", quantity_count(text, s[i].failed));
		ratio_cell(&t, &s[i]);
		status_cell(&t, s[i].by_status);
		md_cell(&t, "%s", quantity_count(text, s[i].stalls));
		md_cell(&t, "%s", quantity_count(text, s[i].worker_exits));
		md_row_end(&t);
	}
	md_table_end(&t);
}

static void
determinism_table(const struct report *r)
{
	const struct row_determinism *d;
	char g[QUANTITY_CAP], q[QUANTITY_CAP], e[QUANTITY_CAP];
	struct md_table t;
	size_t n;

	d = evidence_rows(r->ev, ROW_DETERMINISM, &n);
	if (n == 0) {
		buf_adds(r->out, "Determinism: not measured (no prompt was "
		    "sent twice to a variant).\n\n");
		return;
	}
	buf_adds(r->out, "Determinism: do repeats of the same prompt give the "
	    "same answer?\n\n");
	md_table_begin(&t, r->out, "Pair|Variant|Scenario|Prompts repeated:|"
	    "Requests:|Pairs of answers that are equal:");
	for (size_t i = 0; i < n; i++) {
		md_cell_name(&t, d[i].pair);
		md_cell_name(&t, d[i].variant);
		md_cell_name(&t, d[i].scenario);
		md_cell(&t, "%s", quantity_count(g, d[i].groups));
		md_cell(&t, "%s", quantity_count(q, d[i].requests));
		md_cell(&t, "%s", quantity(e, QUANTITY_RATIO,
		    d[i].equal_ratio));
		md_row_end(&t);
	}
	md_table_end(&t);
}

/* From the first to the last request of the scenario: a rate per hour of a
 * minute's requests would say nothing. */
static void
drift_row(struct md_table *t, const struct row_drift *d)
{
	char text[QUANTITY_CAP];

	md_cell_name(t, d->pair);
	md_cell_name(t, d->variant);
	md_cell_begin(t);
	md_name_cut(t->out, d->scenario, 32);
	if (d->cache != NULL)
		buf_addf(t->out, ", %s", same(d->cache, "warm") ? "warm" :
		    "cold");
	md_cell_end(t);
	md_cell_name(t, d->metric);
	md_cell(t, "%s", quantity_count(text, d->n));
	md_cell(t, "%s", quantity_change(text, d->change_ratio));
	md_cell(t, "%s", quantity_duration(text, d->span_s));
	md_row_end(t);
}

/* Rows shown at most, those that changed most. */
enum { DRIFTS_MAX = 10 };

static double
size_of(const struct row_drift *d)
{
	return fabs(log1p(d->change_ratio));
}

/* How many of the series changed more than d[i]? */
static size_t
larger(const struct row_drift *d, size_t n, size_t i)
{
	size_t count = 0;

	for (size_t k = 0; k < n; k++)
		count += size_of(&d[k]) > size_of(&d[i]) ||
		    (size_of(&d[k]) == size_of(&d[i]) && k < i);
	return count;
}

/* No test of a trend keeps its promise where neighbours are alike. */
static void
drift_table(const struct report *r)
{
	const struct row_drift *d;
	struct md_table t;
	size_t n;

	d = evidence_rows(r->ev, ROW_DRIFT, &n);
	if (n == 0) {
		buf_adds(r->out, "Drift over the run: not measured.\n\n");
		return;
	}
	buf_adds(r->out, "Drift over the run, each request by what is usual for "
	    "its length and load: a description, not a test. A machine that "
	    "slows down and recovers changes as much from the first to the "
	    "last request without getting slower for good.");
	if (n > DRIFTS_MAX)
		buf_addf(r->out, " The largest %d of %zu:", DRIFTS_MAX, n);
	buf_adds(r->out, "\n\n");
	md_table_begin(&t, r->out, "Pair|Variant|Scenario|Metric|n:|"
	    "First to last request:|Within:");
	for (size_t i = 0; i < n; i++)
		if (larger(d, n, i) < DRIFTS_MAX)
			drift_row(&t, &d[i]);
	md_table_end(&t);
}

void
section_stability(const struct report *r)
{
	buf_adds(r->out, "## Stability\n\n");
	failure_table(r);
	determinism_table(r);
	drift_table(r);
}
