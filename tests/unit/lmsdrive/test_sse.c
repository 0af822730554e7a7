/* SSE: the same events come out however the bytes are cut. */

#include <stdlib.h>

#include "tap.h"
#include "server/sse.h"
#include "xalloc.h"

struct seen {
	struct buf text;	/* "name|data\n" of each event */
	char comment[16];	/* "text|" of each comment */
	int stop_after;		/* events, 0: never */
	int n;
};

static void
on_comment(void *arg, const char *text, size_t len)
{
	struct seen *s = arg;

	strncat(s->comment, text, len);
	strcat(s->comment, "|");
}

static int
on_event(void *arg, const char *name, const char *data, size_t len)
{
	struct seen *s = arg;

	buf_addf(&s->text, "%s|", name);
	buf_add(&s->text, data, len);
	buf_addc(&s->text, '\n');
	return ++s->n == s->stop_after ? -1 : 0;
}

static const struct {
	const char *name, *in, *want;
} cases[] = {
	{ "one event", "data: x\n\n", "|x\n" },
	{ "a name", "event: chat.start\ndata: {}\n\n", "chat.start|{}\n" },
	{ "CRLF", "event: a\r\ndata: x\r\n\r\ndata: y\r\n\r\n",
	    "a|x\n|y\n" },
	{ "CR alone", "event: a\rdata: x\r\rdata: y\r\r", "a|x\n|y\n" },
	{ "line ends mixed", "data: x\r\n\ndata: y\n\r\n", "|x\n|y\n" },
	{ "several data lines", "data: x\ndata: y\ndata:\n\n", "|x\ny\n\n" },
	{ "no space behind the colon", "data:x\nevent:b\n\n", "b|x\n" },
	{ "only one space is dropped", "data:  x\n\n", "| x\n" },
	{ "comments are skipped", ": keepalive 1/9\n\n:\ndata: x\n:z\n\n",
	    "|x\n" },
	{ "id, retry and unknown fields are skipped",
	    "id: 7\nretry: 10\nfoo: bar\ndata: x\n\n", "|x\n" },
	{ "a field without colon", "data\n\n", "|\n" },
	{ "a byte order mark", "\xef\xbb\xbf" "data: x\n\n", "|x\n" },
	{ "a name without data is no event", "event: a\n\ndata: x\n\n",
	    "|x\n" },
	{ "an event without its empty line is not delivered",
	    "data: x\n\ndata: y\n", "|x\n" },
	{ "UTF-8", "data: \xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82\n\n",
	    "|\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82\n" },
	{ "a field error: is an event of that name",
	    "error: {\"code\":1}\n\ndata: x\n\n", "error|{\"code\":1}\n|x\n" },
	{ "JSON without a field is an event, at once when it is one line",
	    "{\"error\":1}\n{\"b\":2}\ndata: x\n\n",
	    "|{\"error\":1}\n|{\"b\":2}\n|x\n" },
	{ "and up to the empty line, or a field, when it is several",
	    "{\n \"error\": {\n }\n}\n\n{\n\t\"b\":2\n}\ndata: x\n\n",
	    "|{\n \"error\": {\n }\n}\n|{\n\t\"b\":2\n}\n|x\n" },
	{ "colons in the data", "data: {\"a\":\"b: c\"}\n\n",
	    "|{\"a\":\"b: c\"}\n" },
};

enum { N_CASES = sizeof(cases) / sizeof(cases[0]) };

/* Feed in[0..len) cut at a and b. */
static int
feed_cut(struct seen *seen, const char *in, size_t len, size_t a, size_t b)
{
	size_t at[4] = { 0, a, b, len };
	struct sse s;
	int rc = 0;

	sse_init(&s);
	for (int i = 0; i < 3 && rc == 0; i++)
		rc = sse_feed(&s, in + at[i], at[i + 1] - at[i], on_event,
		    seen);
	sse_fini(&s);
	return rc;
}

static int
is_same_at_every_cut(const char *in, const char *want)
{
	size_t len = strlen(in);
	struct seen seen;
	int same = 1;

	for (size_t a = 0; a <= len; a++)
		for (size_t b = a; b <= len; b++) {
			seen = (struct seen){ .text = BUF_INIT };
			feed_cut(&seen, in, len, a, b);
			same &= strcmp(buf_cstr(&seen.text), want) == 0;
			buf_fini(&seen.text);
		}
	return same;
}

