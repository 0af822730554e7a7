/* metric: the times and rates of requests, summed up. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "join/derive.h"
#include "stats/cluster.h"
#include "stats/summary.h"
#include "stats/order.h"
#include "xalloc.h"

/* Where the values of one metric record come from. */
struct cell {
	const struct group *g;
	enum dimension d;
	const char *level;		/* interned; NULL: all */
};

static bool
is_in(struct view *v, const struct cell *c, const struct request_row *q)
{
	return group_counts(q) && (c->d == D_ALL ||
	    level_of(v->t, q, c->d).text == c->level);
}

size_t
emit_values(struct view *v, const struct group *g, enum dimension d,
    const char *level, enum metric m, double **out)
{
	struct cell c = { g, d, level };
	size_t n = 0;

	*out = xreallocarray(NULL, g->n + 1, sizeof(double));
	for (size_t i = 0; i < g->n; i++)
		if (is_in(v, &c, g->q[i]))
			(*out)[n++] = derived_v(&g->q[i]->d, m);
	return n;
}

/* Begin the metric record of a cell. */
static void
begin(struct row_metric *row, const struct cell *c, enum metric m,
    struct summary s)
{
	emit_init(ROW_METRIC, row, c->g);
	row->metric = metric_name(m);
	row->unit = metric_unit(m);
	row->by = dimension_name(c->d);
	row->level = c->level;
	row->n = (double)s.n;
	row->mean = s.mean;
	row->sd = s.sd;
	row->min = s.min;
	row->p50 = s.p50;
	row->p90 = s.p90;
	row->p95 = s.p95;
	row->p99 = s.p99;
	row->max = s.max;
	row->ci_lo = s.ci.lo;
	row->ci_hi = s.ci.hi;
}

/* Write it; nothing for row->n 0. */
static void
finish_metric(struct view *v, struct row_metric *row, enum metric m)
{
	row->server_rel_diff = (row->p50 - row->server_p50) / row->server_p50;
	if (row->n > 0)
		emit_row(v, ROW_METRIC, row, m == M_ICL ? METRIC_OF_GAPS : 0);
}

/* Median of the server's own figures, NAN when it gave none. */
static double
server_median(struct view *v, const struct cell *c, enum metric m)
{
	double *x = xreallocarray(NULL, c->g->n + 1, sizeof(double)), p50;
	size_t n = 0;

	for (size_t i = 0; i < c->g->n; i++)
		if (is_in(v, c, c->g->q[i]))
			x[n++] = derive_servers(c->g->q[i], m);
	p50 = summary_of(x, n).p50;
	free(x);
	return p50;
}

/* "events", "ttft" or "mixed": where the prefill time came from. */
static const char *
prefill_source(struct view *v, const struct cell *c)
{
	bool events = false, ttft = false;
	const struct request_row *q;

	for (size_t i = 0; i < c->g->n; i++) {
		q = c->g->q[i];
		if (!is_in(v, c, q) || isnan(derived_v(&q->d, M_PREFILL_TPS)))
			continue;
		events |= q->d.prefill_from_events;
		ttft |= !q->d.prefill_from_events;
	}
	return events && ttft ? "mixed" : events ? "events" : "ttft";
}

static void
put_metric(struct view *v, const struct cell *c, enum metric m, double *x,
    size_t n)
{
	struct row_metric row;

	begin(&row, c, m, summary_of(x, n));
	if (m < M_OF_REQUEST)
		row.server_p50 = server_median(v, c, m);
	if (m == M_PREFILL_TPS)
		row.source = prefill_source(v, c);
	finish_metric(v, &row, m);
}

/* Sorting all gaps once is enough: keep what the ecdf section will show. */
static void
keep_ecdf(struct view *v, const struct group *g, const double *x, size_t n)
{
	struct group *at = &v->g.groups[g - v->g.groups];

	at->gaps = xreallocarray(NULL, ECDF_POINTS, sizeof(*at->gaps));
	at->n_gap_points = ecdf_of(at->gaps, x, n);
	at->n_gaps = n;
}

/* The gaps between chunks of all requests of a cell, pooled. */
static void
put_gaps(struct view *v, const struct cell *c)
{
	struct cluster *k = xreallocarray(NULL, c->g->n + 1, sizeof(*k));
	struct cluster_tail tail;
	size_t n_k = 0, n = 0, i;
	struct row_metric row;
	struct summary sum;
	double *x;

	for (i = 0; i < c->g->n; i++)
		if (is_in(v, c, c->g->q[i]) && c->g->q[i]->d.n_gaps > 0) {
			k[n_k].x = c->g->q[i]->d.gap_s;
			k[n_k].n = c->g->q[i]->d.n_gaps;
			n += k[n_k++].n;
		}
	x = xreallocarray(NULL, n + 1, sizeof(*x));
	for (i = 0, n = 0; i < n_k; n += k[i++].n)
		memcpy(x + n, k[i].x, k[i].n * sizeof(*x));
	if (n > 0) {
		sum = summary_of(x, n);
		sum.ci = cluster_ci(x, n, k, n_k, 0.5);
		begin(&row, c, M_ICL, sum);
		row.requests = (double)n_k;
		row.n_eff = cluster_icc(k, n_k).n_eff;
		tail = cluster_tail(x, n, k, n_k);
		row.tail_ratio = tail.ratio;
		row.tail_lo = tail.ci.lo;
		row.tail_hi = tail.ci.hi;
		finish_metric(v, &row, M_ICL);
		if (c->d == D_ALL)
			keep_ecdf(v, c->g, x, sum.n);
	}
	free(x);
	free(k);
}

