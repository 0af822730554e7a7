#ifndef LMG_TESTS_LMSIM_SSE_H
#define LMG_TESTS_LMSIM_SSE_H

/* Server-sent events as text, and the ways in which they may look unusual
 * and still be valid, or be broken on purpose. */

#include "buf.h"
#include "fault.h"
#include "json.h"

/* Begin an event (name NULL: no event line) whose data is the JSON object now
 * open in j; sse_end() closes it. */
void sse_begin(struct json *j, struct buf *out, const char *name);
/* The same, with its name as "type" in it, too. */
void sse_typed(struct json *j, struct buf *out, const char *type);
void sse_end(struct json *j);

/*
 * Append the events in in to out as the faults will have them: CRLF line
 * ends, comments in front, data over several lines, no space after the colon,
 * bytes that are no UTF-8 or NUL in place of SSE_MARK, JSON cut in half.
 */
void sse_disturb(struct buf *out, const struct buf *in, fault_set faults);

/* Text that stands for the bytes that sse_disturb() puts in its place. */
#define SSE_MARK "@@"

#endif
