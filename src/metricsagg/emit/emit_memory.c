/* memory: what the server holds, by what it is doing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/trend.h"
#include "xalloc.h"

/* What every record of the section needs. */
struct work {
	const struct view *v;
	const struct run *r;
	struct phase_span *spans;	/* those with samples, in time order */
	size_t n_spans;
	size_t *first_span;	/* of each visit, its baseline included */
	bool is_read[C_COUNT];		/* does any sample have the counter? */
	double *base;			/* [visit * C_COUNT + counter]: median
					   before the load, or NAN */
	double *one, *all, *x, *y;	/* scratch */
	size_t n_all, n_visits;		/* values, and visits that have some */
};

/*
 * Does span s belong to phase ph of visit ix?  The time after an unload is
 * also the baseline of the next visit; whole is all from load to unload.
 */
static bool
is_of(const struct phase_span *s, size_t ix, enum phase ph)
{
	if (ph == PH_BASELINE)
		return (s->phase == PH_BASELINE && s->visit == ix) ||
		    (s->phase == PH_AFTER_UNLOAD && s->visit + 1 == ix);
	if (s->visit != ix)
		return false;
	if (ph == PH_WHOLE)
		return s->phase >= PH_LOAD && s->phase != PH_AFTER_UNLOAD;
	return s->phase == ph;
}

/* The values of one counter between two instants to x; returns how many. */
static size_t
take_span(const struct mem_list *l, int64_t from, int64_t to, enum counter c,
    double *x)
{
	size_t i = tables_mem_at(l, from), n = 0;

	for (; i < l->n && l->v[i].t_ns < to; i++)
		if (!isnan(l->v[i].v[c]))
			x[n++] = l->v[i].v[c];
	return n;
}

/* The values of one counter in one phase of one visit to w->one, sorted. */
static size_t
take_visit(struct work *w, size_t ix, enum phase ph, enum counter c)
{
	const struct phase_span *s;
	size_t n = 0;

	for (size_t k = w->first_span[ix]; k < w->n_spans &&
	    w->spans[k].visit <= ix; k++) {
		s = &w->spans[k];
		if (is_of(s, ix, ph))
			n += take_span(w->r->visits[ix].mem, s->from, s->to,
			    c, w->one + n);
	}
	order_sort(w->one, n);
	return n;
}

/* The first baseline of the visit's server that is known. */
static double
first_baseline(const struct work *w, size_t ix, enum counter c)
{
	double base = NAN;

	for (size_t i = 0; i < w->r->n_visits && isnan(base); i++)
		if (w->r->visits[i].mem == w->r->visits[ix].mem)
			base = w->base[i * C_COUNT + (size_t)c];
	return base;
}

/*
 * Medians before each load; where nothing was sampled then (the run began with
 * the load), that of the first visit that has one, and nothing of a server that
 * was not there yet.
 */
static void
find_baselines(struct work *w)
{
	size_t n;
	double *base;
	enum counter c;

	for (c = 0; c < C_COUNT; c++) {
		for (size_t i = 0; i < w->r->n_visits; i++) {
			n = take_visit(w, i, PH_BASELINE, c);
			w->base[i * C_COUNT + (size_t)c] =
			    quantile_median(w->one, n);
		}
		for (size_t i = 0; i < w->r->n_visits; i++) {
			base = &w->base[i * C_COUNT + (size_t)c];
			if (isnan(*base))
				*base = visit_is_managed(&w->r->visits[i]) &&
				    w->is_read[c] ? 0 :
				    first_baseline(w, i, c);
		}
	}
}

/*
 * Collect a phase over the visits of a variant: all values to w->all, and per
 * visit its ordinal and its median less the baseline to w->x and w->y.
 */
static void
collect(struct work *w, const struct variant *va, enum phase ph, enum counter c)
{
	const struct visit *at = NULL;
	size_t n, i;

	w->n_all = w->n_visits = 0;
	while (w->is_read[c] && (at = variant_visit(va, w->r, at)) != NULL) {
		i = (size_t)(at - w->r->visits);
		n = take_visit(w, i, ph, c);
		memcpy(w->all + w->n_all, w->one, n * sizeof(double));
		w->n_all += n;
		if (n == 0 || isnan(w->base[i * C_COUNT + (size_t)c]))
			continue;
		w->x[w->n_visits] = at->ordinal;
		w->y[w->n_visits++] = quantile_median(w->one, n) -
		    w->base[i * C_COUNT + (size_t)c];
	}
	order_sort(w->all, w->n_all);
}