/* All completion tokens of step q->step over its wall time, or NAN. */
static double
step_throughput(const struct group *g, size_t first, size_t n)
{
	int64_t from = INT64_MAX, to = -1;
	double tokens = 0;

	for (size_t i = first; i < first + n; i++) {
		if (!group_counts(g->q[i]) || g->q[i]->completion_tokens == -1)
			continue;
		tokens += (double)g->q[i]->completion_tokens;
		if (g->q[i]->t_sent < from)
			from = g->q[i]->t_sent;
		if (g->q[i]->d.t_last > to)
			to = g->q[i]->d.t_last;
	}
	return n >= 2 && to > from ? tokens * 1e9 / (double)(to - from) : NAN;
}

static int
cmp_step(const void *pa, const void *pb)
{
	const struct request_row *const *a = pa, *const *b = pb;

	if ((*a)->step != (*b)->step)
		return (*a)->step < (*b)->step ? -1 : 1;
	return ((*a)->req > (*b)->req) - ((*a)->req < (*b)->req);
}

/* One value per step of several requests. */
static void
put_throughput(struct view *v, const struct cell *c)
{
	struct group g = *c->g;
	size_t i, first = 0, n = 0;
	double *x;

	g.q = xreallocarray(NULL, g.n + 1, sizeof(*g.q));
	for (i = 0, g.n = 0; i < c->g->n; i++)
		if (is_in(v, c, c->g->q[i]))
			g.q[g.n++] = c->g->q[i];
	order_rows(g.q, g.n, sizeof(*g.q), cmp_step);
	x = xreallocarray(NULL, g.n + 1, sizeof(*x));
	for (i = 1; i <= g.n; i++)
		if (i == g.n || g.q[i]->step != g.q[first]->step) {
			x[n++] = step_throughput(&g, first, i - first);
			first = i;
		}
	put_metric(v, c, M_THROUGHPUT, x, n);
	free(x);
	free(g.q);
}

static void
put_cell(struct view *v, const struct cell *c)
{
	double *x;
	size_t n;
	enum metric m;

	for (m = 0; m < M_OF_REQUEST; m++) {
		n = emit_values(v, c->g, c->d, c->level, m, &x);
		put_metric(v, c, m, x, n);
		free(x);
	}
	put_gaps(v, c);
	put_throughput(v, c);
}

/* Load times: one value per load that went well. */
static void
put_loads(struct view *v, const struct variant *va)
{
	struct group g = { .pair = va->pair, .kind = va->kind,
	    .variant = va->variant };
	struct cell c = { &g, D_ALL, NULL };
	const struct visit *at;
	struct row_metric row;
	double *x, *y;
	size_t n = 0;

	x = xreallocarray(NULL, v->r->n_visits + 1, sizeof(*x));
	y = xreallocarray(NULL, v->r->n_visits + 1, sizeof(*y));
	for (size_t i = 0; i < v->r->n_visits; i++) {
		at = &v->r->visits[i];
		if (at->pair != va->pair || at->variant != va->variant ||
		    isnan(visit_load_s(at)))
			continue;
		x[n] = visit_load_s(at);
		y[n++] = at->load->server_load_s;
	}
	begin(&row, &c, M_LOAD, summary_of(x, n));
	row.server_p50 = summary_of(y, n).p50;
	finish_metric(v, &row, M_LOAD);
	free(x);
	free(y);
}

void
emit_metrics(struct view *v)
{
	struct level *levels;
	struct cell c;
	size_t n;
	enum dimension d;

	for (size_t i = 0; i < v->g.n_variants; i++)
		put_loads(v, &v->g.variants[i]);
	for (size_t i = 0; i < v->g.n_groups; i++) {
		c = (struct cell){ &v->g.groups[i], D_ALL, NULL };
		put_cell(v, &c);
		for (d = 0; d < D_COUNT; d++) {
			n = levels_of(v->t, &v->g, c.g, d, &levels);
			for (size_t k = 0; k < n; k++) {
				c.d = d;
				c.level = levels[k].text;
				put_cell(v, &c);
			}
			if (n > 0)
				free(levels);
		}
	}
}
