#include "audit.h"

#include <inttypes.h>
#include <string.h>

/* There are n of what, of one or of several, in the run as a whole. */
static void
add_count(struct view *v, enum finding_level level, const char *code,
    uint64_t n, const char *one, const char *several, const char *what)
{
	findings_add(&v->f, &(struct finding){ .level = level, .code = code },
	    n, "%" PRIu64 " %s %s", n, n == 1 ? one : several, what);
}

static void
audit_end(struct view *v, bool is_in_it, const char *tool)
{
	findings_add(&v->f, OF_RUN(WARN, "missing_end"),
	    is_in_it && tables_end_of(v->r, tool) == NULL, "the stream has no end "
	    "record of %s: it was cut off, what came after is missing", tool);
}

static void
audit_ends(struct view *v)
{
	const struct run *r = v->r;

	audit_end(v, r->n_steps + r->n_requests > 0, "lmsdrive");
	audit_end(v, r->n_mems > 0, "memsample");
	for (size_t i = 0; i < r->n_ends; i++)
		findings_add(&v->f, OF_RUN(WARN, "interrupted"),
		    r->ends[i].interrupted, "%s was interrupted: the run is "
		    "incomplete", r->ends[i].tool);
}

/*
 * Every tool says how many records it wrote.  When all have, and no record was
 * seen twice, what is missing was lost (or filtered out) on the way.
 */
static void
audit_total(struct view *v, uint64_t repeated)
{
	const struct run *r = v->r;
	uint64_t said = 0, seen = 0;

	for (size_t i = 0; i < r->n_ends; i++) {
		if (r->ends[i].records < 0)
			return;
		said += (uint64_t)r->ends[i].records;
	}
	for (size_t i = 0; i < RECORD_UNKNOWN; i++)
		seen += r->of_type[i];
	if (!tables_is_complete(r) || seen - repeated >= said)
		return;
	findings_add(&v->f, OF_RUN(ERROR, "lost_records"),
	    said - (seen - repeated), "the tools wrote %" PRIu64 " records, %"
	    PRIu64 " are here: the others were lost or filtered out", said,
	    seen - repeated);
}

/* Copies are harmless and counted; copies that differ are not. */
static void
audit_copies(struct view *v)
{
	const struct run *r = v->r;
	uint64_t repeated = r->repeated + r->copies + r->faults.repeated;
	uint64_t differ = r->contradictory + r->faults.contradictory +
	    r->steps_differ;

	if (r->is_mixed)
		findings_add(&v->f, OF_RUN(ERROR, "mixed_runs"), 1,
		    "%u different run records have this run id: "
		    "records of different runs are mixed", r->n_begins);
	else
		findings_add(&v->f, OF_RUN(INFO, "resumed"),
		    r->n_begins > 1 ? r->n_begins - 1 : 0, "the run was broken off "
		    "and resumed; what happened between is not known");
	for (size_t i = 0; i < r->n_requests; i++) {
		differ += r->requests[i].sent_differs;
		differ += r->requests[i].done_differs;
	}
	audit_total(v, repeated);
	findings_add(&v->f, OF_RUN(INFO, "reused_number"), r->reused,
	    "%" PRIu64 " request%s had the number of one that a kill had cut: "
	    "they were told apart by when they were sent", r->reused,
	    FINDINGS_S(r->reused));
	add_count(v, FINDING_WARN, "repeated_records", repeated,
	    "record occurs", "records occur", "more than once; each was "
	    "counted once");
	add_count(v, FINDING_ERROR, "contradictory_records", differ,
	    "record differs from another", "records differ from others",
	    "of the same identity: files of different runs were mixed, or "
	    "records were changed");
}

static void
audit_orphans(struct view *v)
{
	const struct run *r = v->r;
	uint64_t no_request = 0, no_step = 0, no_response = 0;

	for (size_t i = 0; i < r->n_requests; i++) {
		no_request += !r->requests[i].is_sent &&
		    r->requests[i].status != STATUS_SKIPPED;
		no_step += r->requests[i].is_sent &&
		    r->requests[i].at == NULL;
		no_response += r->requests[i].is_sent &&
		    !r->requests[i].is_done;
	}
	findings_add(&v->f, OF_RUN(ERROR, "orphan_records"), no_request,
	    "chunks or responses of %" PRIu64 " request%s whose request record "
	    "is missing; they were left out", no_request,
	    FINDINGS_S(no_request));
	add_count(v, FINDING_ERROR, "missing_step", no_step, "request",
	    "requests", "whose step record is missing, left out");
	add_count(v, FINDING_WARN, "cut_request", no_response, "request",
	    "requests", "without a response record: the stream was cut "
	    "meanwhile");
}