struct point {
	double x, y;
};

static int
cmp_point(const void *pa, const void *pb)
{
	const struct point *a = pa, *b = pb;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return (a->y > b->y) - (a->y < b->y);
}

/* Median of one counter between two instants, NAN without a sample. */
static double
median_between(struct work *w, const struct mem_list *l, int64_t from,
    int64_t to, enum counter c)
{
	size_t n = take_span(l, from, to, c, w->one);

	order_sort(w->one, n);
	return quantile_median(w->one, n);
}

/*
 * How much more request k of a visit held while it decoded than the server
 * did since the request before was over.  NAN when they overlap.
 */
static struct point
grown_by(struct work *w, const struct visit *at, size_t k, enum counter c)
{
	const struct request_row *q = at->requests[k], *before;
	struct point p = { NAN, NAN };
	int64_t idle = at->t_loaded;

	if (k > 0) {
		before = at->requests[k - 1];
		idle = before->t_done > before->d.t_last ? before->t_done :
		    before->d.t_last;
	}
	if (idle == -1 || q->prompt_tokens == -1 ||
	    q->completion_tokens == -1 || q->d.t_first_token == -1)
		return p;
	p.x = (double)(q->prompt_tokens + q->completion_tokens);
	p.y = median_between(w, at->mem, q->d.t_first_token,
	    q->d.t_last_token + 1, c) -
	    median_between(w, at->mem, idle + 1, q->t_sent, c);
	return p;
}

/*
 * Bytes per 1000 tokens of context: Theil-Sen slope over the requests of the
 * variant, each measured against the memory before itself, so that what the
 * requests before it left behind is not in it.  Not told below 3 requests or
 * when all contexts are equal.
 */
static void
add_per_1000_tokens(struct row_memory *row, struct work *w,
    const struct variant *va, enum counter c)
{
	struct point *p = xreallocarray(NULL, w->r->n_requests + 1, sizeof(*p));
	const struct visit *at = NULL;
	struct interval ci;
	double *x, *y;
	size_t n = 0;

	while ((at = variant_visit(va, w->r, at)) != NULL)
		for (size_t k = 0; k < at->n_requests; k++) {
			p[n] = grown_by(w, at, k, c);
			n += isnan(p[n].y) ? 0u : 1u;
		}
	order_rows(p, n, sizeof(*p), cmp_point);
	x = xreallocarray(NULL, n + 1, sizeof(*x));
	y = xreallocarray(NULL, n + 1, sizeof(*y));
	for (size_t i = 0; i < n; i++) {
		x[i] = p[i].x;
		y[i] = p[i].y;
	}
	if (n >= 3 && x[0] < x[n - 1]) {
		ci = trend_slope_ci(x, y, n);
		row->per_1000_tokens_bytes = 1000 * trend_slope(x, y, n);
		row->per_1000_tokens_lo_bytes = 1000 * ci.lo;
		row->per_1000_tokens_hi_bytes = 1000 * ci.hi;
		row->per_1000_tokens_n = (double)n;
	}
	free(x);
	free(y);
	free(p);
}

/* The most that the other servers held in the meantime, all of them together;
 * NAN with one server. */
static double
neighbours_max(const struct work *w, const struct variant *va, enum phase ph,
    enum counter c)
{
	const struct phase_span *s;
	const struct mem_list *own;
	double most = NAN;
	size_t all;

	for (size_t k = 0; k < w->n_spans; k++) {
		s = &w->spans[k];
		own = w->r->visits[s->visit].mem;
		if (own == &w->r->all || !variant_visited(va,
		    &w->r->visits[s->visit]) || !is_of(s, s->visit, ph))
			continue;
		all = tables_mem_at(&w->r->all, s->from);
		for (size_t i = tables_mem_at(own, s->from); i < own->n &&
		    own->v[i].t_ns < s->to; i++) {
			while (all + 1 < w->r->n_mems &&
			    w->r->mems[all].t_ns < own->v[i].t_ns)
				all++;
			most = fmax(most, w->r->mems[all].v[c] -
			    (isnan(own->v[i].v[c]) ? 0 : own->v[i].v[c]));
		}
	}
	return most;
}

static double
model_size(const struct run *r, const struct variant *va)
{
	const struct visit *at = NULL;

	while ((at = variant_visit(va, r, at)) != NULL)
		if (at->load != NULL && at->load->info.size_bytes > 0)
			return (double)at->load->info.size_bytes;
	return NAN;
}

