/* prediction, crossing, bandwidth: what lies behind the figures, and beyond. */
#include <math.h>
#include <stdlib.h>

#include "emit.h"
#include "judge/bandwidth.h"
#include "judge/next.h"
#include "judge/versus.h"

static const char *const quantities[][2] = {
	{ "ttft_s", "s" }, { "tpot_s", "s" }, { "memory_bytes", "B" }
};

static const char *
fits(double room, struct interval ci)
{
	return isnan(room) || isnan(ci.lo) ? NULL : ci.hi <= room ? "yes" :
	    ci.lo > room ? "no" : "cannot_tell";
}

static void
put_prediction(struct view *v, const struct next *n)
{
	struct row_prediction row;
	struct interval ci;

	emit_init_variant(ROW_PREDICTION, &row, n->va);
	row.scenario = n->scenario;
	row.quantity = quantities[n->of][0];
	row.unit = quantities[n->of][1];
	row.counter = n->counter == C_COUNT ? NULL : counter_name(n->counter);
	row.verdict = ladder_verdict_name(n->l.verdict);
	row.n = (double)n->l.n;
	row.visits = (double)n->visits;
	row.rungs = (double)n->l.rungs;
	row.from_tokens = n->l.from;
	row.to_tokens = n->l.to;
	row.a = n->l.coef[0];
	row.b = n->l.coef[1];
	row.c = n->l.coef[2];
	row.held_measured = n->l.held_y;
	row.held_predicted = n->l.held_fit;
	row.held_error_ratio = n->l.error;
	row.at_tokens = n->at;
	row.room_bytes = n->room;
	if (n->l.verdict == LADDER_PREDICTED) {
		ci = ladder_ci(&n->l, n->at);
		row.value = ladder_at(&n->l, n->at);
		row.value_lo = ci.lo;
		row.value_hi = ci.hi;
		row.fits = fits(n->room, ci);
	}
	emit_row(v, ROW_PREDICTION, &row, 0);
}

static void
put_crossing(struct view *v, const struct next *base, const struct next *new)
{
	double from = fmax(base->l.from, new->l.from), to = fmin(base->at,
	    new->at);
	struct ladder_crossing c = ladder_cross(&base->l, &new->l, from, to);
	struct row_crossing row;

	emit_init_variant(ROW_CROSSING, &row, base->va);
	row.scenario = base->scenario;
	row.quantity = quantities[base->of][0];
	row.base = base->va->variant;
	row.new = new->va->variant;
	row.verdict = crossing_verdict_name(c.verdict);
	row.from_tokens = from;
	row.to_tokens = to;
	row.at_tokens = c.x;
	row.at_lo_tokens = c.ci.lo;
	row.at_hi_tokens = c.ci.hi;
	if (c.verdict != CROSSING_CANNOT_TELL)
		row.lower_first = c.a_first ? row.base : row.new;
	emit_row(v, ROW_CROSSING, &row, 0);
}

static void
put_bandwidth(struct view *v, const struct variant *base,
    const struct variant *new, void *arg)
{
	struct row_bandwidth row;
	struct bandwidth b;

	(void)arg;
	if (!bandwidth_of(v, base, new, &b))
		return;
	emit_init(ROW_BANDWIDTH, &row, b.base);
	row.base = base->variant;
	row.new = new->variant;
	row.bytes_base = b.bytes[0];
	row.bytes_new = b.bytes[1];
	row.decode_base_tps = b.decode[0];
	row.decode_new_tps = b.decode[1];
	if (b.verdict != BANDWIDTH_SPECULATION && !b.is_sparse) {
		row.bandwidth_base_bytes_per_s = b.bytes[0] * b.decode[0];
		row.bandwidth_new_bytes_per_s = b.bytes[1] * b.decode[1];
	}
	row.bytes_ratio = b.bytes_ratio;
	row.ratio = b.ratio;
	row.ratio_lo = b.ci.lo;
	row.ratio_hi = b.ci.hi;
	row.verdict = bandwidth_verdict_name(b.verdict);
	emit_row(v, ROW_BANDWIDTH, &row, 0);
}

void
emit_next(struct view *v)
{
	size_t n, i, k;
	struct next *all = next_of(v, &n);

	for (i = 0; i < n; i++)
		put_prediction(v, &all[i]);
	for (i = 0; i < n; i++)
		for (k = i + 1; k < n; k++)
			if (all[i].va->pair == all[k].va->pair &&
			    all[i].of == all[k].of &&
			    all[i].l.verdict == LADDER_PREDICTED &&
			    all[k].l.verdict == LADDER_PREDICTED)
				put_crossing(v, &all[i], &all[k]);
	free(all);
	versus_each(v, NULL, put_bandwidth, NULL);
}