static int
is_same_bytewise(const char *in, const char *want)
{
	struct seen seen = { .text = BUF_INIT };
	struct sse s;
	int same;

	sse_init(&s);
	for (; *in != '\0'; in++)
		sse_feed(&s, in, 1, on_event, &seen);
	same = strcmp(buf_cstr(&seen.text), want) == 0;
	buf_fini(&seen.text);
	sse_fini(&s);
	return same;
}

static void
test_bounds(void)
{
	struct seen seen = { .text = BUF_INIT };
	size_t len = 1024 * 1024, fed;
	char *block = xmalloc(len);
	struct sse s;
	int rc = 0;

	memset(block, 'x', len);
	sse_init(&s);
	for (fed = 0; rc == 0 && fed < 64 * len; fed += len)
		rc = sse_feed(&s, block, len, on_event, &seen);
	ok(rc == -1 && fed <= SSE_EVENT_MAX + 2 * len,
	    "a line without end is refused at the bound");
	ok(s.line.len <= SSE_EVENT_MAX + len, "and was not kept beyond it");
	sse_fini(&s);

	sse_init(&s);
	for (fed = 0, rc = 0; rc == 0 && fed < 64 * len; fed += len) {
		memcpy(block, "data: ", 6);
		block[len - 1] = '\n';
		rc = sse_feed(&s, block, len, on_event, &seen);
	}
	ok(rc == -1 && s.data.len <= SSE_EVENT_MAX,
	    "data lines without end are refused at the bound");
	ok(seen.n == 0, "no event came of them");
	sse_fini(&s);
	buf_fini(&seen.text);
	free(block);
}

static void
test_many(void)
{
	struct seen seen = { .text = BUF_INIT };
	struct buf in = BUF_INIT;
	struct sse s;
	int i, rc;

	for (i = 0; i < 100000; i++)
		buf_adds(&in, "data: x\n\n");
	sse_init(&s);
	rc = sse_feed(&s, in.data, in.len, on_event, &seen);
	ok(rc == 0 && seen.n == 100000, "100000 events in one read");
	seen.stop_after = 100005;
	rc = sse_feed(&s, in.data, in.len, on_event, &seen);
	ok(rc == -1 && seen.n == 100005, "the callback stops the parsing");
	sse_fini(&s);
	buf_fini(&in);
	buf_fini(&seen.text);
}

static void
test_next_end(void)
{
	static const char events[] = "data: a\n\ndata: b\r\n\r\ndata:";
	static const char lines[] = "{\"n\":1}\n{\"n\":2}\n{";

	ok(sse_next_end(events, sizeof(events) - 1, 0) == 9,
	    "an event ends behind the empty line");
	ok(sse_next_end(events, sizeof(events) - 1, 9) == 20,
	    "and the next, of CRLF");
	ok(sse_next_end(events, sizeof(events) - 1, 20) == 0,
	    "half an event does not");
	ok(sse_next_end(lines, sizeof(lines) - 1, 0) == 8 &&
	    sse_next_end(lines, sizeof(lines) - 1, 8) == 16 &&
	    sse_next_end(lines, sizeof(lines) - 1, 16) == 0,
	    "JSON lines end each for itself");
}

int
main(void)
{
	struct seen seen = { .text = BUF_INIT };
	struct sse s;

	for (size_t i = 0; i < N_CASES; i++) {
		ok(is_same_at_every_cut(cases[i].in, cases[i].want),
		    "%s, at every pair of cuts", cases[i].name);
		ok(is_same_bytewise(cases[i].in, cases[i].want),
		    "%s, byte by byte", cases[i].name);
	}
	sse_init(&s);
	sse_feed(&s, "data: a\0b\n\n:c\n", 14, on_event, &seen);
	ok(seen.text.len == 5 && memcmp(seen.text.data, "|a\0b\n", 5) == 0,
	    "a NUL byte is data like any other");
	s.on_comment = on_comment;
	sse_feed(&s, ": a b\n:\n", 8, on_event, &seen);
	is_text(seen.comment, " a b||", "comments are told, when asked for");
	ok(sse_end(&s, on_event, &seen) == 0 && seen.n == 1,
	    "nothing is left between events");
	sse_feed(&s, "data: x\n", 8, on_event, &seen);
	ok(sse_end(&s, on_event, &seen) == 0 && seen.n == 2,
	    "at the end, an event without its empty line is delivered");
	sse_fini(&s);
	buf_fini(&seen.text);
	test_bounds();
	test_many();
	test_next_end();
	return tap_done();
}