/* About n samples x, sorted. */
static void
begin(struct row_memory *row, const struct variant *va, enum phase ph,
    enum counter c, const double *x, size_t n)
{
	emit_init_variant(ROW_MEMORY, row, va);
	row->phase = phase_name(ph);
	row->counter = counter_name(c);
	row->n = (double)n;
	row->p50_bytes = quantile_median(x, n);
	row->max_bytes = x[n - 1];
}

static void
put_memory(struct view *v, struct work *w, const struct variant *va,
    enum phase ph, enum counter c)
{
	struct row_memory row;
	struct trend trend;

	begin(&row, va, ph, c, w->all, w->n_all);
	row.visits = (double)w->n_visits;
	row.over_size_ratio = row.max_bytes / model_size(w->r, va);
	if (ph == PH_AFTER_UNLOAD && w->n_visits >= 3) {
		trend = trend_of(w->x, w->y, w->n_visits);
		row.trend_bytes_per_load = trend.slope;
		row.trend_p = trend.p;
	}
	row.neighbours_max_bytes = neighbours_max(w, va, ph, c);
	order_sort(w->y, w->n_visits);
	if (ph != PH_BASELINE)
		row.growth_bytes = quantile_median(w->y, w->n_visits);
	if (ph == PH_DECODE)
		add_per_1000_tokens(&row, w, va, c);
	emit_row(v, ROW_MEMORY, &row, isnan(row.neighbours_max_bytes) ? 0u :
	    MEMORY_OF_SEVERAL);
}

/* Samples without a plan (memsample alone): all of them, of nobody. */
static void
put_plain(struct view *v, struct work *w)
{
	const struct variant nobody = { .pair = NULL };
	struct row_memory row;
	enum counter c;
	size_t n;

	for (c = 0; c < C_COUNT; c++) {
		n = take_span(&w->r->all, 0, RECORD_T_MAX, c, w->one);
		if (n == 0)
			continue;
		order_sort(w->one, n);
		begin(&row, &nobody, PH_WHOLE, c, w->one, n);
		row.visits = 0;
		emit_row(v, ROW_MEMORY, &row, 0);
	}
}

/* What there are samples of: where requests are short, few spans have any. */
static void
find_spans(struct work *w)
{
	const struct phases *p = &w->v->p;
	const struct mem_list *all = &w->r->all;
	size_t i, k;
	enum counter c;

	w->spans = xreallocarray(NULL, p->n + 1, sizeof(*w->spans));
	for (i = 0; i < p->n; i++) {
		k = tables_mem_at(all, p->spans[i].from);
		if (k < all->n && all->v[k].t_ns < p->spans[i].to)
			w->spans[w->n_spans++] = p->spans[i];
	}
	for (i = 0, k = 0; i < w->r->n_visits; i++) {
		while (k < w->n_spans && w->spans[k].visit + 1 < i)
			k++;
		w->first_span[i] = k;
	}
	for (i = 0; i < all->n; i++)
		for (c = 0; c < C_COUNT; c++)
			w->is_read[c] |= !isnan(all->v[i].v[c]);
}

void
emit_memory(struct view *v)
{
	struct work w = { .v = v, .r = v->r };
	size_t n = v->r->n_mems + 16, visits = v->r->n_visits + 1;
	enum counter c;
	enum phase ph;

	w.one = xreallocarray(NULL, n, sizeof(double));
	w.all = xreallocarray(NULL, n * 2, sizeof(double));
	w.x = xreallocarray(NULL, visits, sizeof(double));
	w.y = xreallocarray(NULL, visits, sizeof(double));
	w.base = xreallocarray(NULL, visits, C_COUNT * sizeof(double));
	w.first_span = xreallocarray(NULL, visits, sizeof(size_t));
	find_spans(&w);
	find_baselines(&w);
	if (v->r->n_visits == 0)
		put_plain(v, &w);
	for (size_t i = 0; i < v->g.n_variants; i++)
		for (ph = PH_BASELINE; ph <= PH_WHOLE; ph++)
			for (c = 0; c < C_COUNT && ph != PH_UNLOAD; c++) {
				collect(&w, &v->g.variants[i], ph, c);
				if (w.n_all > 0)
					put_memory(v, &w, &v->g.variants[i],
					    ph, c);
			}
	free(w.one);
	free(w.all);
	free(w.x);
	free(w.y);
	free(w.base);
	free(w.spans);
	free(w.first_span);
}
