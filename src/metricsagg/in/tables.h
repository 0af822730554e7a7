#ifndef LMG_METRICSAGG_IN_TABLES_H
#define LMG_METRICSAGG_IN_TABLES_H

/*
 * What was read, by run: steps, spans (load, unload, idle), requests with
 * their chunks, memory samples, notes, ends.  Records arrive in any order and
 * perhaps twice; the tables depend on the set of records alone.
 *
 * "Not measured" is -1 for counts and instants, NAN for doubles, NULL for
 * texts.  Texts are interned (names.h): equal texts are one pointer.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunk.h"
#include "fastscan.h"
#include "metric.h"
#include "names.h"
#include "raw.h"
#include "words.h"

/* A line among those of one identity.  Of several that differ the one with the
 * smallest digest counts, whatever the order. */
enum seen {
	SEEN_COPY,
	SEEN_FIRST,
	SEEN_RATHER,	/* this one counts, not the one before */
	SEEN_NOT	/* the one before still counts */
};

struct run;
/* What the line of this digest is; *kept is that of the one that counts. */
enum seen seen_take(struct run *r, uint64_t *kept, bool is_first,
    uint64_t digest);

/* Was a line of this digest told of before?  If not, it is from now on. */
bool seen_line(struct run *r, uint64_t digest);

/* Steps differ in little but their number: what they share is kept once. */
struct step_row {
	int64_t step;
	const struct raw_step *is;	/* interned; step and rep are -1 */
	uint64_t digest;
	int32_t rep;
	bool differs;			/* another does in what it is */
};

/* A begin or end record of a load, unload or idle. */
struct span_event {
	enum record_type op;		/* RECORD_LOAD, _UNLOAD or _IDLE */
	bool is_end;
	int64_t step, t_ns;
	uint64_t digest;
	struct raw_span info;
};

/* A load, unload or idle, from its begin to its end; made by link.h.  A run
 * that was resumed may have several of one step. */
struct span_row {
	enum record_type op;		/* RECORD_LOAD, _UNLOAD or _IDLE */
	int64_t step;
	const struct raw_step *at;	/* or NULL */
	int64_t t_begin, t_end;		/* -1: not seen */
	struct raw_span info;		/* of its end, once it was seen */
};

/* Why a request has no rate; see derive.h. */
enum rate_doubt {
	RATE_IS_FINE, RATE_UNRESOLVED, RATE_IMPLAUSIBLE
};

/* What a request amounts to, beside its metrics. */
enum {
	V_SERVER_PREFILL = M_OF_REQUEST,	/* by the server's own time */
	V_LAG1,			/* of the gaps, see uneven.h */
	V_SERVER_TTFT, V_SERVER_TPS,	/* the server's own */
	V_COUNT
};
#define V_BITS 29
#define TOLD_BITS 21
_Static_assert((int)V_COUNT <= V_BITS && (int)M_COMPLETION_TOKENS < TOLD_BITS,
    "a bit for each in struct derived");

/* The same, kept; filled by derive.h. */
struct derived {
	double *v;		/* the gaps; then the values, but those that
				   the row tells anyhow, see request_v() */
	int64_t t_first_token, t_last_token, t_last;
	uint32_t n_gaps;
	int32_t token_chunks;
	int32_t bursts;		/* in how many the tokens came */
	int32_t rep;		/* which of its kind: its step's */
	uint32_t has : V_BITS;	/* which values were measured, by bit */
	enum rate_doubt doubt : 2;
	bool has_whole_rate : 1;	/* decode_tps is of nearly all tokens
					   behind the first */
	uint32_t told : TOLD_BITS;	/* of them those that the row tells */
	bool is_coalesced : 1;	/* most chunks came several to a packet */
	bool is_late : 1;	/* our own reader was, once or more */
	bool has_unsure : 1;	/* token chunks without an instant */
	bool is_unsure : 1;	/* figures are left out for that */
	bool is_bursty : 1;	/* of several chunks each; the gaps are
				   those between bursts, then */
	bool prefill_from_events : 1;
	bool is_prefill_cached : 1;	/* all but a few tokens: no rate */
	bool is_miscached : 1;	/* cold and cached, or warm and not: no
				   time to the first token */
	bool is_evicted : 1;	/* its model was not in memory: the same */
	bool lacks_chunks : 1;	/* there are not as many as the response says */
};

/* What was wrong with chunks. */
struct chunk_faults {
	uint64_t lost, repeated, contradictory, backwards;
};

