/* stability, drift, determinism. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "stats/summary.h"
#include "stats/trend.h"
#include "xalloc.h"

/* A stall: a gap of a second or more, ten times the request's median gap. */
static bool
is_stall(const struct request_row *q)
{
	return request_v(q, M_STALL) >= 1 &&
	    request_v(q, M_STALL) >= 10 * request_v(q, M_MEDIAN_ICL);
}

static int64_t
worker_exits(const struct run *r, const struct variant *va)
{
	const struct visit *at = NULL;
	int64_t exits = 0;

	while ((at = variant_visit(va, r, at)) != NULL)
		for (size_t i = 0; i < r->n_notes; i++)
			exits += visit_is_exit(r, at, &r->notes[i]);
	return exits;
}

/* What a stability record counts. */
struct stability {
	int64_t n, failed, stalls, worker_exits, cut,
	    by_status[STATUS_UNKNOWN + 1];
};

/* Count a request in.  One that was skipped before the run was resumed came
 * again. */
static void
stability_add(struct stability *st, const struct run *r,
    const struct request_row *q)
{
	if (q->status == STATUS_SKIPPED && !q->is_decided &&
	    q->t_done < r->t_resumed)
		return;
	if (!q->is_done)
		st->cut++;
	else
		st->by_status[q->status]++;
	st->n += tables_was_tried(q);
	st->failed += tables_was_tried(q) && !tables_is_good(q);
	st->stalls += is_stall(q);
}

/* How often each status came, as text, to be freed. */
static char *
statuses_of(const struct stability *st)
{
	struct buf out = BUF_INIT;
	enum response_status s;
	struct json j;

	json_begin(&j, &out);
	for (s = 0; s <= STATUS_UNKNOWN; s++)
		if (st->by_status[s] > 0)
			json_int(&j, response_status_name(s),
			    st->by_status[s]);
	if (st->cut > 0)
		json_int(&j, "cut", st->cut);
	json_close(&j);
	return buf_steal(&out);
}

static void
put_stability_of(struct view *v, const struct variant *va,
    const struct stability *st)
{
	struct interval ci = summary_wilson((size_t)st->failed,
	    (size_t)st->n);
	char *by_status = statuses_of(st);
	struct row_stability row;

	emit_init_variant(ROW_STABILITY, &row, va);
	row.requests = (double)st->n;
	row.failed = (double)st->failed;
	if (st->n > 0)
		row.fail_ratio = (double)st->failed / (double)st->n;
	row.fail_lo = ci.lo;
	row.fail_hi = ci.hi;
	row.by_status = by_status;
	row.stalls = (double)st->stalls;
	row.worker_exits = (double)st->worker_exits;
	emit_row(v, ROW_STABILITY, &row, 0);
	free(by_status);
}

static void
put_stability(struct view *v, const struct variant *va)
{
	struct stability st = { .worker_exits = worker_exits(v->r, va) };
	const struct request_row *q;

	for (size_t i = 0; i < v->r->n_requests; i++) {
		q = &v->r->requests[i];
		if (q->at != NULL && q->at->pair == va->pair &&
		    q->at->variant == va->variant && q->t_sent != -1)
			stability_add(&st, v->r, q);
	}
	put_stability_of(v, va, &st);
}

void
emit_stability(struct view *v)
{
	for (size_t i = 0; i < v->g.n_variants; i++)
		put_stability(v, &v->g.variants[i]);
}

/* Do two requests stand on the same rung of every ladder the scenario has? */
static bool
is_alike(struct view *v, const struct request_row *a,
    const struct request_row *b)
{
	enum dimension d;

	for (d = 0; d < D_COUNT; d++)
		if (level_of(v->t, a, d).text != level_of(v->t, b, d).text)
			return false;
	return true;
}

/*
 * The n values y of requests q, each divided by the median of those on its
 * rung: long prompts or loads that came late are no drift.
 */
static void
by_rung(struct view *v, struct request_row **q, double *y, size_t n)
{
	double *rung = xreallocarray(NULL, n + 1, sizeof(*rung)), median;
	bool *is_done = xcalloc(n + 1, sizeof(*is_done));
	size_t *at = xreallocarray(NULL, n + 1, sizeof(*at)), k, m;

	for (size_t i = 0; i < n; i++) {
		for (k = i, m = 0; k < n && !is_done[i]; k++)
			if (!is_done[k] && is_alike(v, q[i], q[k])) {
				rung[m] = y[k];
				at[m++] = k;
			}
		median = summary_of(rung, m).p50;
		for (k = 0; k < m; k++) {
			y[at[k]] = median > 0 ? y[at[k]] / median : 1;
			is_done[at[k]] = true;
		}
	}
	free(at);
	free(is_done);
	free(rung);
}

