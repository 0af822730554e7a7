#include "audit.h"
#include "holding.h"
#include "others.h"
#include "pressure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define SWAP_GREW 0x1p26	/* 64 MiB */

/* Shorthand: a finding about the run as a whole. */
#define RUN(lvl, name) (&(struct finding){ .level = (lvl), .code = (name) })

static void
audit_ends(struct view *v)
{
	const struct run *r = v->r;
	const char *missing[2];
	size_t k, n = 0;

	if (r->n_steps + r->n_requests > 0)
		missing[n++] = "lmsdrive";
	if (r->n_mems > 0)
		missing[n++] = "memsample";
	for (size_t i = 0; i < n; i++) {
		for (k = 0; k < r->n_ends; k++)
			if (strcmp(r->ends[k].tool, missing[i]) == 0)
				break;
		if (k == r->n_ends)
			findings_add(&v->f, RUN(FINDING_WARN, "missing_end"),
			    1, "the stream has no end record of %s: it was "
			    "cut off, what came after is missing", missing[i]);
	}
	for (size_t i = 0; i < r->n_ends; i++) {
		if (r->ends[i].interrupted)
			findings_add(&v->f, RUN(FINDING_WARN, "interrupted"),
			    1, "%s was interrupted: the run is incomplete",
			    r->ends[i].tool);
	}
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
	if (r->n_ends < (r->n_steps > 0 && r->n_mems > 0 ? 2u : 1u) ||
	    seen - repeated >= said)
		return;
	findings_add(&v->f, RUN(FINDING_ERROR, "lost_records"),
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
		findings_add(&v->f, RUN(FINDING_ERROR, "mixed_runs"), 1,
		    "%u different run records have this run id: "
		    "records of different runs are mixed", r->n_begins);
	else
		findings_add(&v->f, RUN(FINDING_INFO, "resumed"),
		    r->n_begins > 1 ? r->n_begins - 1 : 0, "the run was broken off "
		    "and resumed; what happened between is not known");
	for (size_t i = 0; i < r->n_requests; i++) {
		differ += r->requests[i].sent_differs;
		differ += r->requests[i].done_differs;
	}
	audit_total(v, repeated);
	findings_add(&v->f, RUN(FINDING_INFO, "reused_number"), r->reused,
	    "%" PRIu64 " request%s had the number of one that a kill had cut: "
	    "they were told apart by when they were sent", r->reused,
	    FINDINGS_S(r->reused));
	findings_add(&v->f, RUN(FINDING_WARN, "repeated_records"), repeated,
	    "%" PRIu64 " records occur more than once; each was counted once",
	    repeated);
	findings_add(&v->f, RUN(FINDING_ERROR, "contradictory_records"),
	    differ, "%" PRIu64 " records with the same identity differ: files "
	    "of different runs were mixed, or records were changed", differ);
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
	findings_add(&v->f, RUN(FINDING_ERROR, "orphan_records"), no_request,
	    "chunks or responses of %" PRIu64 " requests whose request record "
	    "is missing; they were left out", no_request);
	findings_add(&v->f, RUN(FINDING_ERROR, "missing_step"), no_step,
	    "%" PRIu64 " requests whose step record is missing; they were left "
	    "out", no_step);
	findings_add(&v->f, RUN(FINDING_WARN, "cut_request"), no_response,
	    "%" PRIu64 " requests without a response record: the stream was cut "
	    "while they ran", no_response);
}

static void
audit_clock(struct view *v)
{
	const struct run *r = v->r;
	uint64_t backwards = r->faults.backwards, lost = r->faults.lost;

	for (size_t i = 0; i < r->n_spans; i++)
		backwards += r->spans[i].t_end != -1 &&
		    r->spans[i].t_end < r->spans[i].t_begin;
	findings_add(&v->f, RUN(FINDING_ERROR, "clock_backwards"), backwards,
	    "%" PRIu64 " times something ended before it began; those "
	    "intervals were not measured", backwards);
	findings_add(&v->f, RUN(FINDING_ERROR, "lost_chunks"), lost,
	    "%" PRIu64 " chunk records are missing from the middle of a "
	    "stream", lost);
}

static void
swapped(struct view *v, struct finding f, const struct mem_list *own)
{
	double most = 0;

	for (size_t i = 0; i < own->n; i++)
		if (own->v[i].v[C_SWAP] > most)
			most = own->v[i].v[C_SWAP];
	f.level = FINDING_WARN;
	f.code = "swapped";
	findings_add(&v->f, &f, most > 0, "up to %.0f MiB of the server were "
	    "swapped out: times and memory are those of a machine that is too "
	    "small", most / 0x1p20);
}

/* Which server was swapped out?  Where there are several, each variant's. */
static void
audit_swapped(struct view *v)
{
	const struct variant *va = v->g.variants;
	const struct mem_list *own;
	const struct visit *at;

	if (v->r->n_servers == 0) {
		swapped(v, (struct finding){ .count = 0 }, &v->r->all);
		return;
	}
	for (; va < v->g.variants + v->g.n_variants; va++) {
		own = NULL;
		for (at = v->r->visits; at < v->r->visits + v->r->n_visits;
		    at++) {
			if (at->pair != va->pair ||
			    at->variant != va->variant || at->mem == own)
				continue;
			own = at->mem;
			swapped(v, (struct finding){ .pair = va->pair,
			    .variant = va->variant }, own);
		}
	}
}

/* Did the machine run short of memory while it was measured? */
static void
audit_pressure(struct view *v)
{
	const struct mem_row *m = v->r->mems;
	struct pressure p = PRESSURE_INIT;
	double first = NAN, most = NAN;

	for (size_t i = 0; i < v->r->n_mems; i++) {
		if (isnan(first))
			first = m[i].sys_swap;
		if (!(m[i].sys_swap <= most) && !isnan(m[i].sys_swap))
			most = m[i].sys_swap;
		pressure_add(&p, &m[i], &m[i], NAN);
	}
	findings_add(&v->f, RUN(FINDING_WARN, "swap_grew"),
	    most - first > SWAP_GREW, "the machine's swap grew by %.0f MiB "
	    "during the run", (most - first) / 0x1p20);
	findings_add(&v->f, RUN(FINDING_WARN, "memory_pressure"), p.pressed,
	    "the system reported memory pressure in %" PRIu64 " samples",
	    p.pressed);
}

/* Memory that is not, or not only, that of the variant. */
static void
audit_whose_memory(struct view *v)
{
	const struct variant *va = v->g.variants;

	findings_add(&v->f, RUN(FINDING_WARN, "memory_summed"),
	    v->r->is_summed, "every sample is the sum over the servers of all "
	    "variants: no variant's memory is known, none is compared; record "
	    "again with this memsample, which tells them apart");
	for (; va < v->g.variants + v->g.n_variants; va++) {
		struct finding f = { .level = FINDING_WARN,
		    .code = "memory_elsewhere", .pair = va->pair,
		    .variant = va->variant };
		struct finding shared = { .level = FINDING_WARN,
		    .code = "memory_shared", .pair = va->pair,
		    .variant = va->variant };

		findings_add(&v->f, &shared, holding_is_shared(v->r, va),
		    "its server held another variant at the same time (order: "
		    "{reload: false}): whose memory a sample is, nobody can "
		    "tell, so memory is not compared; give each variant a "
		    "server of its own, or reload");
		if (!v->r->is_summed && holding_is_elsewhere(v->r, va))
			findings_add(&v->f, &f, 1, "the processes sampled held "
			    "at most %.0f MiB of a model of %.0f MiB: the "
			    "owner of the port does not hold the model (a "
			    "proxy, a container?), so memory is not compared; "
			    "name the engine in server.url or "
			    "server.memory.process",
			    holding_most(v->r, va) / 0x1p20,
			    (double)va->info->size_bytes / 0x1p20);
	}
}

/* Programs that were at work beside the server. */
static void
audit_others(struct view *v)
{
	const struct variant *va = v->g.variants;
	const struct visit *at;
	double cores, most;
	uint64_t seen, felt;

	for (; va < v->g.variants + v->g.n_variants; va++) {
		struct finding f = { .level = FINDING_WARN,
		    .code = "others_busy", .pair = va->pair,
		    .variant = va->variant };

		seen = felt = 0;
		most = 0;
		for (at = v->r->visits; at < v->r->visits + v->r->n_visits;
		    at++) {
			if (at->pair != va->pair || at->variant != va->variant)
				continue;
			cores = others_cores(v->r, at);
			seen += isnan(cores) ? 0u : 1u;
			felt += others_are_felt(v->r, cores);
			most = fmax(most, cores);
		}
		findings_add(&v->f, &f, felt, "other programs kept up to %.1f "
		    "cores busy in %" PRIu64 " of %" PRIu64 " visits: its "
		    "times may be theirs", most, felt, seen);
	}
}

static void
audit_memory(struct view *v)
{
	const struct run *r = v->r;
	double missed = 0;

	audit_swapped(v);
	audit_pressure(v);
	audit_whose_memory(v);
	audit_others(v);
	for (size_t i = 0; i < r->n_mems; i++)
		missed += r->mems[i].missed > 0 ? (double)r->mems[i].missed : 0;
	if (missed > 0.01 * (double)r->n_mems)
		findings_add(&v->f, RUN(FINDING_WARN, "missed_samples"),
		    (uint64_t)missed, "memsample lost %.0f ticks beside %zu "
		    "samples: short peaks may be missing", missed, r->n_mems);
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
			findings_add(&v->f, RUN(FINDING_WARN, "tool_cost"), 1,
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

static void
audit_notes(struct view *v)
{
	const struct note_row *n;

	for (size_t i = 0; i < v->r->n_notes; i++) {
		n = &v->r->notes[i];
		if (is_overtaken(v->r, n))
			continue;
		audit_note(&v->f, n);
	}
}

static void
audit_stream(struct view *v)
{
	cJSON *o;

	if (v->r->line == NULL)
		findings_add(&v->f, RUN(FINDING_ERROR, "missing_run"), 1,
		    "the run record is missing: host, server and configuration "
		    "are not known");
	o = v->r->line == NULL ? NULL :
	    json_parse(v->r->line, strlen(v->r->line));
	if (json_get_bool(o, "simulated", false))
		findings_add(&v->f, RUN(FINDING_INFO, "simulated"), 1,
		    "the server is a simulation: the figures say nothing about "
		    "a real one");
	cJSON_Delete(o);
	if (v->requests > 0 && v->r->n_mems == 0)
		findings_add(&v->f, RUN(FINDING_WARN, "no_memory"), 1,
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
		findings_add(&v->f, RUN(FINDING_WARN, "no_requests"), 1,
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

	findings_add(&v->f, RUN(FINDING_ERROR, "bad_lines"), n->not_json,
	    "%" PRIu64 " lines are not JSON objects; they were left out",
	    n->not_json);
	findings_add(&v->f, RUN(FINDING_ERROR, "bad_records"), n->bad_record,
	    "%" PRIu64 " records lack a key or have one of the wrong type; they "
	    "were left out", n->bad_record);
	findings_add(&v->f, RUN(FINDING_ERROR, "long_lines"), n->too_long,
	    "%" PRIu64 " lines are too long to be records; they were left out",
	    n->too_long);
	findings_add(&v->f, RUN(FINDING_WARN, "cut_line"), n->cut,
	    "%" PRIu64 " line%s cut off: the stream ended there, or who wrote "
	    "it was killed; the record is lost", n->cut,
	    n->cut == 1 ? " is" : "s are");
	findings_add(&v->f, RUN(FINDING_INFO, "unknown_types"),
	    n->unknown_type, "%" PRIu64 " records of unknown type were passed "
	    "over", n->unknown_type);
}
