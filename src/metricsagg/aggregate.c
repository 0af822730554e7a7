#include "aggregate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "diag.h"
#include "emit.h"
#include "intake.h"
#include "version.h"

enum { COMPLAINTS_MAX = 5 };

static void
complain(struct tables *t, const struct ndjson *in, const char *why)
{
	uint64_t n = t->tally.not_json + t->tally.bad_record +
	    t->tally.too_long;

	if (n <= COMPLAINTS_MAX)
		diag_warnx("%s:%" PRIu64 ": %s; the line is left out",
		    ndjson_name(in), ndjson_line_number(in), why);
	if (n == COMPLAINTS_MAX + 1)
		diag_warnx("%s:%" PRIu64 ": %s; further bad lines are only "
		    "counted", ndjson_name(in), ndjson_line_number(in), why);
}

bool
aggregate_is_cut(const struct ndjson *in, struct slice line)
{
	cJSON *o;

	if (!ndjson_was_cut(in) || line.len == 0)
		return false;
	o = json_parse(line.p, line.len);
	cJSON_Delete(o);
	return o == NULL;
}

static void
take_line(struct tables *t, const struct ndjson *in, struct slice line)
{
	enum intake_result result;
	const char *why;

	t->tally.lines++;
	t->tally.bytes += line.len + 1;
	if (line.len == 0)
		return;
	if (aggregate_is_cut(in, line)) {
		t->tally.cut++;
		diag_warnx("%s:%" PRIu64 ": the last line is incomplete, the "
		    "stream was cut off", ndjson_name(in),
		    ndjson_line_number(in));
		return;
	}
	result = intake_line(t, line, &why);
	if (result == INTAKE_NOT_JSON || result == INTAKE_BAD_RECORD) {
		complain(t, in, why);
	}
}

static int
read_file(struct tables *t, const char *path)
{
	struct ndjson *in = ndjson_open(path);
	enum ndjson_result result;
	struct slice line;

	if (in == NULL)
		return EXIT_SYSTEM;
	while ((result = ndjson_next(in, &line)) == NDJSON_LINE ||
	    result == NDJSON_TOO_LONG) {
		if (result == NDJSON_LINE) {
			take_line(t, in, line);
			continue;
		}
		t->tally.lines++;
		t->tally.too_long++;
		complain(t, in, "longer than any record");
	}
	ndjson_close(in);
	return result == NDJSON_ERROR ? EXIT_SYSTEM : EXIT_DONE;
}

int
aggregate_read(struct tables *t, const struct input_options *in)
{
	int status = EXIT_DONE, i, result;

	for (i = 0; i < in->n; i++) {
		result = read_file(t, in->files[i]);
		if (result != EXIT_DONE)
			status = result;
	}
	if (in->n == 0)
		status = read_file(t, "-");
	if (status == EXIT_DONE && t->tally.not_json + t->tally.bad_record +
	    t->tally.too_long > 0)
		status = EXIT_INPUT;
	return status;
}

static void
flush(struct buf *out)
{
	if (out->len > 0)
		fwrite(out->data, 1, out->len, stdout);
	buf_clear(out);
}

static void (*const sections[])(struct view *) = {
	emit_run, emit_findings, emit_metrics, emit_samples, emit_memory,
	emit_timeline, emit_leaks, emit_moe, emit_compares, emit_stability,
	emit_drift, emit_determinism, emit_ecdf, emit_self
};

static uint64_t
write_run(struct tables *t, struct run *r, struct buf *out, bool is_first)
{
	struct view v = { .t = t, .r = r, .out = out };
	size_t i;

	link_run(r);
	groups_of(&v.g, t, r);
	phases_of(&v.p, r);
	audit_run(&v);
	audit_requests(&v);
	if (is_first)
		audit_input(&v);
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		sections[i](&v);
		flush(out);
	}
	findings_fini(&v.f);
	phases_fini(&v.p);
	groups_fini(&v.g);
	return v.records;
}

static void
write_end(struct buf *out, const char *run, uint64_t records)
{
	struct json j;

	record_begin(&j, out, "end", run, 0);
	json_str(&j, "tool", "metricsagg");
	json_int(&j, "records", (int64_t)records + 1);
	json_bool(&j, "interrupted", false);
	json_null(&j, "self");
	json_end_line(&j);
	flush(out);
}

int
aggregate_write(struct tables *t)
{
	struct buf out = BUF_INIT;
	uint64_t records = 0;
	int status = EXIT_DONE;
	size_t i, n = 0;

	if (t->tally.metrics > 0) {
		diag_warnx("the input holds metrics, not raw records: give the "
		    "raw.ndjson of the run");
		status = EXIT_INPUT;
	}
	link_sort_runs(t);
	for (i = 0; i < t->n_runs; i++) {
		if (t->runs[i]->is_refused) {
			diag_warnx("run %s: its format version is not %d; a newer "
			    "metricsagg is needed for it", t->runs[i]->id,
			    RECORD_VERSION);
			status = EXIT_INPUT;
			continue;
		}
		records += write_run(t, t->runs[i], &out, n++ == 0);
	}
	if (n == 0 && status == EXIT_DONE) {
		diag_warnx("no records in the input");
		status = EXIT_INPUT;
	}
	write_end(&out, n == 1 ? t->runs[0]->id : NULL, records);
	buf_fini(&out);
	return status;
}