/* The middle of fewer slopes says nothing about a trend. */
enum { DRIFT_LEAST = 10 };

static void
put_drift(struct view *v, const struct group *g, enum metric m)
{
	double *t = xreallocarray(NULL, g->n + 1, 2 * sizeof(*t));
	double *y = t + g->n + 1;
	struct request_row **q = xreallocarray(NULL, g->n + 1, sizeof(*q));
	struct row_drift row;
	double slope;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (group_counts(g->q[i]) && request_v(g->q[i], m) > 0) {
			t[n] = (double)g->q[i]->t_sent / 3600e9;
			y[n] = request_v(g->q[i], m);
			q[n++] = g->q[i];
		}
	if (n >= DRIFT_LEAST) {
		by_rung(v, q, y, n);
		/* Of logarithms: no trend falls by more than everything. */
		for (size_t i = 0; i < n; i++)
			y[i] = log(y[i]);
		slope = trend_slope(t, y, n);
		emit_init(ROW_DRIFT, &row, g);
		row.metric = metric_name(m);
		row.n = (double)n;
		row.span_s = 3600 * (t[n - 1] - t[0]);
		row.change_ratio = expm1(slope * (t[n - 1] - t[0]));
		emit_row(v, ROW_DRIFT, &row, 0);
	}
	free(q);
	free(t);
}

void
emit_drift(struct view *v)
{
	static const enum metric shown[] = { M_TTFT, M_DECODE_TPS,
	    M_MEDIAN_ICL };

	for (size_t i = 0; i < v->g.n_groups; i++)
		for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++)
			put_drift(v, &v->g.groups[i], shown[k]);
}

/* ---- determinism ---------------------------------------------------------*/

struct sameness_output {
	uint64_t prompt;	/* identity of prompt and sampling */
	uint64_t output;	/* digest of the output */
};

struct sameness {
	size_t groups;		/* prompts with two outputs or more */
	size_t requests;	/* outputs of those */
	double equal_ratio;	/* share of the pairs of outputs of one prompt
				   that are equal; NAN without groups */
};

static int
by_prompt_and_output(const void *va, const void *vb)
{
	const struct sameness_output *a = va, *b = vb;

	if (a->prompt != b->prompt)
		return a->prompt < b->prompt ? -1 : 1;
	return (a->output > b->output) - (a->output < b->output);
}

static double
pairs(size_t n)
{
	return (double)n * ((double)n - 1) / 2;
}

/* Does the same prompt give the same output?  o is reordered. */
static struct sameness
sameness_of(struct sameness_output *o, size_t n)
{
	struct sameness out = { 0, 0, NAN };
	double equal = 0, all = 0;

	if (n > 0)
		qsort(o, n, sizeof(*o), by_prompt_and_output);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i; end < n && o[end].prompt == o[i].prompt;) {
			size_t first = end;

			while (end < n && o[end].prompt == o[i].prompt &&
			    o[end].output == o[first].output)
				end++;
			equal += pairs(end - first);
		}
		if (end - i >= 2) {
			out.groups++;
			out.requests += end - i;
			all += pairs(end - i);
		}
	}
	if (all > 0)
		out.equal_ratio = equal / all;
	return out;
}

void
emit_determinism(struct view *v)
{
	struct sameness_output *o;
	struct sameness same;
	struct row_determinism row;
	struct group g;
	size_t k, n, next;

	for (size_t i = 0; i < v->g.n_groups; i = next) {
		next = group_whole_scenario(&v->g, i, &g);
		o = xreallocarray(NULL, g.n + 1, sizeof(*o));
		for (k = 0, n = 0; k < g.n; k++)
			if (group_counts(g.q[k]) &&
			    g.q[k]->prompt_key != 0 &&
			    g.q[k]->output_sha256 != 0) {
				o[n].prompt = g.q[k]->prompt_key;
				o[n++].output = g.q[k]->output_sha256;
			}
		same = sameness_of(o, n);
		free(o);
		if (same.groups == 0)
			continue;
		emit_init(ROW_DETERMINISM, &row, &g);
		row.groups = (double)same.groups;
		row.requests = (double)same.requests;
		row.equal_ratio = same.equal_ratio;
		emit_row(v, ROW_DETERMINISM, &row, 0);
	}
}
