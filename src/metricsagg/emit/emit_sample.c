/* sample, ecdf: the times and rates of requests, one by one. */
#include <stdlib.h>

#include "emit.h"
#include "stats/ecdf.h"

static void
put_sample(struct view *v, const struct request_row *q, const struct group *g)
{
	struct json j;
	enum metric m;

	emit_begin(v, &j, "sample");
	emit_who(&j, g);
	json_count(&j, "block", q->at->block);
	json_count(&j, "rep", q->at->rep);
	json_int(&j, "step", q->step);
	json_int(&j, "req", q->req);
	json_count(&j, "load", q->visit == NULL ? -1 :
	    (int64_t)q->visit->ordinal + 1);
	json_str(&j, "prompt", q->prompt);
	json_str(&j, "prompt_key", q->prompt_key);
	json_str(&j, "domain", q->domain);
	json_str(&j, "cache", q->cache);
	json_count(&j, "turn", q->turn);
	json_count(&j, "target_tokens", q->target_tokens);
	json_count(&j, "concurrency", q->concurrency != -1 ? q->concurrency :
	    q->at->concurrency);
	json_num(&j, "rate_per_s", q->at->rate_per_s);
	json_bool(&j, "warmup", q->warmup);
	json_str(&j, "status", q->done.n == 0 ? "cut" :
	    response_status_name(q->status));
	json_num(&j, "sent_s", (double)q->t_sent / 1e9);
	json_count(&j, "prompt_tokens", q->prompt_tokens);
	json_count(&j, "completion_tokens", q->completion_tokens);
	json_count(&j, "reasoning_tokens", q->reasoning_tokens);
	json_count(&j, "cached_tokens", q->cached_tokens);
	json_str(&j, "tokens_from", q->tokens_from);
	json_int(&j, "chunks", q->d.token_chunks);
	for (m = 0; m < M_OF_REQUEST; m++)
		if (m != M_PROMPT_TOKENS && m != M_COMPLETION_TOKENS)
			json_num(&j, metric_name(m), q->d.v[m]);
	json_str(&j, "output_sha256", q->output_sha256);
	json_end_line(&j);
}

void
emit_samples(struct view *v)
{
	size_t i, k;

	for (i = 0; i < v->g.n_groups; i++)
		for (k = 0; k < v->g.groups[i].n; k++)
			put_sample(v, v->g.groups[i].q[k], &v->g.groups[i]);
}

static void
put_ecdf(struct view *v, const struct group *g, enum metric m,
    const struct ecdf_point *p, size_t n_points, size_t n)
{
	struct json j;
	size_t i;

	if (n < 2)
		return;
	emit_begin(v, &j, "ecdf");
	emit_who(&j, g);
	json_str(&j, "cache", g->cache);
	json_str(&j, "metric", metric_name(m));
	json_str(&j, "unit", metric_unit(m));
	json_int(&j, "n", (int64_t)n);
	json_array(&j, "points");
	for (i = 0; i < n_points; i++) {
		json_array(&j, NULL);
		json_num(&j, NULL, p[i].value);
		json_num(&j, NULL, p[i].share);
		json_close(&j);
	}
	json_end_line(&j);
}

static void
put_metric_ecdf(struct view *v, const struct group *g, enum metric m)
{
	struct ecdf_point p[ECDF_POINTS];
	double *x;
	size_t n;

	n = emit_values(v, g, D_ALL, NULL, m, &x);
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
	size_t i, k;

	for (i = 0; i < v->g.n_groups; i++)
		for (k = 0; k < sizeof(shown) / sizeof(shown[0]); k++) {
			g = &v->g.groups[i];
			if (shown[k] != M_ICL)
				put_metric_ecdf(v, g, shown[k]);
			else if (g->gaps != NULL)
				put_ecdf(v, g, M_ICL, g->gaps, g->n_gap_points,
				    g->n_gaps);
		}
}
