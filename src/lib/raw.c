/* The tables of the raw records, from the lists of raw.h. */
#include "raw.h"

#include <stdarg.h>
#include <stdio.h>

#define KIND_S FIELD_TEXT
#define KIND_L FIELD_LABEL
#define KIND_C FIELD_COUNT
#define KIND_N FIELD_REAL
#define KIND_B FIELD_BOOL
#define KIND_F FIELD_FLAG
/* ROW is the struct a table describes, redefined before each of them. */
#define M(k, m, cases) { .key = #m, .kind = KIND_##k, .when = (cases), \
	.offset = offsetof(ROW, m) },
#define G(k, m, object, name, cases) { .group = #object, .key = #name, \
	.kind = KIND_##k, .when = (cases), .offset = offsetof(ROW, m) },

#define ROW struct raw_step
static const struct field step_fields[] = { STEP_MEMBERS(M) };
#undef ROW
#define ROW struct raw_span
static const struct field span_fields[] = { SPAN_MEMBERS(M) };
#undef ROW
#define ROW struct raw_request
static const struct field request_fields[] = { REQUEST_MEMBERS(M) };
#undef ROW
#define ROW struct raw_chunk
static const struct field chunk_fields[] = { CHUNK_MEMBERS(M) };
#undef ROW
#define ROW struct raw_response
static const struct field response_fields[] = { RESPONSE_MEMBERS(M, G) };
#undef ROW
#define MEM(code, name, what) M(C, name, 0)
#define SYS(code, name, what) G(C, sys_##name, sys, name, 0)
#define ROW struct raw_mem
static const struct field mem_fields[] = { MEM_MEMBERS(M, G, MEM, SYS) };
#undef ROW
#define ROW struct raw_proc
static const struct field proc_fields[] = { PROC_MEMBERS(M) };
#undef ROW
#define ROW struct raw_note
static const struct field note_fields[] = { NOTE_MEMBERS(M) };
#undef ROW
#define ROW struct raw_end
static const struct field end_fields[] = { END_MEMBERS_RAW(M, G) };
#undef ROW

#define TABLE(type, name, row) [type] = { #name, sizeof(struct raw_##row), \
	row##_fields, sizeof(row##_fields) / sizeof(row##_fields[0]) }
static const struct schema schemas[RECORD_UNKNOWN + 1] = {
	TABLE(RECORD_STEP, step, step), TABLE(RECORD_LOAD, load, span),
	TABLE(RECORD_UNLOAD, unload, span), TABLE(RECORD_IDLE, idle, span),
	TABLE(RECORD_REQUEST, request, request),
	TABLE(RECORD_CHUNK, chunk, chunk),
	TABLE(RECORD_RESPONSE, response, response),
	TABLE(RECORD_MEM, mem, mem), TABLE(RECORD_PROC, proc, proc), TABLE(RECORD_NOTE, note, note),
	TABLE(RECORD_END, end, end)
};

const struct schema *
raw_schema(enum record_type type)
{
	return schemas[type].type != NULL ? &schemas[type] : NULL;
}

void
raw_init(enum record_type type, void *row)
{
	field_init(&schemas[type], row);
}

void
raw_write(struct buf *out, enum record_type type, const char *run,
    int64_t t_ns, const void *row, unsigned cases)
{
	struct json j;

	record_begin(&j, out, schemas[type].type, run, t_ns);
	field_write(&schemas[type], row, cases, &j);
	json_end_line(&j);
}

void
record_note(struct buf *out, const char *run, int64_t t_ns, const char *level,
    const char *code, int64_t step, const char *fmt, ...)
{
	char message[1024];
	const struct raw_note row = { level, code, step > 0 ? step : -1,
	    message };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	raw_write(out, RECORD_NOTE, run, t_ns, &row, 0);
}
