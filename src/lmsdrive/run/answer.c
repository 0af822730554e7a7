/* The bytes of an answer, a stream or a body, become chunk records. */
#include "exchange.h"

#include <string.h>
#include <strings.h>

#include "server/api.h"

static int
too_much(struct exchange *x, const char *what)
{
	x->stop = what;
	x->stop_status = STATUS_PARSE_ERROR;
	return -1;
}

struct event_context {
	struct exchange *x;
	const struct arrival_time *when;
};

static int
on_event(void *arg, const char *name, const char *data, size_t len)
{
	struct event_context *c = arg;
	struct exchange *x = c->x;
	struct piece pieces[PIECES_MAX];
	size_t n;

	n = dialect_event(&x->facts, x->api->dialect, name, data, len, pieces);
	for (size_t i = 0; i < n; i++)
		records_chunk(x, &pieces[i], c->when);
	if (x->chunks > x->chunks_max)
		return too_much(x, "the stream has far more chunks than "
		    "tokens were asked for");
	if (x->facts.all_text.len > EXCHANGE_TEXT_MAX)
		return too_much(x, "the text is longer than 64 MiB");
	return 0;
}

static void
on_comment(void *arg, const char *text, size_t len)
{
	struct event_context *c = arg;
	struct piece pieces[PIECES_MAX];
	size_t n;

	if (c->x->chunks > c->x->chunks_max)
		return;			/* the next event ends it */
	n = c->x->api->dialect->take_comment(&c->x->facts, text, len,
	    pieces);
	for (size_t i = 0; i < n; i++)
		records_chunk(c->x, &pieces[i], c->when);
}

/* Does a body begin as an event stream does, whatever its header calls it? */
static bool
looks_like_stream(const struct buf *b)
{
	static const char *const starts[] = { ":", "data:", "event:", "id:",
		"retry:" };
	size_t n, at = 0;

	if (b->len >= 3 && memcmp(b->data, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < b->len && strchr("\r\n", b->data[at]) != NULL)
		at++;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		n = strlen(starts[i]);
		if (b->len - at >= n && memcmp(b->data + at, starts[i], n) == 0)
			return true;
	}
	return false;
}

static void
begin_answer(struct exchange *x, struct transfer *t)
{
	const char *type = transfer_headers(t)->content_type;

	x->headers = *transfer_headers(t);
	x->first_byte_ns = x->last.at_ns;
	x->sse.on_comment = x->api->dialect->take_comment != NULL ?
	    on_comment : NULL;
	x->is_sse = transfer_http(t) / 100 == 2 &&
	    (strncasecmp(type, "text/event-stream", 17) == 0 ||
	    strncasecmp(type, "application/x-ndjson", 20) == 0);
}

static int
take_stream(struct exchange *x, const char *bytes, size_t len)
{
	struct event_context c = { x, &x->last };

	if (x->stream_bytes > EXCHANGE_STREAM_MAX)
		return too_much(x, "the stream is longer than 1 GiB");
	if (sse_feed(&x->sse, bytes, len, on_event, &c) == -1)
		return x->stop != NULL ? -1 :
		    too_much(x, "an event is longer than 16 MiB");
	if (x->facts.is_closed && x->closed_by_ns == -1)
		x->closed_by_ns = x->last.callback_ns + EXCHANGE_CLOSE_NS;
	return 0;
}

int
answer_bytes(void *arg, struct transfer *t, const char *bytes, size_t len,
    const struct arrival_time *when)
{
	struct exchange *x = arg;

	x->last = *when;
	x->stream_bytes += (int64_t)len;
	if (x->first_byte_ns == -1)
		begin_answer(x, t);
	if (x->is_sse) {
		if (x->facts.known_events == 0 &&
		    x->raw.len < EXCHANGE_HEAD_MAX)
			buf_add(&x->raw, bytes, len < EXCHANGE_HEAD_MAX ? len :
			    EXCHANGE_HEAD_MAX);
		return take_stream(x, bytes, len);
	}
	if (x->raw.len + len > EXCHANGE_BODY_MAX)
		return too_much(x, "the answer is no event stream, and longer "
		    "than 1 MiB");
	buf_add(&x->raw, bytes, len);
	x->is_sse = transfer_http(t) / 100 == 2 && looks_like_stream(&x->raw);
	return x->is_sse ? take_stream(x, x->raw.data, x->raw.len) : 0;
}

/* The last event of a stream, without its empty line: it counts when it is
 * complete all the same. */
static int
on_last_event(void *arg, const char *name, const char *data, size_t len)
{
	return strcmp(name, "error") == 0 || dialect_is_whole(data, len) ?
	    on_event(arg, name, data, len) : 0;
}

static void
end_stream(struct exchange *x)
{
	struct event_context c = { x, &x->last };
	struct facts *f = &x->facts;

	sse_end(&x->sse, on_last_event, &c);
	if (f->known_events == 0 && f->unread[0] == '\0' && x->raw.len > 0)
		dialect_show(f->unread, x->raw.data, x->raw.len);
}

/* A body that was no stream: an error, or an answer in one piece. */
static void
take_whole_body(struct exchange *x, long http)
{
	struct arrival_time when = { .at_ns = x->first_byte_ns,
	    .from_ns = x->first_byte_ns, .callback_ns = x->first_byte_ns };
	struct piece pieces[PIECES_MAX];
	int n;

	if (http / 100 != 2) {
		dialect_error_body(&x->facts, http, x->raw.data, x->raw.len);
		return;
	}
	if (x->raw.len == 0)
		return;
	n = dialect_body(&x->facts, x->api->dialect, x->raw.data, x->raw.len,
	    pieces);
	for (int i = 0; i < n; i++)
		records_chunk(x, &pieces[i], &when);
	if (n == -1)
		dialect_broken(&x->facts, x->raw.data, x->raw.len);
}

enum { TEMPLATE_TOKENS = 65536 };	/* far more than any template adds */

/* Counts that cannot be true, as more tokens than bytes, were not told; then
 * the chunks are counted. */
static void
settle_counts(struct exchange *x)
{
	struct facts *f = &x->facts;

	if (f->prompt_tokens == 0 ||
	    f->prompt_tokens > (int64_t)x->body.len + TEMPLATE_TOKENS)
		f->prompt_tokens = -1;
	if (f->completion_tokens > x->chunks_max &&	/* hidden ones, too */
	    f->completion_tokens > x->text_bytes)
		f->completion_tokens = -1;
	if (f->completion_tokens < 0 ||
	    (f->completion_tokens == 0 && x->token_chunks > 0)) {
		f->completion_tokens = x->token_chunks > 0 ? x->token_chunks :
		    -1;
		f->tokens_from = x->token_chunks > 0 ? TOKENS_CHUNKS :
		    TOKENS_NONE;
	}
}

void
answer_end(struct exchange *x)
{
	if (x->is_sse && x->stop == NULL)
		end_stream(x);
	else if (!x->is_sse && x->result.http != 0)
		take_whole_body(x, x->result.http);
	settle_counts(x);
}
