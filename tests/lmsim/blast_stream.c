#include "blast_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arrival.h"
#include "clock.h"
#include "http_in.h"
#include "xalloc.h"

/* A token event is always the same but for the digits of its instant. */
#define EVENT_HEAD "data: {\"id\":\"chatcmpl-blast\",\"object\":" \
	"\"chat.completion.chunk\",\"created\":1,\"model\":\"blast\"," \
	"\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
#define EVENT_TAIL " \"},\"logprobs\":null,\"finish_reason\":null}]}\n\n"
enum { DIGITS = 19, EVENT_LEN = sizeof(EVENT_HEAD EVENT_TAIL) - 1 + DIGITS };

/* Flat out: so many events are made at once. */
enum { BATCH = 256 };

struct blast_stream *
blast_stream_new(int fd, const struct blast_options *o)
{
	struct blast_stream *s = xcalloc(1, sizeof(*s));
	int on = 1;

	s->fd = fd;
	s->o = o;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	arrival_enable(fd);
	return s;
}

void
blast_stream_free(struct blast_stream *s)
{
	close(s->fd);
	buf_fini(&s->in);
	buf_fini(&s->out);
	free(s);
}

void
blast_request_free(struct blast_request *r)
{
	free(r->body);
	free(r->sent);
	free(r);
}

bool
blast_stream_is_full(const struct blast_stream *s)
{
	return s->out.len > s->out_start;
}

static void
closed(struct blast_stream *s)
{
	if (s->request != NULL)
		s->request->status = "gone";
	s->request = NULL;
	s->state = BLAST_CLOSED;
}

static void
flush(struct blast_stream *s)
{
	ssize_t n;

	while (s->state != BLAST_CLOSED && blast_stream_is_full(s)) {
		n = send(s->fd, s->out.data + s->out_start,
		    s->out.len - s->out_start, MSG_DONTWAIT);
		if (n >= 0)
			s->out_start += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		else if (errno != EINTR)
			closed(s);
	}
	buf_clear(&s->out);
	s->out_start = 0;
}

static void
add_chunk(struct blast_stream *s, const char *text, size_t len)
{
	buf_addf(&s->out, "%zx\r\n", len);
	buf_add(&s->out, text, len);
	buf_add(&s->out, "\r\n", 2);
}

/* ---- requests ---------------------------------------------------------- */

static void
reply(struct blast_stream *s, const char *status, const char *body)
{
	buf_addf(&s->out, "HTTP/1.1 %s\r\nServer: lmsim\r\nContent-Type: "
	    "application/json\r\nContent-Length: %zu\r\n\r\n%s", status,
	    strlen(body), body);
	flush(s);
}

/* "max_tokens": N, or the default. */
static int64_t
asked_tokens(const struct blast_request *r, int64_t fallback)
{
	static const char key[] = "\"max_tokens\":";
	const char *p = strstr(r->body, key);
	long long n = p != NULL ? strtoll(p + sizeof(key) - 1, NULL, 10) : 0;

	return n > 0 && n < 1000000000 ? n : fallback;
}

static struct blast_request *
start(struct blast_stream *s, const struct http_in *h)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nServer: lmsim\r\n"
	    "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n";
	static const char role[] = "data: {\"id\":\"chatcmpl-blast\","
	    "\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":"
	    "\"blast\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
	    "\"assistant\",\"content\":\"\"},\"logprobs\":null,"
	    "\"finish_reason\":null}]}\n\n";
	struct blast_request *r = xcalloc(1, sizeof(*r));

	r->body = xstrndup(s->in.data + h->head_len, h->body_len);
	r->body_len = h->body_len;
	snprintf(r->path, sizeof(r->path), "%s", h->path);
	r->received_ns = s->arrived_ns;
	r->interval_ns = s->o->interval_ns;
	r->first_due_ns = r->received_ns + s->o->first_ns;
	s->target = asked_tokens(r, s->o->tokens);
	if (r->interval_ns > 0)
		r->sent = xcalloc((size_t)s->target, sizeof(*r->sent));
	s->request = r;
	s->state = BLAST_SENDING;
	buf_add(&s->out, head, sizeof(head) - 1);
	if (s->o->has_role_chunk)
		add_chunk(s, role, sizeof(role) - 1);
	flush(s);
	return r;
}

static void
handle(struct blast_stream *s, const struct http_in *h,
    struct blast_request **request)
{
	if (strcmp(h->method, "POST") == 0)
		*request = start(s, h);
	else if (strcmp(h->path, "/v1/models") == 0)
		reply(s, "200 OK", "{\"object\":\"list\",\"data\":[{\"id\":"
		    "\"blast\",\"object\":\"model\",\"owned_by\":\"lmsim\"}]}");
	else
		reply(s, "404 Not Found",
		    "{\"error\":{\"message\":\"not found\"}}");
}