/* What many requests have in common, and answers: each kept once (names.h). */
struct request_asked {
	const char *cache, *domain, *sampling;
	int32_t target_tokens, turn, concurrency, warmup;
};

struct request_answered {
	const char *tokens_from, *check, *choices, *call, *call_at,
	    *words;
	int32_t draft_tokens, accepted_tokens;
};

/*
 * There is one for each request, and there may be a million: counts of tokens
 * and the like take 32 bits, and what was read gives way to what it amounts to.
 */
struct request_row {
	int64_t req, step, t_sent, t_done;
	const char *prompt;
	const struct request_asked *asked;
	const struct request_answered *answered;
	uint64_t prompt_key, output_sha256;	/* names_id() */
	int32_t prompt_tokens, completion_tokens, reasoning_tokens,
	    cached_tokens, chunks_said;
	enum response_status status : 8;
	bool is_sent : 1, is_done : 1;	/* its records were seen, */
	bool sent_differs : 1, done_differs : 1;	/* of several kinds */
	bool is_decided : 1;		/* skipped: not needed any more */
	bool has_load : 1;		/* the server says so */
	union {
		struct {		/* until link.h */
			int64_t scheduled_ns, first_byte;
			struct chunk_list chunks;
			double server_ttft_s, server_tps, server_prefill_s;
			uint64_t sent_digest, done_digest;
		};
		struct {		/* by it */
			const struct raw_step *at;	/* or NULL */
			const struct visit *visit;	/* or NULL */
			struct derived d;
		};
	};
};

_Static_assert(sizeof(struct request_row) <= 168, "a million are 168 MB");

struct mem_row {
	int64_t t_ns;
	int64_t port;			/* of the one server it is of */
	int64_t n_procs;		/* -1: not told */
	double v[C_COUNT];		/* bytes */
	double others_ns;		/* CPU time of all processes but the
					   tree's, since some start */
	double sys_swap;		/* bytes, whole machine */
	double sys_pressure;		/* macOS: 1, 2, 4; Linux: per cent */
	int64_t late_ns, missed;
};

/* Samples of the processes of one server; in time order once linked. */
struct mem_list {
	int64_t port;
	struct mem_row *v;
	size_t n, cap;
};

/* One reading of one counter. */
struct energy_row {
	enum energy_counter counter;
	int64_t t_ns;			/* when it was read */
	int64_t nj;			/* nanojoules since some start */
};

struct proc_row {
	PROC_MEMBERS(RAW_MEMBER)
	int64_t t_ns;
	uint64_t digest;
};

struct note_row {
	NOTE_MEMBERS(RAW_MEMBER)
	const struct raw_step *at;	/* by link.h; or NULL */
	int64_t t_ns;
	uint64_t digest;
};

struct end_row {			/* link.h leaves one per tool */
	END_MEMBERS_RAW(RAW_MEMBER, RAW_PART)
	uint64_t digest;
	int64_t t_ns;
};

struct run {
	const char *id;
	size_t id_len;
	uint64_t digest, identity;	/* of its run records: several, */
	uint32_t n_begins;		/* when it was resumed */
	bool is_mixed;			/* they are not of one run */
	int64_t t_resumed;		/* of the last of them */
	char *line;			/* text of the first, heap; or NULL */
	const char *wall;		/* of that */
	uint64_t line_digest;
	struct idmap digests;		/* of lines, but chunk, mem, and those
					   that a row has (struct seen) */
	uint64_t copies;		/* of those, dropped */
	bool is_refused;		/* an unknown version */
	bool is_derived;		/* link.h: the requests are */
	int64_t t_last;			/* the latest instant of any record */
	uint64_t of_type[RECORD_UNKNOWN + 1];

	struct step_row *steps;		/* link.h leaves those unlike the one
					   before */
	struct span_event *events;
	struct span_row *spans;		/* filled by link.h */
	struct request_row *requests;
	struct mem_row *mems;		/* of all servers together */
	struct mem_list *servers;	/* of each, where several were told */
	struct mem_list all;		/* link.h: mems */
	bool is_tested[M_OF_REQUEST];	/* link.h: the headline */
	unsigned n_tested;
	bool is_summed;			/* link.h: several, and not told */
	double room;			/* the least that the servers could
					   have had, bytes; NAN: not told */
	struct energy_row *readings;
	struct proc_row *procs;
	struct note_row *notes;
	struct end_row *ends;
	size_t n_steps, n_events, n_spans, n_requests, n_mems, n_servers,
	    n_readings, n_procs, n_notes, n_ends;
	size_t cap_steps, cap_events, cap_spans, cap_requests, cap_mems,
	    cap_servers, cap_readings, cap_procs, cap_notes, cap_ends;
	struct idmap step_at, request_at;
	struct idmap again;		/* from a row of requests to another
					   of its number */
	int64_t answered, failed, skipped;	/* so far, for live/ */
	size_t last_request;		/* most chunks follow their like */

