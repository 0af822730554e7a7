/* sample, ecdf: the times and rates of requests, one by one. */
#include <stdlib.h>

#include "emit.h"
#include "stats/ecdf.h"

static void
put_sample(struct view *v, const struct request_row *q, const struct group *g)
{
	struct row_sample row;
	enum metric m;

	emit_init(ROW_SAMPLE, &row, g);
	row.block = tables_known(q->at->block);
	row.rep = tables_known(q->d.rep);
	row.step = (double)q->step;
	row.req = (double)q->req;
	if (q->visit != NULL)
		row.load = q->visit->ordinal + 1;
	row.prompt = q->prompt;
	row.prompt_key = names_text(v->t->names, q->prompt_key);
	row.domain = q->asked->domain;
	row.cache = q->asked->cache;
	row.turn = tables_known(q->asked->turn);
	row.target_tokens = tables_known(q->asked->target_tokens);
	row.concurrency = tables_known(q->asked->concurrency != -1 ?
	    q->asked->concurrency : q->at->concurrency);
	row.rate_per_s = q->at->rate_per_s;
	row.warmup = q->asked->warmup;
	row.status = !q->is_done ? "cut" : response_status_name(q->status);
	row.sent_s = (double)q->t_sent / 1e9;
	row.reasoning_tokens = tables_known(q->reasoning_tokens);
	row.cached_tokens = tables_known(q->cached_tokens);
	row.tokens_from = q->answered->tokens_from;
	row.chunks = (double)q->d.token_chunks;
	for (m = 0; m < M_OF_REQUEST; m++)
		*row_sample_metric(&row, m) = request_v(q, m);
	row.output_sha256 = names_text(v->t->names, q->output_sha256);
	emit_row(v, ROW_SAMPLE, &row, 0);
}

void
emit_samples(struct view *v)
{
	for (size_t i = 0; i < v->g.n_groups && v->wants_samples; i++)
		for (size_t k = 0; k < v->g.groups[i].n; k++)
			put_sample(v, v->g.groups[i].q[k], &v->g.groups[i]);
}

static void
put_ecdf(struct view *v, const struct group *g, enum metric m,
    const struct ecdf_point *p, size_t n_points, size_t n)
{
	struct buf points = BUF_INIT;
	struct row_ecdf row;
	struct json j;

	if (n < 2)
		return;
	json_init(&j, &points);
	json_array(&j, NULL);
	for (size_t i = 0; i < n_points; i++) {
		json_array(&j, NULL);
		json_num(&j, NULL, p[i].value);
		json_num(&j, NULL, p[i].share);
		json_close(&j);
	}
	json_close(&j);
	emit_init(ROW_ECDF, &row, g);
	row.metric = metric_name(m);
	row.unit = metric_unit(m);
	row.n = (double)n;
	row.points = buf_cstr(&points);
	emit_row(v, ROW_ECDF, &row, 0);
	buf_fini(&points);
}

static void
put_metric_ecdf(struct view *v, const struct group *g, enum metric m)
{
	struct ecdf_point p[ECDF_POINTS];
	double *x;
	size_t n;

	n = emit_values(g, m, &x);
	n = summary_of(x, n).n;
	put_ecdf(v, g, m, p, ecdf_of(p, x, n), n);
	free(x);
}

void
emit_ecdf(struct view *v)
{
	static const enum metric shown[] = { M_TTFT, M_DECODE_TPS,
	    M_ICL, M_MEDIAN_ICL, M_E2E };
	const struct group *g;

	for (size_t i = 0; i < v->g.n_groups; i++)
		for (size_t k = 0; k < sizeof(shown) / sizeof(shown[0]); k++) {
			g = &v->g.groups[i];
			if (shown[k] != M_ICL)
				put_metric_ecdf(v, g, shown[k]);
			else if (g->gaps != NULL)
				put_ecdf(v, g, M_ICL, g->gaps, g->n_gap_points,
				    g->n_gaps);
		}
}