void
blast_stream_read(struct blast_stream *s, struct blast_request **request)
{
	enum http_in_result got;
	struct http_in h;
	int64_t at;
	ssize_t n;

	while ((n = arrival_recv(s->fd, buf_reserve(&s->in, 65536), 65536,
	    &at)) > 0) {
		s->in.len += (size_t)n;
		s->arrived_ns = at;
	}
	if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK &&
	    errno != EINTR)) {
		closed(s);
		return;
	}
	if (s->state != BLAST_READING)
		return;
	got = http_in_parse(&h, s->in.data, s->in.len);
	if (got == HTTP_IN_BAD) {
		reply(s, "400 Bad Request", "{\"error\":\"bad request\"}");
		closed(s);
	} else if (got == HTTP_IN_MORE && h.wants_continue &&
	    h.head_len > 0 && !s->has_said_continue) {
		s->has_said_continue = true;
		buf_adds(&s->out, "HTTP/1.1 100 Continue\r\n\r\n");
		flush(s);
	} else if (got == HTTP_IN_DONE) {
		s->has_said_continue = false;
		s->wants_close = h.wants_close;
		handle(s, &h, request);
		buf_consume(&s->in, h.head_len + h.body_len);
	}
}

/* ---- tokens ------------------------------------------------------------ */

static void
add_token(struct blast_stream *s, int64_t now_ns)
{
	char *p;

	buf_addf(&s->out, "%x\r\n", (unsigned)EVENT_LEN);
	buf_adds(&s->out, EVENT_HEAD);
	p = buf_reserve(&s->out, DIGITS);
	for (int i = DIGITS - 1; i >= 0; i--, now_ns /= 10)
		p[i] = (char)('0' + now_ns % 10);
	s->out.len += DIGITS;
	buf_adds(&s->out, EVENT_TAIL "\r\n");
}

static void
finish(struct blast_stream *s)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "data: {\"id\":\"chatcmpl-blast\",\"object\":"
	    "\"chat.completion.chunk\",\"created\":1,\"model\":\"blast\","
	    "\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,"
	    "\"finish_reason\":\"length\"}]}\n\ndata: {\"id\":"
	    "\"chatcmpl-blast\",\"object\":\"chat.completion.chunk\","
	    "\"created\":1,\"model\":\"blast\",\"choices\":[],\"usage\":"
	    "{\"prompt_tokens\":1,\"completion_tokens\":%" PRId64
	    ",\"total_tokens\":%" PRId64 "}}\n\ndata: [DONE]\n\n",
	    s->request->n, s->request->n + 1);
	add_chunk(s, b.data, b.len);
	buf_adds(&s->out, "0\r\n\r\n");
	buf_fini(&b);
	s->request->status = "ok";
	s->request = NULL;
	s->state = BLAST_READING;
	flush(s);
	if (s->wants_close)
		closed(s);
}

static void
count(struct blast_request *r, int64_t now_ns)
{
	if (r->n == 0)
		r->first_ns = now_ns;
	r->last_ns = now_ns;
	if (r->sent != NULL)
		r->sent[r->n].sent_ns = now_ns;
	r->n++;
}

static int64_t
due(const struct blast_request *r)
{
	return r->first_due_ns + r->n * r->interval_ns;
}

int64_t
blast_stream_send(struct blast_stream *s, int64_t now_ns)
{
	struct blast_request *r = s->request;

	if (blast_stream_is_full(s))
		flush(s);
	while (s->state == BLAST_SENDING && due(r) <= now_ns) {
		if (r->n >= s->target) {
			finish(s);
			break;
		}
		if (r->interval_ns == 0 && blast_stream_is_full(s))
			return now_ns;
		/* Flat out in batches, paced one write for each token. */
		for (int i = 0; i < (r->interval_ns == 0 ? BATCH : 1) &&
		    r->n < s->target; i++) {
			now_ns = r->interval_ns > 0 || i == 0 ?
			    clock_mono_ns() : now_ns;
			add_token(s, now_ns);
			count(r, now_ns);
		}
		flush(s);
		if (r->sent != NULL)
			r->sent[r->n - 1].written_ns = clock_mono_ns();
	}
	if (s->state != BLAST_SENDING)
		return INT64_MAX;
	return r->n >= s->target && r->n > 0 ? now_ns : due(r);
}
