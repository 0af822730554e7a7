#include "aggregate.h"

#include <stdio.h>

#include "judge/audit.h"
#include "judge/bandwidth.h"
#include "diag.h"
#include "emit.h"
#include "judge/turns.h"

void
aggregate_flush(struct buf *out)
{
	if (out->len > 0)
		fwrite(out->data, 1, out->len, stdout);
	buf_clear(out);
}

bool
aggregate_refuses(const struct run *r)
{
	if (r->is_refused)
		diag_warnx("run %s: its format version is not %d; a newer "
		    "metricsagg is needed for it", r->id, RECORD_VERSION);
	return r->is_refused;
}

static void (*const sections[])(struct view *) = {
	emit_run, emit_findings, emit_metrics, emit_samples, emit_memory,
	emit_pressure, emit_energy, emit_timeline, emit_leaks, emit_moe,
	emit_compares, emit_stability, emit_quality, emit_fidelity,
	emit_agreement, emit_turns, emit_next, emit_drift, emit_determinism,
	emit_ecdf, emit_self
};

static void
count_requests(struct view *v)
{
	for (size_t i = 0; i < v->r->n_requests; i++) {
		if (v->r->requests[i].t_sent == -1 ||
		    !tables_was_tried(&v->r->requests[i]))
			continue;
		v->requests++;
		v->failed += !tables_is_good(&v->r->requests[i]);
	}
}

static void
write_run(struct view *v, struct run *r, bool is_first)
{
	v->r = r;
	v->requests = v->failed = 0;
	v->f = (struct findings){ NULL, 0, 0 };
	link_run(r);
	count_requests(v);
	groups_of(&v->g, v->t, r);
	phases_of(&v->p, r, v->wants_samples || r->n_readings > 0);
	audit_run(v);
	audit_requests(v);
	audit_likeness(v);
	audit_turns(v);
	audit_bandwidth(v);
	if (is_first)
		audit_input(v);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		sections[i](v);
	findings_fini(&v->f);
	phases_fini(&v->p);
	groups_fini(&v->g);
}

/* The end record: of run (NULL: of several), after so many records. */
static void
put_end(struct buf *out, const char *run, uint64_t records)
{
	const struct schema *s = schema_of(ROW_END);
	const struct row_end row = { .tool = "metricsagg",
	    .records = (double)records + 1 };
	struct json j;

	record_begin(&j, out, s->type, run, 0);
	field_write(s, &row, FIELD_WHOLE, &j);
	json_end_line(&j);
}

int
aggregate_write(struct tables *t, enum samples samples, struct buf *out,
    void (*flush)(struct buf *))
{
	struct view v = { .t = t, .out = out, .flush = flush };
	const char *last = NULL;
	int status = EXIT_DONE;
	size_t n = 0;

	if (t->tally.metrics > 0) {
		diag_warnx("the input holds metrics, not raw records: give the "
		    "raw.ndjson of the run");
		status = EXIT_INPUT;
	}
	link_sort_runs(t);
	for (size_t i = 0; i < t->n_runs; i++) {
		if (aggregate_refuses(t->runs[i])) {
			status = EXIT_INPUT;
			continue;
		}
		last = t->runs[i]->id;
		v.wants_samples = samples == SAMPLES_ALWAYS ||
		    (samples == SAMPLES_OF_FEW &&
		    t->runs[i]->n_requests <= SAMPLES_FEW);
		write_run(&v, t->runs[i], n++ == 0);
	}
	if (n == 0 && status == EXIT_DONE) {
		diag_warnx("no records in the input");
		status = EXIT_INPUT;
	}
	put_end(out, n == 1 ? last : NULL, v.records);
	if (flush != NULL)
		flush(out);
	return status;
}