	struct visit *visits;		/* filled by link.h, in time order */
	struct request_row **in_visit;	/* by visit, then by t_sent */
	struct chunk_faults faults;	/* of all requests */
	uint64_t repeated;	/* copies of samples, dropped by link.h */
	uint64_t reused;		/* requests that had another's number */
	uint64_t contradictory;		/* begins or ends of one instant, */
	uint64_t steps_differ;		/* and steps of one number */
	size_t n_visits;
};

/* Lines that belong to no run, by what is wrong with them. */
struct tally {
	uint64_t lines, bytes, not_json, bad_record, too_long, cut,
	    unknown_type, metrics;
};

enum { TEXTS_FEW = 500 };

struct tables {
	struct names *names;
	bool keeps_texts;		/* of prompt keys and outputs; else of
					   at most TEXTS_FEW requests */
	struct fastscan fast;
	struct run **runs;
	size_t n_runs, cap_runs;
	struct idmap run_at;		/* by address of the interned id */
	struct run *last_run;
	double level;			/* the last number that was a level, */
	const char *level_text;		/* and its text (group.h) */
	struct tally tally;
};

void tables_init(struct tables *t);
void tables_fini(struct tables *t);

/* The run of that id; created when new. */
struct run *tables_run(struct tables *t, const char *id, size_t len);

/* Value i of a derived one, a metric or one of the above; NAN: not measured. */
double request_v(const struct request_row *q, unsigned i);
/* Let that of i be v. */
void request_set_v(struct request_row *q, unsigned i, double v);
/* All of them, of one that has its gaps; NAN: not measured. */
void request_keep(struct request_row *q, const double v[V_COUNT]);
/* The n_gaps gaps between token chunks in seconds, sorted; there is one. */
const double *request_gaps(const struct request_row *q);

/* The row of that number, created when new; valid until the next call. */
struct step_row *tables_step(struct run *r, int64_t step);
struct request_row *tables_request(struct run *r, int64_t req);

/*
 * The row of the request of that number that was sent then.  Resuming gave a
 * number twice once; the row above has the chunks and the responses of all,
 * until link.h parts them.
 */
struct request_row *tables_request_at(struct run *r, int64_t req,
    int64_t t_sent);

/* Another row of the number of q, or NULL. */
struct request_row *tables_again(const struct run *r,
    const struct request_row *q);

/* What the tool wrote at its end (NULL: any), since r was last resumed; or
 * NULL. */
const struct end_row *tables_end_of(const struct run *r, const char *tool);

/* Has every tool that wrote to the stream ended? */
bool tables_is_complete(const struct run *r);

/* A count or an instant of the tables as a number; NAN: not measured. */
double tables_known(int64_t n);

/* Is this a response whose figures count?  (ok or truncated) */
bool tables_is_good(const struct request_row *q);

/* Was it tried, as far as is known?  Skipped and cancelled requests were not:
 * they are counted apart, not among the requests, and not as failed. */
bool tables_was_tried(const struct request_row *q);

/* The first memory sample not before t_ns, once they are sorted (link.h). */
size_t tables_mem_at(const struct mem_list *l, int64_t t_ns);

/* The highest of a counter from one instant to before another; NAN: none. */
double tables_mem_peak(const struct mem_list *l, int64_t from, int64_t to,
    enum counter c);

/* The samples of the server on port, created when new; NULL: not there. */
struct mem_list *tables_server(struct run *r, int64_t port);
const struct mem_list *tables_find_server(const struct run *r, int64_t port);

/* As they come in: the newest of the server of a step, of all together where
 * they are not told apart, or at is NULL; NULL: none yet. */
const struct mem_row *tables_newest_sample(const struct run *r,
    const struct raw_step *at);
void tables_add_sample(struct mem_list *l, const struct mem_row *m);

/* A new row at the end. */
struct mem_row *tables_mem(struct run *r);
struct energy_row *tables_reading(struct run *r);
struct proc_row *tables_proc(struct run *r);
struct note_row *tables_note(struct run *r);
struct span_event *tables_event(struct run *r);
struct end_row *tables_end(struct run *r);

/* Add one chunk record. */
void tables_chunk(struct tables *t, const struct chunk_event *e);

#endif
