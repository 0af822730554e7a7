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

/*
 * How often a record of one identity was seen, not counting copies.  When they
 * differ in what must be equal it is a contradiction; the one with the
 * smallest digest counts, whatever the order.
 */
struct seen {
	uint64_t kept;		/* digest of the line whose content counts */
	uint32_t identity;	/* of what must be equal, in the first */
	uint32_t n : 31, differs : 1;
};

struct run;
/*
 * Count a line of r with this digest, and with this digest of what must be
 * equal; true when its content is to be kept.
 */
bool seen_take(struct run *r, struct seen *s, uint64_t digest,
    uint64_t identity);

/* Was a line of this digest told of before?  If not, it is from now on. */
bool seen_line(struct run *r, uint64_t digest);

/* Steps differ in little but their number: what they share is kept once. */
struct step_row {
	int64_t step;
	int64_t rep;
	const struct raw_step *is;	/* interned; step and rep are -1 */
	struct seen seen;
};

enum span_op { SPAN_LOAD, SPAN_UNLOAD, SPAN_IDLE };

/* A begin or end record of a load, unload or idle. */
struct span_event {
	enum span_op op;
	bool is_end;
	int64_t step, t_ns;
	uint64_t digest;
	const char *status;
	struct raw_span info;		/* what the server said at the end
					   of a load */
	double server_load_s;
	bool is_timed;			/* something was loaded */
};

/* A load, unload or idle, from its begin to its end; made by link.h.  A run
 * that was resumed may have several of one step. */
struct span_row {
	enum span_op op;
	int64_t step;
	int64_t t_begin, t_end;		/* -1: not seen */
	const char *status;
	struct raw_span info;		/* loads */
	double server_load_s;
	bool is_timed;			/* something was loaded */
};

/* Why a request has no rate; see derive.h. */
enum rate_doubt {
	RATE_IS_FINE, RATE_UNRESOLVED, RATE_IMPLAUSIBLE
};

/* What a request amounts to, beside its metrics. */
enum {
	V_SERVER_PREFILL = M_OF_REQUEST,	/* by the server's own time */
	V_LAG1,			/* of the gaps, see uneven.h */
	V_RATE_SHARE,		/* of the tokens behind the first, in
				   decode_tps */
	V_STALL_LEAST,		/* while it is derived: a gap that is not
				   known was so long at least */
	V_COUNT
};
_Static_assert(V_COUNT <= 32, "a bit for each in struct derived");

/* The same, kept; filled by derive.h. */
struct derived {
	uint32_t has;		/* which are in v, by bit */
	uint32_t n_gaps;
	double *v;		/* those that were measured, see derived_v() */
	double *gap_s;		/* between token chunks, sorted */
	int64_t t_first_token, t_last_token, t_last;
	int32_t token_chunks, coalesced, late;
	int32_t unsure;		/* token chunks without an instant */
	int32_t bursts;		/* in how many the tokens came */
	uint32_t lost, repeated, contradictory, backwards;	/* chunks */
	enum rate_doubt doubt;
	bool is_unsure;		/* figures are left out for that */
	bool is_bursty;		/* of several chunks each; the gaps are
				   those between bursts, then */
	bool prefill_from_events;
	bool is_prefill_cached;	/* all but a few tokens: no rate */
	bool is_miscached;	/* cold and cached, or warm and not: no
				   time to the first token */
	bool is_evicted;	/* its model was not in memory: the same */
};

/* Value i, a metric or one of the above; NAN: not measured. */
double derived_v(const struct derived *d, unsigned i);
/* Let that of i be v. */
void derived_set(struct derived *d, unsigned i, double v);
void derived_fini(struct derived *d);

/*
 * There is one for each request, and every statistic goes over all of them:
 * counts of tokens and the like take 32 bits, and what is looked at most
 * stands together.
 */
struct request_row {
	int64_t t_sent;
	int32_t target_tokens, turn, concurrency;
	enum response_status status;
	bool warmup;
	bool is_decided;		/* skipped: not needed any more */
	const struct raw_step *at;	/* its step, or NULL; by link.h */
	const struct visit *visit;	/* the load it ran in, or NULL */
	union {
		struct derived d;	/* by link.h; until then, of it */
		struct {
			int64_t scheduled_ns, first_byte;
			struct chunk_list chunks;
		};
	};

	/* request */
	int64_t req, step;
	const char *prompt, *cache, *domain, *sampling;
	uint64_t prompt_key;		/* names_id() */
	struct seen sent, done;
	/* response */
	int32_t prompt_tokens, completion_tokens, reasoning_tokens,
	    cached_tokens, draft_tokens, accepted_tokens, chunks_said;
	uint32_t again;	/* another row of this number, 0: none */
	int64_t t_done;
	const char *tokens_from, *check, *choices;
	uint64_t output_sha256;		/* names_id() */
	double server_ttft_s, server_tps, server_prefill_s;
};

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
	int64_t t_ns, pid, port;
	const char *event, *role, *options;
	uint64_t digest;
};

struct note_row {
	NOTE_MEMBERS(RAW_MEMBER)
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
	struct seen seen;		/* its run records: several when it
					   was resumed */
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

	struct step_row *steps;
	struct span_event *events;
	struct span_row *spans;		/* filled by link.h */
	struct request_row *requests;
	struct mem_row *mems;		/* of all servers together */
	struct mem_list *servers;	/* of each, where several were told */
	struct mem_list all;		/* link.h: mems */
	bool is_tested[M_OF_REQUEST];	/* link.h: the headline */
	unsigned n_tested;
	bool is_summed;			/* link.h: several, and not told */
	struct energy_row *readings;
	struct proc_row *procs;
	struct note_row *notes;
	struct end_row *ends;
	size_t n_steps, n_events, n_spans, n_requests, n_mems, n_servers,
	    n_readings, n_procs, n_notes, n_ends;
	size_t cap_steps, cap_events, cap_spans, cap_requests, cap_mems,
	    cap_servers, cap_readings, cap_procs, cap_notes, cap_ends;
	struct idmap step_at, request_at;
	int64_t answered, failed, skipped;	/* so far, for live/ */
	size_t last_request;		/* most chunks follow their like */

	struct visit *visits;		/* filled by link.h, in time order */
	struct request_row **in_visit;	/* by visit, then by t_sent */
	uint64_t repeated;	/* copies of samples, dropped by link.h */
	uint64_t reused;		/* requests that had another's number */
	uint64_t contradictory;		/* begins or ends of one instant */
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

/* A count or an instant of the tables as a number; NAN: not measured. */
double tables_known(int64_t n);

/* Is this a response whose figures count?  (ok or truncated) */
bool tables_is_good(const struct request_row *q);

/* Was it tried, as far as is known?  Skipped and cancelled requests were not:
 * they are counted apart, not among the requests, and not as failed. */
bool tables_was_tried(const struct request_row *q);

/* The first memory sample not before t_ns, once they are sorted (link.h). */
size_t tables_mem_at(const struct mem_list *l, int64_t t_ns);

/* The samples of the server on port, created when new; NULL: not there. */
struct mem_list *tables_server(struct run *r, int64_t port);
const struct mem_list *tables_find_server(const struct run *r, int64_t port);
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
