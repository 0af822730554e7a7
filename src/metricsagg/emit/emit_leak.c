/* leak: does memory grow with the requests of one load? */
#include <math.h>
#include <stdlib.h>

#include "emit.h"
#include "judge/leaks.h"

/* The p values the verdict rests on, as text, to be freed. */
static char *
p_values(const struct leak_result *res)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	json_num(&j, "request_trend", res->request.trend);
	json_num(&j, "request_curve", res->request.curve);
	json_num(&j, "request_step", res->request.step);
	json_num(&j, "context_trend", res->context.trend);
	json_num(&j, "context_curve", res->context.curve);
	json_num(&j, "context_step", res->context.step);
	json_num(&j, "late", res->p_late);
	json_close(&j);
	return buf_steal(&out);
}

/* [request ordinal, floor, request], as text, to be freed. */
static char *
points_of(const struct leaks_case *at)
{
	const struct leak_input *in = &at->in;
	struct buf out = BUF_INIT;
	struct json j;

	json_init(&j, &out);
	json_array(&j, NULL);
	for (size_t i = 0; i < in->n; i++) {
		if (isnan(in->floor_bytes[i]))
			continue;
		json_array(&j, NULL);
		json_int(&j, NULL, (int64_t)i + 1);
		json_num(&j, NULL, in->floor_bytes[i]);
		json_int(&j, NULL, at->q[i]->req);
		json_close(&j);
	}
	json_close(&j);
	return buf_steal(&out);
}

static void
put_leak(struct view *v, const struct leaks_case *at, void *arg)
{
	const struct leak_input *in = &at->in;
	struct leak_result res = leak_test(in);
	char *p = p_values(&res), *points = points_of(at);
	struct row_leak row;

	(void)arg;
	emit_init(ROW_LEAK, &row, at->g);
	row.block = tables_known(at->visit->block);
	row.part = at->part > 0 ? (double)at->part : NAN;
	row.counter = counter_name(at->c);
	row.deciding = at->is_deciding;
	row.verdict = leak_verdict_name(res.verdict);
	row.n_requests = (double)in->n;
	row.n_floors = (double)res.n_floors;
	row.dropped = (double)res.dropped;
	row.clock = leak_clock_name(res.clock);
	row.growth_bytes = res.growth_bytes;
	row.late_slope_bytes_per_request = res.late_slope;
	row.mdl90_bytes_per_request = res.mdl90;
	row.fit_slope_bytes_per_request = res.fit_slope;
	row.fit_at_0_bytes = res.fit_at_0;
	row.p = p;
	row.cache_budget_bytes = in->cache_budget_bytes;
	if (!isnan(in->cache_budget_bytes)) {
		row.within_cache_budget = res.within_cache_budget;
		row.cache_budget_from = at->is_budget_configured ?
		    "configured" : "default";
	}
	row.points = points;
	emit_row(v, ROW_LEAK, &row, 0);
	free(p);
	free(points);
}

void
emit_leaks(struct view *v)
{
	leaks_each(v, put_leak, NULL);
}
