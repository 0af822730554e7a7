#ifndef LMG_LMSDRIVE_SERVER_SSE_H
#define LMG_LMSDRIVE_SERVER_SSE_H

/*
 * Server-sent events (WHATWG HTML, "Parsing an event stream"): bytes in any
 * split -> events.  Pure: no clock, no I/O.  Lines end in LF, CRLF or CR,
 * comments are told apart, several data: lines are joined by LF, a leading byte
 * order mark is dropped.  id: and retry: are ignored.  An event without data
 * is not delivered.
 *
 * Beyond the standard, what servers get wrong and means something: a field
 * error: (llama-server of 2025) is data of an event of that name, and JSON
 * without a field, from a line that begins with a brace to the empty one, is
 * an event without a name.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* An event whose data is longer is an error of the server. */
enum { SSE_EVENT_MAX = 16 * 1024 * 1024 };

/*
 * name is "" when the event has none; both are NUL-terminated views, valid
 * during the call.  data_len does not count the NUL.  A return of -1 stops
 * the parsing.
 */
typedef int sse_fn(void *arg, const char *name, const char *data,
    size_t data_len);

/* A comment, without its colon; the text is not NUL-terminated. */
typedef void sse_comment_fn(void *arg, const char *text, size_t len);

struct sse {
	sse_comment_fn *on_comment;	/* NULL: they are skipped */
	struct buf line;	/* a line whose end has not come yet */
	struct buf data;
	char name[64];
	int has_data;
	int is_bare;		/* data is JSON without a field */
	int skip_lf;		/* the last byte was CR */
	int is_first;		/* no line seen yet */
};

void sse_init(struct sse *s);
void sse_fini(struct sse *s);

/*
 * Take len bytes; fn is called for each event they complete.  Returns 0, or
 * -1 when an event is longer than SSE_EVENT_MAX or fn returned -1; s must not
 * be fed again then.
 */
int sse_feed(struct sse *s, const char *bytes, size_t len, sse_fn *fn,
    void *arg);

/*
 * The bytes are over: deliver the last event, if its empty line is all that
 * did not come.  Its data may be cut short.  Returns as sse_feed().
 */
int sse_end(struct sse *s, sse_fn *fn, void *arg);

/*
 * Behind which byte of these does the first event end that ends behind from?
 * Behind an empty line, and behind each line of JSON lines; without the state
 * of a stream.  0: none ends in them.
 */
size_t sse_next_end(const char *bytes, size_t len, size_t from);

#endif
