/* moe: domain against domain. */
#include <math.h>
#include <stdlib.h>

#include "emit.h"
#include "stats/cluster.h"
#include "stats/kruskal.h"
#include "stats/summary.h"
#include "stats/order.h"
#include "xalloc.h"

enum { MOE_SEED = 42 };

/* One value per text (the mean of its requests, whatever stood in front of it),
 * with its domain. */
struct prompts {
	double *x;
	unsigned *domain;
	size_t n;
};

struct one {
	const char *key;
	unsigned domain;
	double x;
};

static int
cmp_one(const void *pa, const void *pb)
{
	const struct one *a = pa, *b = pb;
	int c;

	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	if ((c = names_cmp(a->key, b->key)) != 0)
		return c;
	return (a->x > b->x) - (a->x < b->x);
}

static void
prompts_of(struct prompts *p, const struct group *g, const struct level *l,
    size_t n_l, enum metric m)
{
	struct one *o = xreallocarray(NULL, g->n + 1, sizeof(*o));
	size_t k, n = 0;
	double sum;

	for (size_t i = 0; i < g->n; i++)
		for (k = 0; k < n_l && group_counts(g->q[i]); k++)
			if (l[k].text == g->q[i]->asked->domain &&
			    !isnan(request_v(g->q[i], m)))
				o[n++] = (struct one){ g->q[i]->prompt,
				    (unsigned)k, request_v(g->q[i], m) };
	order_rows(o, n, sizeof(*o), cmp_one);
	p->x = xreallocarray(NULL, n + 1, sizeof(*p->x));
	p->domain = xreallocarray(NULL, n + 1, sizeof(*p->domain));
	p->n = 0;
	for (size_t i = 0; i < n; i = k) {
		sum = 0;
		for (k = i; k < n && o[k].domain == o[i].domain &&
		    (k == i || (o[k].key != NULL && o[k].key == o[i].key)); k++)
			sum += o[k].x;
		p->x[p->n] = sum / (double)(k - i);
		p->domain[p->n++] = o[i].domain;
	}
	free(o);
}

/* The list of domains, as text, to be freed. */
static char *
domains_of(const struct prompts *p, const struct level *l, size_t n_l)
{
	double *x = xreallocarray(NULL, p->n + 1, sizeof(*x));
	struct buf out = BUF_INIT;
	struct row_domain row;
	struct summary s;
	struct json j;
	size_t i, n;

	json_init(&j, &out);
	json_array(&j, NULL);
	for (size_t k = 0; k < n_l; k++) {
		for (i = 0, n = 0; i < p->n; i++)
			if (p->domain[i] == k)
				x[n++] = p->x[i];
		s = summary_of(x, n);
		row = (struct row_domain){ .domain = l[k].text,
		    .n = (double)s.n, .p50 = s.p50, .ci_lo = s.ci.lo,
		    .ci_hi = s.ci.hi };
		json_object(&j, NULL);
		field_write(schema_of(ROW_DOMAIN), &row, 0, &j);
		json_close(&j);
	}
	json_close(&j);
	free(x);
	return buf_steal(&out);
}

/* ICC of the gaps, and the median over requests of their lag-1. */
static void
add_gap_shape(struct row_moe *row, const struct group *g)
{
	struct cluster *k = xreallocarray(NULL, g->n + 1, sizeof(*k));
	double *lag = xreallocarray(NULL, g->n + 1, sizeof(*lag));
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		if (!group_counts(g->q[i]) || g->q[i]->d.n_gaps == 0)
			continue;
		k[n].x = request_gaps(g->q[i]);
		k[n].n = g->q[i]->d.n_gaps;
		lag[n++] = request_v(g->q[i], V_LAG1);
	}
	row->icc = cluster_icc(k, n).icc;
	row->lag1 = summary_of(lag, n).p50;
	free(lag);
	free(k);
}

static void
put_moe(struct view *v, const struct group *g, const struct level *l,
    size_t n_l, enum metric m)
{
	struct row_moe row;
	struct prompts p;
	struct kruskal k;
	char *domains;

	prompts_of(&p, g, l, n_l, m);
	if (p.n > 0) {
		k = kruskal_test(p.x, p.domain, p.n, MOE_SEED);
		domains = domains_of(&p, l, n_l);
		emit_init(ROW_MOE, &row, g);
		row.metric = metric_name(m);
		row.unit = metric_unit(m);
		row.domains = domains;
		row.h = k.h;
		row.p = k.p;
		row.permutations = KRUSKAL_DRAWS;
		row.seed = MOE_SEED;
		add_gap_shape(&row, g);
		if (!isnan(k.p))
			row.differ = k.p < 0.05;
		emit_row(v, ROW_MOE, &row, 0);
		free(domains);
	}
	free(p.x);
	free(p.domain);
}

void
emit_moe(struct view *v)
{
	static const enum metric shown[] = { M_TTFT, M_DECODE_TPS,
	    M_MEDIAN_ICL, M_ICL_SPREAD };
	struct level *l;
	size_t n;

	for (size_t i = 0; i < v->g.n_groups; i++) {
		n = levels_of(v->t, &v->g, &v->g.groups[i], D_DOMAIN, &l);
		for (size_t k = 0; n > 0 &&
		    k < sizeof(shown) / sizeof(shown[0]); k++)
			put_moe(v, &v->g.groups[i], l, n, shown[k]);
		free(l);
	}
}
