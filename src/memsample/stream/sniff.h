#ifndef LMG_MEMSAMPLE_STREAM_SNIFF_H
#define LMG_MEMSAMPLE_STREAM_SNIFF_H

/*
 * Looks over the shoulder of a record stream: finds the few records that
 * tell memsample what it needs (run, step, load, unload) and parses only
 * those.  Every other line costs one memchr() and a look at its first bytes.
 * The stream may be cut anywhere between two calls.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "record.h"

/* A longer record is not looked at: ours are a few KiB. */
enum { SNIFF_LINE_MAX = 256 * 1024, SNIFF_URL_CAP = 256 };

struct sniff_record {
	enum record_type type;		/* RUN, STEP, LOAD or UNLOAD */
	char run[RECORD_RUN_ID_CAP];
	int64_t step;			/* -1 for none */
	bool is_end;			/* load, unload: phase "end" */
	bool is_ok;			/* load: status "ok" */
	bool is_later;	/* run: its server is yet to be started */
	bool is_untimed;		/* load: the server loads by itself */
	bool ends_server;		/* unload: so it does, or may do */
	int pid;	/* load: of the server started for it, or 0 */
	int64_t t_ns;			/* -1 unknown */
	int port;	/* run.server.port or step.port, 0: none */
	char process[64];	/* run, step: whose memory is meant, where not
					 * that of the port's owner, or "" */
	char url[SNIFF_URL_CAP];	/* of the server, "" for none */
	int64_t origin_ns;	/* run: monotonic at t_ns 0, -1 unknown */
	char boot_id[64];		/* run: "" unknown */
	int64_t memory_interval_ns;	/* run: -1 unknown */
	int64_t version;		/* run: v, -1 unknown */
};

typedef void sniff_fn(void *arg, const struct sniff_record *r);

struct sniff {
	struct buf carry;	/* the beginning of an unfinished line */
	bool is_skipping;	/* the unfinished line is none of ours */
};

void sniff_init(struct sniff *s);
void sniff_fini(struct sniff *s);

/* Look at the next len bytes; fn is called for each record found. */
void sniff_feed(struct sniff *s, const char *p, size_t len, sniff_fn *fn,
    void *arg);

#endif
