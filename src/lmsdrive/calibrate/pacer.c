#define _DEFAULT_SOURCE		/* MAP_ANONYMOUS */
#define _DARWIN_C_SOURCE
#include "pacer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "wire/arrival.h"
#include "wire/poller.h"
#include "xalloc.h"

enum { EVENTS = 256, HEAD_CAP = 8192, BLOCK_CAP = 64 * 1024 };

/* A connection of the sender. */
struct conn {
	int fd;
	char head[HEAD_CAP];	/* request so far, head and a small body */
	size_t len;
	long stream;		/* its number, -1: no request yet */
	size_t k;		/* next chunk */
	int64_t due_ns;		/* INT64_MAX: nothing to send */
	bool waits;		/* for room in the socket */
	size_t block_at;	/* flat out: sent of the block */
};

struct sender {
	struct pacer *p;
	struct poller *poller;
	struct arrivals *arrivals;	/* NULL: the kernel does not tell */
	int listener;
	struct conn *conns;
	size_t n;
	long next_stream;
	char block[BLOCK_CAP];
	size_t block_len, block_events;
};

static size_t
http_chunk(char *out, size_t cap, const char *payload)
{
	return (size_t)snprintf(out, cap, "%zx\r\n%s\r\n", strlen(payload),
	    payload);
}

/* One SSE event as an HTTP chunk: content, or (NULL) the role. */
static size_t
event(char *out, size_t cap, long stream, const char *content)
{
	char payload[512];

	if (content != NULL)
		snprintf(payload, sizeof(payload), "data: {\"id\":\"c\","
		    "\"object\":\"chat.completion.chunk\",\"created\":1,"
		    "\"model\":\"s%ld\",\"choices\":[{\"index\":0,\"delta\":{"
		    "\"content\":\"%s\"},\"finish_reason\":null}]}\n\n",
		    stream, content);
	else
		snprintf(payload, sizeof(payload), "data: {\"model\":"
		    "\"s%ld\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
		    "\"assistant\",\"content\":\"\"}}]}\n\n", stream);
	return http_chunk(out, cap, payload);
}

static void
send_all(struct conn *c, const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = send(c->fd, bytes, len, 0);
		if (n <= 0)
			return;		/* the client went: nothing to do */
		bytes += n;
		len -= (size_t)n;
	}
}

static void
begin_stream(struct sender *s, struct conn *c, int64_t now)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
	    "Content-Type: text/event-stream\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n";
	struct pacer *p = s->p;
	char role[512];

	c->len = 0;
	c->k = 0;
	c->stream = s->next_stream++ % (long)p->streams;
	p->stream[c->stream].request_ns = now;
	send_all(c, head, sizeof(head) - 1);
	if (p->role_chunk)
		send_all(c, role, event(role, sizeof(role), c->stream, NULL));
	c->due_ns = now + (p->gap_ns > 0 ? p->first_ns : 0);
}

static void
end_stream(struct sender *s, struct conn *c)
{
	char tail[512], usage[256];
	size_t len;

	snprintf(usage, sizeof(usage), "data: {\"choices\":[],\"usage\":{"
	    "\"prompt_tokens\":9,\"completion_tokens\":%zu}}\n\n"
	    "data: [DONE]\n\n", s->p->chunks);
	len = http_chunk(tail, sizeof(tail) - 8, usage);
	memcpy(tail + len, "0\r\n\r\n", 5);
	send_all(c, tail, len + 5);
	c->due_ns = INT64_MAX;
	c->stream = -1;
}

static void
send_one(struct sender *s, struct conn *c)
{
	struct pacer *p = s->p;
	char bytes[600];
	size_t i = (size_t)c->stream, len;
	int64_t now, shift;

	len = event(bytes, sizeof(bytes), c->stream, "tok ");
	now = clock_mono_ns();
	send_all(c, bytes, len);
	p->sent_ns[i * p->chunks + c->k] = now;
	if (c->k++ == 0) {
		p->stream[i].first_ns = now;
		shift = p->gap_ns * (int64_t)i / (int64_t)p->streams;
		c->due_ns += shift;
	}
	c->due_ns += p->gap_ns;
	if (c->k == p->chunks)
		end_stream(s, c);
}

/* Flat out: blocks of many events, as much as the socket takes. */
static void
send_blocks(struct sender *s, struct conn *c)
{
	ssize_t n;

	while (c->k < s->p->chunks) {
		n = send(c->fd, s->block + c->block_at,
		    s->block_len - c->block_at, MSG_DONTWAIT);
		if (n <= 0) {
			poller_set(s->poller, c->fd, POLLER_READ |
			    POLLER_WRITE);
			c->waits = true;
			c->due_ns = INT64_MAX;
			return;
		}
		c->block_at += (size_t)n;
		if (c->block_at == s->block_len) {
			c->block_at = 0;
			c->k += s->block_events;
		}
	}
	poller_set(s->poller, c->fd, POLLER_READ);
	c->waits = false;
	end_stream(s, c);
}

static void
fill_block(struct sender *s)
{
	while (s->block_len + 600 < BLOCK_CAP) {
		s->block_len += event(s->block + s->block_len,
		    BLOCK_CAP - s->block_len, 0, "tok ");
		s->block_events++;
	}
	s->p->chunks = (s->p->chunks + s->block_events - 1) /
	    s->block_events * s->block_events;
}

