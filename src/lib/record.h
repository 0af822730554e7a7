#ifndef LMG_LIB_RECORD_H
#define LMG_LIB_RECORD_H

/*
 * The contract: the vocabulary that the four tools share.  What each record
 * type carries is in lmgauge-records(5), beside this file.
 */

#include <stdbool.h>
#include <stdint.h>

#include "json.h"

/* The value of "v" in run records.  Readers refuse any other. */
enum { RECORD_VERSION = 1 };

/* t_ns must stay below this, so that every JSON reader keeps it exact. */
#define RECORD_T_MAX (INT64_C(1) << 52)

enum record_type {
	RECORD_RUN, RECORD_STEP, RECORD_LOAD, RECORD_UNLOAD, RECORD_IDLE,
	RECORD_REQUEST, RECORD_CHUNK, RECORD_RESPONSE, RECORD_MEM,
	RECORD_PROC, RECORD_NOTE, RECORD_DECIDED, RECORD_END,
	RECORD_UNKNOWN
};

enum chunk_kind {
	CHUNK_ROLE, CHUNK_REASONING, CHUNK_CONTENT, CHUNK_TOOL, CHUNK_PREFILL,
	CHUNK_LOAD, CHUNK_USAGE, CHUNK_OTHER,
	CHUNK_UNKNOWN
};

enum response_status {
	STATUS_OK, STATUS_EMPTY, STATUS_TRUNCATED, STATUS_HTTP_ERROR,
	STATUS_STREAM_ERROR, STATUS_TIMEOUT, STATUS_TRANSPORT_ERROR,
	STATUS_PARSE_ERROR, STATUS_CANCELLED, STATUS_SKIPPED,
	STATUS_UNKNOWN
};

/* Names as they stand in records; "unknown" for the last of each. */
const char *chunk_kind_name(enum chunk_kind kind);
const char *response_status_name(enum response_status status);

/* The inverse; the _UNKNOWN value for NULL and for any other name. */
enum record_type record_type_of(const char *name);
enum chunk_kind chunk_kind_of(const char *name);
enum response_status response_status_of(const char *name);

/* Does a chunk of this kind carry text of the model (a token chunk)? */
bool chunk_is_token(enum chunk_kind kind);

/*
 * Begin a record at the end of out: the object is opened and its first three
 * keys, type, run and t_ns, are written.  Finish with json_end_line(j).
 * type is a name, so that metricsagg's own types need no enum here.
 */
void record_begin(struct json *j, struct buf *out, const char *type,
    const char *run, int64_t t_ns);

enum { RECORD_RUN_ID_CAP = 48 };

/* A new run id, "20261123T045210Z-1f9a3c": stamp and random, into out. */
char *record_new_run_id(char out[RECORD_RUN_ID_CAP]);

#endif
