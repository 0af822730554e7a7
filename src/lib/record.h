#ifndef LMG_LIB_RECORD_H
#define LMG_LIB_RECORD_H

/*
 * The contract: the vocabulary that the four tools share.  What each record
 * type carries is in lmgauge-records(5), beside this file.
 */

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "words.h"

/* The value of "v" in run records.  Readers refuse any other. */
enum { RECORD_VERSION = 1 };

/* t_ns must stay below this, so that every JSON reader keeps it exact. */
#define RECORD_T_MAX (INT64_C(1) << 52)

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