static void
accept_all(struct sender *s)
{
	int fd, on = 1;

	while ((fd = accept(s->listener, NULL, NULL)) != -1) {
		fcntl(fd, F_SETFL, 0);		/* BSD hands O_NONBLOCK on */
		if (s->arrivals != NULL)
			arrival_enable(s->arrivals, fd);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		s->conns = xreallocarray(s->conns, s->n + 1,
		    sizeof(*s->conns));
		memset(&s->conns[s->n], 0, sizeof(*s->conns));
		s->conns[s->n].fd = fd;
		s->conns[s->n].stream = -1;
		s->conns[s->n++].due_ns = INT64_MAX;
		poller_set(s->poller, fd, POLLER_READ);
	}
}

/* Is the request in head complete? */
static bool
is_complete(const char *head)
{
	const char *end = strstr(head, "\r\n\r\n");
	const char *length = strstr(head, "Content-Length: ");

	return end != NULL && length != NULL &&
	    strlen(end + 4) >= (size_t)atol(length + 16);
}

/* Returns -1 when the connection is over. */
static int
read_some(struct sender *s, struct conn *c)
{
	int64_t now = clock_mono_ns(), at = -1;
	ssize_t n;

	if (s->arrivals != NULL) {
		arrival_sync(s->arrivals, now);
		at = arrival_look(s->arrivals, c->fd);
	}
	n = recv(c->fd, c->head + c->len, HEAD_CAP - 1 - c->len, 0);

	if (n <= 0)
		return -1;
	c->len += (size_t)n;
	c->head[c->len] = '\0';
	if (is_complete(c->head))
		begin_stream(s, c, at > 0 ? at : now);
	return 0;
}

static struct conn *
find_conn(struct sender *s, int fd)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->conns[i].fd == fd)
			return &s->conns[i];
	return NULL;
}

static void
serve(struct sender *s, const struct poller_event *e)
{
	struct conn *c;

	if (e->fd == s->listener) {
		accept_all(s);
		return;
	}
	if ((c = find_conn(s, e->fd)) == NULL)
		return;
	if (c->waits && (e->what & POLLER_WRITE) != 0)
		send_blocks(s, c);
	if ((e->what & POLLER_READ) != 0 && read_some(s, c) == -1) {
		poller_remove(s->poller, c->fd);
		close(c->fd);
		*c = s->conns[--s->n];
	}
}

static int64_t
send_due(struct sender *s)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < s->n; i++) {
		if (s->conns[i].due_ns <= clock_mono_ns()) {
			if (s->p->gap_ns > 0)
				send_one(s, &s->conns[i]);
			else
				send_blocks(s, &s->conns[i]);
		}
		if (s->conns[i].due_ns < next)
			next = s->conns[i].due_ns;
	}
	return next;
}

static void
sender_main(struct sender *s, pid_t parent)
{
	struct poller_event events[EVENTS];
	int64_t next = INT64_MAX, left;
	size_t n;

	if ((s->poller = poller_new()) == NULL)
		_exit(EXIT_SYSTEM);
	poller_set(s->poller, s->listener, POLLER_READ);
	if (s->p->gap_ns == 0)
		fill_block(s);
	while (getppid() == parent) {
		left = next == INT64_MAX ? NS_PER_S : next - clock_mono_ns();
		n = poller_wait(s->poller, events, EVENTS,
		    left < 0 ? 0 : left > NS_PER_S ? NS_PER_S : left,
		    true);
		for (size_t i = 0; i < n; i++)
			serve(s, &events[i]);
		next = send_due(s);
	}
	_exit(EXIT_DONE);
}

static int
listen_somewhere(struct arrivals *arrivals, int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(fd, 2048) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1) {
		diag_warn("calibrate: loopback socket");
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (arrivals != NULL)
		arrival_enable(arrivals, fd);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	*port = ntohs(a.sin_port);
	return fd;
}

/* What the sender tells of each stream, to both. */
static int
share(struct pacer *p)
{
	size_t stamps = p->gap_ns > 0 ? p->streams * p->chunks : 0;
	void *shared;

	p->shared_bytes = p->streams * sizeof(struct pacer_stream) +
	    stamps * sizeof(int64_t);
	shared = mmap(NULL, p->shared_bytes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return diag_warn("calibrate: mmap");
	p->stream = shared;
	p->sent_ns = stamps > 0 ? (int64_t *)(p->stream + p->streams) : NULL;
	return 0;
}

static int
start_sender(struct sender *s)
{
	struct pacer *p = s->p;
	pid_t parent = getpid();

	if ((p->pid = fork()) == -1) {
		munmap(p->stream, p->shared_bytes);
		return diag_warn("calibrate: fork");
	}
	if (p->pid == 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGPIPE, SIG_IGN);
		sender_main(s, parent);
	}
	return 0;
}

int
pacer_start(struct pacer *p)
{
	struct sender *s = xcalloc(1, sizeof(*s));
	int rc = -1;

	s->p = p;
	s->arrivals = arrivals_new(NULL);
	s->listener = listen_somewhere(s->arrivals, &p->port);
	if (s->listener != -1) {
		rc = share(p) == 0 ? start_sender(s) : -1;
		close(s->listener);
	}
	arrivals_free(s->arrivals);
	free(s);
	return rc;
}

void
pacer_stop(struct pacer *p)
{
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) == -1)
		continue;
	munmap(p->stream, p->shared_bytes);
}
