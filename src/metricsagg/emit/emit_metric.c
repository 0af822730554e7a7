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
	const struct group *g;		/* all requests, by t_sent */
	struct request_row **q;		/* those that count, at the level */
	size_t n;
	enum dimension d;
	const char *level;		/* interned; NULL: all */
};

/* The requests of c; c->q is to be freed. */
static void
find_requests(struct view *v, struct cell *c)
{
	struct request_row *q;

	c->q = xreallocarray(NULL, c->g->n + 1, sizeof(*c->q));
	c->n = 0;
	for (size_t i = 0; i < c->g->n; i++) {
		q = c->g->q[i];
		if (group_counts(q) && (c->d == D_ALL ||
		    level_of(v->t, q, c->d).text == c->level))
			c->q[c->n++] = q;
	}
}

size_t
emit_values(const struct group *g, enum metric m, double **out)
{
	size_t n = 0;

	*out = xreallocarray(NULL, g->n + 1, sizeof(double));
	for (size_t i = 0; i < g->n; i++)
		if (group_counts(g->q[i]))
			(*out)[n++] = request_v(g->q[i], m);
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

/* Median of the server's own figures of the requests that ours is of, NAN when
 * it gave none. */
static double
server_median(const struct cell *c, enum metric m)
{
	double *x, p50;

	if (!derive_is_told(m))
		return NAN;
	x = xreallocarray(NULL, c->n + 1, sizeof(*x));
	for (size_t i = 0; i < c->n; i++)
		x[i] = isnan(request_v(c->q[i], m)) ? (double)NAN :
		    derive_servers(c->q[i], m);
	p50 = summary_of(x, c->n).p50;
	free(x);
	return p50;
}

/* "events", "ttft" or "mixed": where the prefill time came from. */
static const char *
prefill_source(const struct cell *c)
{
	bool events = false, ttft = false;
	const struct request_row *q;

	for (size_t i = 0; i < c->n; i++) {
		q = c->q[i];
		if (isnan(request_v(q, M_PREFILL_TPS)))
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
		row.server_p50 = server_median(c, m);
	if (m == M_PREFILL_TPS)
		row.source = prefill_source(c);
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
	struct cluster *k = xreallocarray(NULL, c->n + 1, sizeof(*k));
	struct cluster_tail tail;
	size_t n_k = 0, n = 0, i;
	struct row_metric row;
	struct summary sum;
	double *x;

	for (i = 0; i < c->n; i++)
		if (c->q[i]->d.n_gaps > 0) {
			k[n_k].x = request_gaps(c->q[i]);
			k[n_k].n = c->q[i]->d.n_gaps;
			n += k[n_k++].n;
		}
	x = xreallocarray(NULL, n + 1, sizeof(*x));
	for (i = 0, n = 0; i < n_k; n += k[i++].n)
		memcpy(x + n, k[i].x, k[i].n * sizeof(*x));
	if (n > 0) {
		sum = summary_of(x, n);
		sum.ci = cluster_ci(x, n, k, n_k, 0.5, 0.95);
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

/* All completion tokens of n requests of a step over its wall time, or NAN:
 * a load is none of it. */
static double
step_throughput(struct request_row *const *q, size_t n)
{
	int64_t from = INT64_MAX, to = -1;
	double tokens = 0;

	for (size_t i = 0; i < n; i++) {
		if (q[i]->d.is_evicted)
			return NAN;
		if (q[i]->completion_tokens == -1)
			continue;
		tokens += (double)q[i]->completion_tokens;
		if (q[i]->t_sent < from)
			from = q[i]->t_sent;
		if (q[i]->d.t_last > to)
			to = q[i]->d.t_last;
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

/* One value per step of several requests; c->q is by step then. */
static void
put_throughput(struct view *v, const struct cell *c)
{
	double *x = xreallocarray(NULL, c->n + 1, sizeof(*x));
	size_t first = 0, n = 0;

	order_rows(c->q, c->n, sizeof(*c->q), cmp_step);
	for (size_t i = 1; i <= c->n; i++)
		if (i == c->n || c->q[i]->step != c->q[first]->step) {
			x[n++] = step_throughput(c->q + first, i - first);
			first = i;
		}
	put_metric(v, c, M_THROUGHPUT, x, n);
	free(x);
}

static void
put_cell(struct view *v, struct cell *c)
{
	double *x;
	enum metric m;

	find_requests(v, c);
	x = xreallocarray(NULL, c->n + 1, sizeof(*x));
	for (m = 0; m < M_OF_REQUEST; m++) {
		for (size_t i = 0; i < c->n; i++)
			x[i] = request_v(c->q[i], m);
		put_metric(v, c, m, x, c->n);
	}
	free(x);
	put_gaps(v, c);
	put_throughput(v, c);
	free(c->q);
}

/* Load times: one value per load that went well. */
static void
put_loads(struct view *v, const struct variant *va)
{
	struct group g = { .pair = va->pair, .kind = va->kind,
	    .variant = va->variant };
	struct cell c = { .g = &g, .d = D_ALL };
	const struct visit *at = NULL;
	struct row_metric row;
	double *x, *y;
	size_t n = 0;

	x = xreallocarray(NULL, v->r->n_visits + 1, sizeof(*x));
	y = xreallocarray(NULL, v->r->n_visits + 1, sizeof(*y));
	while ((at = variant_visit(va, v->r, at)) != NULL) {
		if (isnan(visit_load_s(at)))
			continue;
		x[n] = visit_load_s(at);
		y[n++] = at->load->info.server_load_s;
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
		c = (struct cell){ .g = &v->g.groups[i], .d = D_ALL };
		put_cell(v, &c);
		for (d = 0; d < D_COUNT; d++) {
			n = levels_of(v->t, &v->g, c.g, d, &levels);
			for (size_t k = 0; k < n; k++) {
				c.d = d;
				c.level = levels[k].text;
				put_cell(v, &c);
			}
			free(levels);
		}
	}
}
