/* stability: what failed, how it varied, and whether it drifted. */

#include <math.h>

#include "json.h"
#include "row_table.h"

/* "timeout 2, http_error 1" of the by_status object. */
static void
add_status(const struct report *r, const void *row)
{
	const struct row_stability *s = row;
	char text[QUANTITY_CAP];
	const char *sep = "";
	const cJSON *v;
	cJSON *o = NULL;

	if (s->by_status != NULL)
		o = cJSON_Parse(s->by_status);
	cJSON_ArrayForEach(v, o) {
		if (!cJSON_IsNumber(v) || !(v->valuedouble > 0) ||
		    v->string == NULL)
			continue;
		buf_adds(r->out, sep);
		md_text(r->out, v->string, 24);
		buf_addf(r->out, " %s", quantity_count(text, v->valuedouble));
		sep = ", ";
	}
	cJSON_Delete(o);
	if (*sep == '\0')
		buf_adds(r->out, "not known");
}

static void
add_ratio(const struct report *r, const void *row)
{
	char v[QUANTITY_CAP], lo[QUANTITY_CAP], hi[QUANTITY_CAP];
	const struct row_stability *s = row;

	if (isnan(s->fail_ratio))
		buf_adds(r->out, "no requests");
	else
		buf_addf(r->out, "%s [%s, %s]",
		    quantity(v, QUANTITY_RATIO, s->fail_ratio),
		    quantity(lo, QUANTITY_RATIO, s->fail_lo),
		    quantity(hi, QUANTITY_RATIO, s->fail_hi));
}

static const struct row_table failures = {
	.type = ROW_STABILITY,
	.none = "Failures: not measured.\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Variant", NAME, variant),
		COLUMN("Requests:", COUNT, requests),
		COLUMN("Failed:", COUNT, failed),
		COLUMN_ADD("Failure ratio (Wilson 95 %):", add_ratio),
		COLUMN_ADD("By status", add_status),
		COLUMN("Stalls:", COUNT, stalls),
		COLUMN("Worker exits:", COUNT, worker_exits)
	}
};

static const struct row_table determinism = {
	.type = ROW_DETERMINISM,
	.intro = "Determinism: do repeats of the same prompt give the same "
	    "answer?\n\n",
	.none = "Determinism: not measured (no prompt was sent twice to a "
	    "variant).\n\n",
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Variant", NAME, variant),
		COLUMN("Scenario", NAME, scenario),
		COLUMN("Prompts repeated:", COUNT, groups),
		COLUMN("Requests:", COUNT, requests),
		COLUMN("Pairs of answers that are equal:", RATIO, equal_ratio)
	}
};

/* Rows shown at most, those that changed most. */
enum { DRIFTS_MAX = 10 };

static double
size_of(const void *row)
{
	const struct row_drift *d = row;
	double size = fabs(log1p(d->change_ratio));

	return isfinite(size) ? size : 0;
}

static void
add_scenario(const struct report *r, const void *row)
{
	const struct row_drift *d = row;

	md_name_cut(r->out, d->scenario, 32);
	if (d->cache != NULL)
		buf_addf(r->out, ", %s", same(d->cache, "warm") ? "warm" :
		    "cold");
}

/* From the first to the last request of the scenario: a rate per hour of a
 * minute's requests would say nothing. */
static const struct row_table drifts = {
	.type = ROW_DRIFT,
	.size = size_of,
	.most = DRIFTS_MAX,
	.columns = {
		COLUMN("Pair", NAME, pair), COLUMN("Variant", NAME, variant),
		COLUMN_ADD("Scenario", add_scenario),
		COLUMN("Metric", NAME, metric), COLUMN("n:", COUNT, n),
		COLUMN("First to last request:", CHANGE, change_ratio),
		COLUMN("Within:", DURATION, span_s)
	}
};

/* No test of a trend keeps its promise where neighbours are alike. */
static void
drift_table(const struct report *r)
{
	size_t n = r->ev->rows[ROW_DRIFT].n;

	if (n == 0) {
		buf_adds(r->out, "Drift over the run: not measured.\n\n");
		return;
	}
	buf_adds(r->out, "Drift over the run, each request by what is usual "
	    "for its length and load: a description, not a test. A machine "
	    "that slows down and recovers changes as much from the first to "
	    "the last request without getting slower for good.");
	if (n > DRIFTS_MAX)
		buf_addf(r->out, " The largest %d of %zu:", DRIFTS_MAX, n);
	buf_adds(r->out, "\n\n");
	row_table(r, NULL, &drifts);
}

void
section_stability(const struct report *r)
{
	buf_adds(r->out, "## Stability\n\n");
	row_table(r, NULL, &failures);
	row_table(r, NULL, &determinism);
	drift_table(r);
}
