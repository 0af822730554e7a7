#ifndef LMG_MEMSAMPLE_SHOW_SESSION_H
#define LMG_MEMSAMPLE_SHOW_SESSION_H

/*
 * What the run is about, and our records of it: turns samples and events
 * into lines, and knows from the stream (a load, an unload) what they mean.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "record.h"
#include "stream/sniff.h"
#include "tree/sampler.h"

enum { SESSION_ENDINGS = 8 };

struct session {
	char run[RECORD_RUN_ID_CAP];
	bool has_run;
	bool is_live;		/* the stream is being written now, here */
	bool has_denied;	/* somebody's counters were not ours to read */
	bool per_process;
	bool is_command;	/* the root's end is the end, no finding */
	int64_t origin_ns;
	int64_t start_ns, start_cpu_ns;
	int64_t step;		/* the plan step that is on, 0: none */
	int loaded;	/* models loaded now, as far as the stream says */
	bool is_unloading;
	int64_t unload_at_ns;	/* when the last unload was seen */
	int64_t swap_at_ns;	/* the first step after a load without one */
	bool awaits_swap;
	int port;		/* of the step that is on, 0: unknown */
	int64_t managed_ns;	/* since when a server starts, -1: none does */
	struct session_span {	/* on the stream's clock */
		int64_t from_ns, until_ns;
		int port;
	} ending[SESSION_ENDINGS];	/* the last times when lmsdrive ended
					 * a server, or has it ended */
	size_t n_endings;	/* all of them */
	struct session_span loading;	/* the last load */
	struct buf late_note;	/* a death that an unload may yet explain */
	int64_t late_note_at_ns;
	struct buf late_root;	/* the same of a root, which ended then: */
	struct session_span late_root_span;
	int64_t late_note_due_ns;
	int64_t deaths;		/* that nothing explained */
	uint64_t records;	/* written by us, but for the deaths */
	uint64_t samples, missed;
	int64_t worst_late_ns;
	struct counters peak;	/* the largest sums seen, and when */
	int64_t peak_at_ns[COUNTER_N];
	struct buf *out;	/* borrowed: where whole lines go */
};

void session_init(struct session *s, struct buf *out);
void session_fini(struct session *s);

/* Standalone: begin a run of our own; the run record is written. */
void session_begin(struct session *s, const struct watched *t,
    int64_t interval_ns);

/* The instant on the stream's clock. */
int64_t session_t(const struct session *s, int64_t now_ns);

/* ---- what the stream means (meaning.c) ---------------------------------- */

/* A record of the stream was seen at now_ns. */
void session_saw(struct session *s, const struct sniff_record *r,
    int64_t now_ns);

/* The stream is over: what lmsdrive has started ends with it, also when it was
 * killed. */
void session_stream_ends(struct session *s, int64_t now_ns);

/* A root or a worker has ended: is it a finding? */
void session_died(struct session *s, const struct tree_proc *p, int64_t at_ns,
    int status);

/* Write what had to wait for its meaning. */
void session_settle(struct session *s, int64_t now_ns, bool is_end);

/* ---- our records (session.c) -------------------------------------------- */

/* The sampler's events (a sampler_fn; arg is the session). */
void session_event(void *arg, enum sampler_event event,
    const struct tree_proc *p, int64_t at_ns, int status);

/* Counter c was value at at_ns: is it the largest so far? */
void session_peak(struct session *s, enum counter c, int64_t value,
    int64_t at_ns);

/* One mem record; t gives the pids. */
void session_sample(struct session *s, const struct sample *m,
    const struct tree *t);

/*
 * A note, when a run is known; else the message goes to stderr.  That of an
 * error goes there, too: what is wrong with a run is seen while it runs.
 */
void session_note(struct session *s, int64_t now_ns, const char *level,
    const char *code, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The end record.  status: of the command, as of wait(2), or -1. */
void session_end(struct session *s, int64_t now_ns, bool interrupted,
    int command_status);

#endif
