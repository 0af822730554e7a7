#include "audit.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "derive.h"
#include "summary.h"
#include "xalloc.h"

/* Pressure that is worth a word: level "warn"; tasks stalled 10 % of the time. */
#define PRESSED_MACOS 2
#define PRESSED_LINUX 1000
#define SWAP_GREW 0x1p26	/* 64 MiB */

/* A finding when our figure and the server's differ by more than this. */
#define SERVER_DIFFERS 0.1

/* Shorthand: a finding about the run as a whole. */
#define RUN(lvl, name) (&(struct finding){ .level = (lvl), .code = (name) })

static void
audit_ends(struct view *v)
{
	const struct run *r = v->r;
	const char *missing[2];
	size_t i, k, n = 0;
	uint64_t differ = 0;

	if (r->n_steps + r->n_requests > 0)
		missing[n++] = "lmsdrive";
	if (r->n_mems > 0)
		missing[n++] = "memsample";
	for (i = 0; i < n; i++) {
		for (k = 0; k < r->n_ends; k++)
			if (strcmp(r->ends[k].tool, missing[i]) == 0)
				break;
		if (k == r->n_ends)
			findings_add(&v->f, RUN(FINDING_WARN, "missing_end"),
			    1, "the stream has no end record of %s: it was "
			    "cut off, what came after is missing", missing[i]);
	}
	for (i = 0; i < r->n_ends; i++) {
		if (r->ends[i].interrupted)
			findings_add(&v->f, RUN(FINDING_WARN, "interrupted"),
			    1, "%s was interrupted: the run is incomplete",
			    r->ends[i].tool);
		differ += r->ends[i].seen.lo != r->ends[i].seen.hi;
	}
	findings_add(&v->f, RUN(FINDING_ERROR, "contradictory_records"),
	    differ, "end records of one tool differ");
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
	size_t i;

	for (i = 0; i < r->n_ends; i++) {
		if (r->ends[i].records < 0)
			return;
		said += (uint64_t)r->ends[i].records;
	}
	for (i = 0; i < RECORD_UNKNOWN; i++)
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
count_seen(const struct seen *s, uint64_t *repeated, uint64_t *differ)
{
	if (s->n > 1 && s->lo == s->hi)
		*repeated += s->n - 1;
	*differ += s->n > 1 && s->lo != s->hi;
}

static void
audit_copies(struct view *v)
{
	const struct run *r = v->r;
	uint64_t repeated = r->repeated, differ = 0;
	size_t i;

	if (r->seen.lo != r->seen.hi)
		findings_add(&v->f, RUN(FINDING_ERROR, "mixed_runs"), 1,
		    "%" PRIu64 " different run records have this run id: "
		    "records of different runs are mixed", r->seen.n);
	else if (r->seen.n > 1)
		repeated += r->seen.n - 1;
	for (i = 0; i < r->n_steps; i++)
		count_seen(&r->steps[i].seen, &repeated, &differ);
	for (i = 0; i < r->n_spans; i++) {
		count_seen(&r->spans[i].begin, &repeated, &differ);
		count_seen(&r->spans[i].end, &repeated, &differ);
	}
	for (i = 0; i < r->n_ends; i++)
		if (r->ends[i].seen.lo == r->ends[i].seen.hi)
			repeated += r->ends[i].seen.n - 1;
	for (i = 0; i < r->n_requests; i++) {
		count_seen(&r->requests[i].sent, &repeated, &differ);
		count_seen(&r->requests[i].done, &repeated, &differ);
		repeated += (uint64_t)r->requests[i].d.repeated;
		differ += (uint64_t)r->requests[i].d.contradictory;
	}
	audit_total(v, repeated);
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
	size_t i;

	for (i = 0; i < r->n_requests; i++) {
		no_request += r->requests[i].sent.n == 0;
		no_step += r->requests[i].sent.n > 0 &&
		    r->requests[i].at == NULL;
		no_response += r->requests[i].sent.n > 0 &&
		    r->requests[i].done.n == 0;
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
	uint64_t backwards = 0, lost = 0;
	size_t i;

	for (i = 0; i < r->n_requests; i++) {
		if (r->requests[i].t_sent != -1)
			backwards += (uint64_t)r->requests[i].d.backwards;
		lost += (uint64_t)r->requests[i].d.lost;
	}
	for (i = 0; i < r->n_spans; i++)
		backwards += r->spans[i].t_end != -1 &&
		    r->spans[i].t_end < r->spans[i].t_begin;
	findings_add(&v->f, RUN(FINDING_ERROR, "clock_backwards"), backwards,
	    "%" PRIu64 " times something ended before it began; those "
	    "intervals were not measured", backwards);
	findings_add(&v->f, RUN(FINDING_ERROR, "lost_chunks"), lost,
	    "%" PRIu64 " chunk records are missing from the middle of a "
	    "stream", lost);
}

/* Did the machine run short of memory while it was measured? */
static void
audit_pressure(struct view *v)
{
	const struct mem_row *m = v->r->mems;
	double first = NAN, most = NAN, own = 0, limit;
	uint64_t pressed = 0;
	size_t i;

	for (i = 0; i < v->r->n_mems; i++) {
		if (isnan(first))
			first = m[i].sys_swap;
		if (!(m[i].sys_swap <= most) && !isnan(m[i].sys_swap))
			most = m[i].sys_swap;
		if (m[i].v[C_SWAP] > own)
			own = m[i].v[C_SWAP];
		limit = isnan(m[i].v[C_FOOTPRINT]) ? PRESSED_LINUX :
		    PRESSED_MACOS;
		pressed += m[i].sys_pressure >= limit;
	}
	findings_add(&v->f, RUN(FINDING_WARN, "swapped"), own > 0, "up to %.0f "
	    "MiB of the server were swapped out: times and memory are those of "
	    "a machine that is too small", own / 0x1p20);
	findings_add(&v->f, RUN(FINDING_WARN, "swap_grew"),
	    most - first > SWAP_GREW, "the machine's swap grew by %.0f MiB "
	    "during the run", (most - first) / 0x1p20);
	findings_add(&v->f, RUN(FINDING_WARN, "memory_pressure"), pressed,
	    "the system reported memory pressure in %" PRIu64 " samples",
	    pressed);
}

static void
audit_memory(struct view *v)
{
	const struct run *r = v->r;
	double missed = 0;
	size_t i;

	audit_pressure(v);
	for (i = 0; i < r->n_mems; i++)
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
	size_t i;

	for (i = 0; i < v->r->n_ends; i++) {
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

void
audit_note(struct findings *fs, const struct note_row *n,
    const struct step_row *at)
{
	struct finding f = { .level = level_of_note(n->level),
	    .code = n->code };

	if (at != NULL) {
		f.pair = at->pair;
		f.variant = at->variant;
		f.scenario = at->scenario;
	}
	findings_add(fs, &f, 1, "%s", n->message == NULL ? n->code :
	    n->message);
}

static void
audit_notes(struct view *v)
{
	const struct note_row *n;
	size_t i;

	for (i = 0; i < v->r->n_notes; i++) {
		n = &v->r->notes[i];
		audit_note(&v->f, n, n->step == -1 ? NULL :
		    link_step(v->r, n->step));
	}
}

void
audit_stream(struct view *v, bool has_memory)
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
	if (v->requests > 0 && !has_memory)
		findings_add(&v->f, RUN(FINDING_WARN, "no_memory"), 1,
		    "no memory samples: memsample was not in the pipe or found "
		    "nothing to sample");
	audit_ends(v);
	audit_cost(v);
}

void
audit_run(struct view *v)
{
	audit_stream(v, v->r->n_mems > 0);
	if (v->r->n_requests == 0 && v->r->n_steps > 0)
		findings_add(&v->f, RUN(FINDING_WARN, "no_requests"), 1,
		    "the run has no requests");
	audit_copies(v);
	audit_orphans(v);
	audit_clock(v);
	audit_memory(v);
	audit_notes(v);
}

/* ---- requests --------------------------------------------------------- */

enum { CHUNKS_LIE, ONE_BURST, COALESCED, LATE, FAILED, GOOD, N_COUNTS };

static void
count_request(const struct request_row *q, uint64_t n[N_COUNTS])
{
	if (q->done.n == 0)
		return;
	if (!derive_is_good(q)) {
		n[FAILED] += q->status != STATUS_SKIPPED &&
		    q->status != STATUS_CANCELLED;
		return;
	}
	n[GOOD]++;
	n[CHUNKS_LIE] += q->chunks_said >= 0 &&
	    q->chunks_said != q->d.token_chunks;
	n[ONE_BURST] += q->completion_tokens >= 2 && q->d.token_chunks > 0 &&
	    q->d.t_first_token == q->d.t_last_token;
	n[COALESCED] += q->d.coalesced * 2 > q->d.token_chunks;
	n[LATE] += q->d.late > 0;
}

static void
audit_counts(struct view *v, struct finding f, const uint64_t n[N_COUNTS])
{
	f.level = n[GOOD] == 0 ? FINDING_ERROR : FINDING_WARN;
	f.code = n[GOOD] == 0 ? "all_failed" : "failed_requests";
	findings_add(&v->f, &f, n[FAILED], "%" PRIu64 " of %" PRIu64
	    " requests failed", n[FAILED], n[FAILED] + n[GOOD]);
	f.level = FINDING_ERROR;
	f.code = "chunk_count";
	findings_add(&v->f, &f, n[CHUNKS_LIE], "%" PRIu64 " requests have "
	    "another number of token chunks than their response says: records "
	    "are missing", n[CHUNKS_LIE]);
	f.level = FINDING_WARN;
	f.code = "one_burst";
	findings_add(&v->f, &f, n[ONE_BURST], "%" PRIu64 " answers came in one "
	    "piece: decode speed and gaps cannot be measured", n[ONE_BURST]);
	f.code = "coalesced_chunks";
	findings_add(&v->f, &f, n[COALESCED], "in %" PRIu64 " requests most "
	    "chunks came several to a read: gaps are those of the network",
	    n[COALESCED]);
	f.level = n[LATE] * 10 > n[GOOD] ? FINDING_WARN : FINDING_INFO;
	f.code = "late_reads";
	findings_add(&v->f, &f, n[LATE], "in %" PRIu64 " requests our own "
	    "reader was over a millisecond late", n[LATE]);
}

/* Median of ours and of the server's, over requests that have both. */
static void
audit_server(struct view *v, struct finding f, const struct group *g,
    enum metric m)
{
	double *d = xreallocarray(NULL, g->n + 1, sizeof(*d)), ours, theirs;
	struct summary s;
	size_t i, n = 0;

	for (i = 0; i < g->n; i++) {
		ours = g->q[i]->d.v[m];
		theirs = g->q[i]->d.server[m];
		if (group_counts(g->q[i]) && !isnan(ours) && theirs > 0)
			d[n++] = (ours - theirs) / theirs;
	}
	s = summary_of(d, n);
	free(d);
	if (s.n == 0 || fabs(s.p50) <= SERVER_DIFFERS)
		return;
	f.level = FINDING_WARN;
	f.code = m == M_TTFT ? "server_ttft_differs" : "server_rate_differs";
	findings_add(&v->f, &f, s.n, "our %s is %+.1f %% off the server's own "
	    "figure (median of %zu requests)", metric_name(m), 100 * s.p50,
	    s.n);
}

/* The first request that counts, against the others of its group. */
static void
audit_first(struct view *v, struct finding f, const struct group *g)
{
	double *x = xreallocarray(NULL, g->n + 1, sizeof(*x));
	size_t i, n = 0;

	for (i = 0; i < g->n; i++)
		if (group_counts(g->q[i]))
			x[n++] = g->q[i]->d.v[M_TTFT];
	f.level = FINDING_INFO;
	f.code = "first_slower";
	if (summary_first_slower(x, n))
		findings_add(&v->f, &f, 1, "the first request took longer to its "
		    "first token (%.3g s) than the others; only what the plan "
		    "marks as warm-up is left out", x[0]);
	free(x);
}

void
audit_requests(struct view *v)
{
	const struct group *g;
	uint64_t n[N_COUNTS];
	struct finding f;
	size_t i, k;

	for (i = 0; i < v->g.n_groups; i++) {
		g = &v->g.groups[i];
		memset(n, 0, sizeof(n));
		for (k = 0; k < g->n; k++)
			count_request(g->q[k], n);
		f = (struct finding){ .pair = g->pair, .variant = g->variant,
		    .scenario = g->scenario };
		audit_counts(v, f, n);
		audit_server(v, f, g, M_TTFT);
		audit_server(v, f, g, M_DECODE_TPS);
		audit_first(v, f, g);
	}
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
	    "the last line of %" PRIu64 " inputs is incomplete", n->cut);
	findings_add(&v->f, RUN(FINDING_INFO, "unknown_types"),
	    n->unknown_type, "%" PRIu64 " records of unknown type were passed "
	    "over", n->unknown_type);
}