static void
audit_clock(struct view *v)
{
	const struct run *r = v->r;
	uint64_t backwards = r->faults.backwards;

	for (size_t i = 0; i < r->n_spans; i++)
		backwards += r->spans[i].t_end != -1 &&
		    r->spans[i].t_end < r->spans[i].t_begin;
	add_count(v, FINDING_ERROR, "clock_backwards", backwards, "time",
	    "times", "something ended before it began; how long it took was "
	    "not measured");
	add_count(v, FINDING_ERROR, "lost_chunks", r->faults.lost,
	    "chunk record is", "chunk records are", "missing from the middle "
	    "of a stream");
}

/* Our own tools should not be a load on the machine they measure. */
static void
audit_cost(struct view *v)
{
	const struct end_row *e;

	for (size_t i = 0; i < v->r->n_ends; i++) {
		e = &v->r->ends[i];
		if (e->cpu_ns > 0 && e->wall_ns > 0 &&
		    e->cpu_ns > e->wall_ns / 20)
			findings_add(&v->f, OF_RUN(WARN, "tool_cost"), 1,
			    "%s used %.0f %% of a core while it measured",
			    e->tool, 100 * (double)e->cpu_ns /
			    (double)e->wall_ns);
	}
}

static enum finding_level
level_of_note(const char *level)
{
	if (level != NULL && strcmp(level, "error") == 0)
		return FINDING_ERROR;
	return level != NULL && strcmp(level, "info") == 0 ? FINDING_INFO :
	    FINDING_WARN;
}

static void
audit_note(struct findings *fs, const struct note_row *n)
{
	struct finding f = { .level = level_of_note(n->level),
	    .code = n->code };

	if (n->at != NULL) {
		f.pair = n->at->pair;
		f.variant = n->at->variant;
		f.scenario = n->at->scenario;
	}
	findings_add(fs, &f, 1, "%s", n->message == NULL ? n->code :
	    n->message);
}

/* Why a part of the run ended is not why the run did, which went on. */
static bool
is_overtaken(const struct run *r, const struct note_row *n)
{
	return n->t_ns < r->t_resumed && (strcmp(n->code, "budget") == 0 ||
	    strcmp(n->code, "interrupted") == 0);
}

/* A worker that ended in a visit as it should have: with its model, or when a
 * load that went well was done with it. */
static bool
is_expected(const struct run *r, const struct note_row *n)
{
	bool is_in_visit = false;

	if (strcmp(n->code, "worker_exit") != 0)
		return false;
	for (const struct visit *at = r->visits; at < r->visits + r->n_visits;
	    at++) {
		if (visit_is_exit(r, at, n))
			return false;
		is_in_visit |= n->t_ns >= at->t_begin && n->t_ns < at->t_next;
	}
	return is_in_visit;
}

static void
audit_notes(struct view *v)
{
	const struct note_row *n = v->r->notes;

	for (; n < v->r->notes + v->r->n_notes; n++)
		if (!is_overtaken(v->r, n) && !is_expected(v->r, n))
			audit_note(&v->f, n);
}

static void
audit_stream(struct view *v)
{
	cJSON *o;

	if (v->r->line == NULL)
		findings_add(&v->f, OF_RUN(ERROR, "missing_run"), 1,
		    "the run record is missing: host, server and configuration "
		    "are not known");
	o = v->r->line == NULL ? NULL :
	    json_parse(v->r->line, strlen(v->r->line));
	if (json_get_bool(o, "simulated", false))
		findings_add(&v->f, OF_RUN(INFO, "simulated"), 1,
		    "the server is a simulation: the figures say nothing about "
		    "a real one");
	cJSON_Delete(o);
	if (v->requests > 0 && v->r->n_mems == 0)
		findings_add(&v->f, OF_RUN(WARN, "no_memory"), 1,
		    "no memory samples: memsample was not in the pipe or found "
		    "nothing to sample");
	audit_ends(v);
	audit_cost(v);
}

void
audit_run(struct view *v)
{
	audit_stream(v);
	if (v->r->n_requests == 0 && v->r->n_steps > 0)
		findings_add(&v->f, OF_RUN(WARN, "no_requests"), 1,
		    "the run has no requests");
	audit_copies(v);
	audit_orphans(v);
	audit_clock(v);
	audit_memory(v);
	audit_notes(v);
}

void
audit_input(struct view *v)
{
	const struct tally *n = &v->t->tally;

	add_count(v, FINDING_ERROR, "bad_lines", n->not_json, "line that is "
	    "no JSON object was", "lines that are no JSON objects were",
	    "left out");
	add_count(v, FINDING_ERROR, "bad_records", n->bad_record, "record "
	    "lacks a key or has", "records lack a key or have",
	    "one of the wrong type; left out");
	add_count(v, FINDING_ERROR, "long_lines", n->too_long, "line is",
	    "lines are", "longer than any record; left out");
	findings_add(&v->f, OF_RUN(WARN, "cut_line"), n->cut,
	    "%" PRIu64 " line%s cut off: the stream ended there, or who wrote "
	    "it was killed; the record is lost", n->cut,
	    n->cut == 1 ? " is" : "s are");
	add_count(v, FINDING_INFO, "unknown_types", n->unknown_type,
	    "record of unknown type was", "records of unknown type were",
	    "passed over");
}
