#include "blast.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arrival.h"
#include "blast_stream.h"
#include "clock.h"
#include "diag.h"
#include "digest.h"
#include "json.h"
#include "listen.h"
#include "xalloc.h"

/*
 * While streams are being paced the sockets are looked at only so often: a
 * request that comes has the kernel's time stamp, so its schedule is exact
 * all the same, and looking at a thousand sockets for each token would cost
 * more than sending it.
 */
#define LOOK_NS NS_PER_MS

struct blast {
	const struct blast_options *o;
	int listener;
	struct blast_stream **streams;
	size_t n, cap;
	struct pollfd *fds;
	size_t cap_fds;
	struct heap timers;
	struct blast_request **requests;
	size_t n_requests, cap_requests;
};

static void
take_connections(struct blast *b)
{
	int fd;

	while ((fd = accept(b->listener, NULL, NULL)) != -1) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		b->streams = xgrow(b->streams, b->n, &b->cap,
		    sizeof(struct blast_stream *));
		b->streams[b->n++] = blast_stream_new(fd, b->o);
	}
}

static void
send_due(struct blast *b, struct blast_stream *s)
{
	int64_t next = blast_stream_send(s, clock_mono_ns());

	if (s->state == BLAST_SENDING && !(s->o->interval_ns == 0 &&
	    blast_stream_is_full(s)))
		heap_set(&b->timers, &s->timer, next);
	else
		heap_clear(&b->timers, &s->timer);
}

static void
read_stream(struct blast *b, struct blast_stream *s)
{
	struct blast_request *r = NULL;

	blast_stream_read(s, &r);
	if (r == NULL)
		return;
	b->requests = xgrow(b->requests, b->n_requests, &b->cap_requests,
	    sizeof(struct blast_request *));
	b->requests[b->n_requests++] = r;
	if (s->state == BLAST_SENDING)
		heap_set(&b->timers, &s->timer, r->first_due_ns);
}

static void
drop_closed(struct blast *b)
{
	for (size_t i = b->n; i-- > 0;)
		if (b->streams[i]->state == BLAST_CLOSED) {
			heap_clear(&b->timers, &b->streams[i]->timer);
			blast_stream_free(b->streams[i]);
			b->streams[i] = b->streams[--b->n];
		}
}

/* Look at all sockets, waiting at most ms (-1: for ever).  False: stop. */
static bool
look(struct blast *b, int ms)
{
	size_t n = b->n;

	while (b->cap_fds < n + 2)
		b->fds = xgrow(b->fds, b->cap_fds, &b->cap_fds,
		    sizeof(*b->fds));
	b->fds[0] = (struct pollfd){ .fd = b->o->signal_fd,
	    .events = POLLIN };
	b->fds[1] = (struct pollfd){ .fd = b->listener, .events = POLLIN };
	for (size_t i = 0; i < n; i++)
		b->fds[2 + i] = (struct pollfd){ .fd = b->streams[i]->fd,
		    .events = (short)(POLLIN |
		    (blast_stream_is_full(b->streams[i]) ? POLLOUT : 0)) };
	if (poll(b->fds, (nfds_t)(n + 2), ms) == -1 && errno != EINTR) {
		diag_warn("waiting for events");
		return false;
	}
	if (b->fds[0].revents != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((b->fds[2 + i].revents & ~POLLOUT) != 0)
			read_stream(b, b->streams[i]);
		if ((b->fds[2 + i].revents & POLLOUT) != 0)
			send_due(b, b->streams[i]);
	}
	if (b->fds[1].revents != 0)
		take_connections(b);
	drop_closed(b);
	return true;
}

static void
serve(struct blast *b)
{
	struct timer *t;
	int64_t next_look = 0, now, next;
	int ms;

	for (;;) {
		now = clock_mono_ns();
		if (now >= next_look) {
			next = heap_next(&b->timers);
			ms = next == INT64_MAX ? -1 : next - now > 20 *
			    NS_PER_MS ? (int)((next - now) / NS_PER_MS) - 10 :
			    0;
			if (!look(b, ms))
				return;
			next_look = clock_mono_ns() + LOOK_NS;
		}
		while ((t = heap_pop(&b->timers, clock_mono_ns())) != NULL &&
		    clock_mono_ns() < next_look)
			send_due(b, (struct blast_stream *)t);
		if (t != NULL)
			heap_set(&b->timers, t, t->due_ns);
		next = heap_next(&b->timers);
		clock_sleep_until(next < next_look ? next : next_look);
	}
}

/* ---- the truth, afterwards ---------------------------------------------- */

/* The last user text of a chat or completions body; "" when there is none. */
static void
prompt_of(const struct blast_request *r, struct buf *out)
{
	cJSON *o = json_parse(r->body, r->body_len);
	const cJSON *m = json_get(o, "messages");
	const char *text;

	m = m != NULL ? cJSON_GetArrayItem(m, cJSON_GetArraySize(m) - 1) : o;
	text = json_get_str(m, "content", json_get_str(m, "prompt",
	    json_get_str(m, "input", "")));
	buf_adds(out, text);
	cJSON_Delete(o);
}

static void
log_request(struct truth *truth, const struct blast_request *r, int64_t req)
{
	struct buf prompt = BUF_INIT;
	char hex[DIGEST_CAP];
	struct json *j;

	for (int64_t i = 0; r->sent != NULL && i < r->n; i++) {
		j = truth_begin(truth, "chunk");
		json_int(j, "req", req);
		json_int(j, "i", i);
		json_str(j, "kind", "content");
		json_int(j, "bytes", 20);
		json_int(j, "tokens", 1);
		json_int(j, "planned_ns", r->first_due_ns +
		    i * r->interval_ns);
		json_int(j, "sent_ns", r->sent[i].sent_ns);
		json_int(j, "written_ns", r->sent[i].written_ns);
		truth_end(truth);
	}
	prompt_of(r, &prompt);
	j = truth_begin(truth, "request");
	json_int(j, "req", req);
	json_str(j, "path", r->path);
	json_str(j, "prompt_sha256", digest_sha256(buf_cstr(&prompt),
	    prompt.len, hex));
	json_int(j, "prompt_bytes", (int64_t)prompt.len);
	json_int(j, "received_ns", r->received_ns);
	json_int(j, "first_planned_ns", r->first_due_ns);
	json_int(j, "first_ns", r->first_ns);
	json_int(j, "last_ns", r->last_ns);
	json_int(j, "completion_tokens", r->n);
	json_int(j, "chunks", r->n);
	json_str(j, "status", r->status != NULL ? r->status : "gone");
	truth_end(truth);
	buf_fini(&prompt);
}

int
blast_run(struct truth *truth, const struct blast_options *o,
    int (*ready)(void *, int), void *arg)
{
	struct blast b = { .o = o };
	int port, rc;

	b.listener = listen_on(o->bind, o->port, &port);
	if (b.listener == -1)
		return -1;
	/* Here, too, so that no first request comes before stamps are on. */
	arrival_enable(b.listener);
	if ((rc = ready(arg, port)) == 0)
		serve(&b);
	for (size_t i = 0; i < b.n_requests; i++) {
		if (truth_is_on(truth))
			log_request(truth, b.requests[i], (int64_t)i + 1);
		blast_request_free(b.requests[i]);
	}
	for (size_t i = 0; i < b.n; i++)
		blast_stream_free(b.streams[i]);
	close(b.listener);
	heap_fini(&b.timers);
	free(b.requests);
	free(b.streams);
	free(b.fds);
	return rc;
}
