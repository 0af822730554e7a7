/* The records of --sketch. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "aggregate.h"
#include "diag.h"
#include "sketching_impl.h"
#include "xalloc.h"

static struct summary
summary(const struct sketch *s)
{
	struct sketch empty;

	if (s != NULL)
		return sketch_summary(s);
	sketch_init(&empty);
	return sketch_summary(&empty);
}

static void
put_group(struct view *v, const struct sk_group *g)
{
	struct row_metric row;
	struct summary s;
	enum metric m;

	for (m = 0; m < M_COUNT; m++) {
		s = summary(g->m[m]);
		if (m == M_ICL)		/* gaps are not independent */
			s.ci = (struct interval){ NAN, NAN };
		emit_metric_init(&row, &g->g, D_ALL, NULL, m, &s);
		row.server_p50 = summary(m < M_OF_REQUEST ? g->server[m] :
		    m == M_LOAD ? g->load_server : NULL).p50;
		if (m == M_ICL)
			row.tail_ratio = s.p99 / s.p50;
		if (m == M_PREFILL_TPS)
			row.source = g->from_events > 0 && g->from_ttft > 0 ?
			    "mixed" : g->from_events > 0 ? "events" : "ttft";
		emit_metric(v, &row, m);
	}
}

static void
put_memory(struct view *v, const struct sk_variant *va)
{
	double size = va->info.size_bytes > 0 ? (double)va->info.size_bytes :
	    (double)NAN;
	struct row_memory row;
	struct summary s;
	enum counter c;
	enum phase ph;

	for (ph = PH_BASELINE; ph <= PH_WHOLE; ph++)
		for (c = 0; c < C_COUNT && ph != PH_UNLOAD; c++) {
			s = summary(va->mem[ph][c]);
			if (s.n == 0)
				continue;
			emit_init_variant(ROW_MEMORY, &row, &va->v);
			row.phase = phase_name(ph);
			row.counter = counter_name(c);
			row.n = (double)s.n;
			row.visits = (double)va->v.loads;
			row.p50_bytes = s.p50;
			row.max_bytes = s.max;
			row.over_size_ratio = s.max / size;
			if (ph != PH_BASELINE)
				row.growth_bytes = s.p50 -
				    summary(va->mem[PH_BASELINE][c]).p50;
			emit_row(v, ROW_MEMORY, &row, 0);
		}
}

static void
put_findings(struct view *v, struct run_state *st)
{
	struct finding f = { .level = FINDING_ERROR };

	f.code = "orphan_records";
	findings_add(&v->f, &f, st->orphans, "%" PRIu64 " responses whose "
	    "request or step record was not there before them; --sketch needs "
	    "the records in order", st->orphans);
	f.code = "lost_chunks";
	findings_add(&v->f, &f, st->lost, "%" PRIu64 " chunk records are "
	    "missing from the middle of a stream", st->lost);
	f.code = "clock_backwards";
	findings_add(&v->f, &f, st->backwards, "%" PRIu64 " times something "
	    "ended before it began; those intervals were not measured",
	    st->backwards);
	f.code = "contradictory_records";
	findings_add(&v->f, &f, st->contradictory, "%" PRIu64 " records with "
	    "the same identity differ", st->contradictory);
	f.level = FINDING_INFO;
	f.code = "sketch";
	findings_add(&v->f, &f, 1, "quantiles are within %.0f %% of the value; "
	    "samples, comparisons and leak verdicts need a run without "
	    "--sketch", 100 * SKETCH_ERROR);
	audit_stream(v, st->samples > 0);
}

static int
cmp_group(const void *pa, const void *pb)
{
	const struct sk_group *a = pa, *b = pb;

	return (a->g.pair_rank > b->g.pair_rank) -
	    (a->g.pair_rank < b->g.pair_rank);
}

static uint64_t
write_run(struct sketching *s, struct run_state *st, struct buf *out,
    bool is_first)
{
	struct view v = { .t = s->t, .r = st->r, .out = out,
	    .requests = st->requests, .failed = st->failed, .f = st->f };
	size_t i;

	st->f = (struct findings){ NULL, 0, 0 };	/* now the view's */
	v.g.variants = xreallocarray(NULL, st->n_variants + 1,
	    sizeof(*v.g.variants));
	v.g.n_variants = st->n_variants;
	for (i = 0; i < st->n_variants; i++) {
		st->variants[i].v.info = st->variants[i].v.loads > 0 ?
		    &st->variants[i].info : NULL;
		v.g.variants[i] = st->variants[i].v;
	}
	link_ends(st->r);
	put_findings(&v, st);
	if (is_first)
		audit_input(&v);
	emit_run(&v);
	emit_findings(&v);
	if (st->n_groups > 0)
		qsort(st->groups, st->n_groups, sizeof(*st->groups),
		    cmp_group);
	for (i = 0; i < st->n_groups; i++)
		put_group(&v, &st->groups[i]);
	for (i = 0; i < st->n_variants; i++)
		put_memory(&v, &st->variants[i]);
	for (i = 0; i < st->n_variants; i++)
		emit_stability_of(&v, &st->variants[i].v,
		    &st->variants[i].stability);
	emit_self(&v);
	findings_fini(&v.f);
	groups_fini(&v.g);
	return v.records;
}

static int
cmp_state(const void *pa, const void *pb)
{
	const struct run_state *const *a = pa, *const *b = pb;

	return names_cmp((*a)->r->id, (*b)->r->id);
}

int
sketching_write(struct sketching *s, struct buf *out,
    void (*flush)(struct buf *))
{
	uint64_t records = 0;
	size_t i, n = 0;
	const char *last = NULL;
	int status = EXIT_DONE;

	if (s->n_states > 0)
		qsort(s->states, s->n_states, sizeof(*s->states), cmp_state);
	for (i = 0; i < s->n_states; i++) {
		if (aggregate_refuses(s->states[i]->r)) {
			status = EXIT_INPUT;
			continue;
		}
		last = s->states[i]->r->id;
		records += write_run(s, s->states[i], out, n++ == 0);
		if (flush != NULL)
			flush(out);
	}
	if (n == 0 && status == EXIT_DONE) {
		diag_warnx("no records in the input");
		status = EXIT_INPUT;
	}
	aggregate_end(out, n == 1 ? last : NULL, records);
	if (flush != NULL)
		flush(out);
	return status;
}
