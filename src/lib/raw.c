/* The tables of the raw records, from the lists of raw.h. */
#include "raw.h"

#include <stdarg.h>
#include <stdio.h>

#define KIND_S FIELD_TEXT
#define KIND_L FIELD_LABEL
#define KIND_J FIELD_JSON
#define KIND_C FIELD_COUNT
#define KIND_N FIELD_REAL
#define KIND_B FIELD_BOOL
#define KIND_F FIELD_FLAG
/* A member of the struct that is row_type where the table stands. */
#define M(k, m, cases) { .key = #m, .kind = KIND_##k, .when = (cases), \
	.offset = offsetof(row_type, m) },
#define G(k, m, object, name, cases) { .group = #object, .key = #name, \
	.kind = KIND_##k, .when = (cases), .offset = offsetof(row_type, m) },
#define MEM(code, name, what) M(C, name, 0)
#define SYS(code, name, what) G(C, sys_##name, sys, name, 0)

#define TABLE(code, record, name, members) \
	case code: { \
		typedef struct raw_##name row_type; \
		static const struct field fields[] = { members }; \
		static const struct schema schema = { #record, \
		    sizeof(row_type), fields, \
		    sizeof(fields) / sizeof(fields[0]) }; \
	\
		return &schema; \
	}

const struct schema *
raw_schema(enum record_type type)
{
	switch (type) {
	TABLE(RECORD_STEP, step, step, STEP_MEMBERS(M))
	TABLE(RECORD_LOAD, load, span, SPAN_MEMBERS(M))
	TABLE(RECORD_UNLOAD, unload, span, SPAN_MEMBERS(M))
	TABLE(RECORD_IDLE, idle, span, SPAN_MEMBERS(M))
	TABLE(RECORD_REQUEST, request, request, REQUEST_MEMBERS(M))
	TABLE(RECORD_CHUNK, chunk, chunk, CHUNK_MEMBERS(M))
	TABLE(RECORD_RESPONSE, response, response, RESPONSE_MEMBERS(M, G))
	TABLE(RECORD_MEM, mem, mem, MEM_MEMBERS(M, G, MEM, SYS))
	TABLE(RECORD_PROC, proc, proc, PROC_MEMBERS(M))
	TABLE(RECORD_NOTE, note, note, NOTE_MEMBERS(M))
	TABLE(RECORD_DECIDED, decided, decided, DECIDED_MEMBERS(M))
	TABLE(RECORD_END, end, end, END_MEMBERS_RAW(M, G))
	default:
		return NULL;
	}
}

void
raw_init(enum record_type type, void *row)
{
	field_init(raw_schema(type), row);
}

void
raw_write(struct buf *out, enum record_type type, const char *run,
    int64_t t_ns, const void *row, unsigned cases)
{
	struct json j;

	record_begin(&j, out, raw_schema(type)->type, run, t_ns);
	field_write(raw_schema(type), row, cases, &j);
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
