#include "transfer.h"

#include <curl/curl.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arrival.h"
#include "clock.h"
#include "diag.h"
#include "version.h"
#include "xalloc.h"

enum {
	EVENTS_MAX = 1024,	/* served in one turn */
	CROWD = 16,		/* so many wait for each other: glance */
	GLANCE_EVERY = 128,	/* serves; about 2 ms */
	POOL_MAX = 64
};

struct net {
	CURLM *multi;
	struct loop *loop;
	bool has_kernel_clock;
	int64_t curl_at_ns;	/* when libcurl wants to be called */
	uint64_t reads;
	int read_fd;		/* being read just now, else -1 */
	bool is_looked_at;	/* by arrival_look(), before it was read */
	struct transfer *live;
	CURL *pool[POOL_MAX];	/* handles to use again */
	size_t n_pool;
};

struct transfer {
	struct net *net;
	struct transfer *next, *prev;
	struct transfer_request rq;
	CURL *easy;
	struct curl_slist *headers;
	size_t sent;
	int64_t sent_ns;	/* the last byte, last time; 0: not yet */
	int retries;
	int fd;
	bool is_answer_due;	/* on_answer is still to be called */
	bool is_plain;		/* no TLS: the kernel's stamp is usable */
	char content_type[64], server[64];
	char error[CURL_ERROR_SIZE];
};

static size_t
on_write(char *bytes, size_t size, size_t n, void *arg)
{
	struct arrival_time when = { .callback_ns = clock_mono_ns() };
	struct transfer *t = arg;
	struct net *net = t->net;
	int rc;

	when.at_ns = when.callback_ns;
	when.read = net->reads;
	if (t->is_plain && net->is_looked_at && net->read_fd == t->fd) {
		when.at_ns = arrival_of(bytes, size * n);
		if (when.at_ns < 0)
			when.at_ns = when.callback_ns;
	}
	rc = t->rq.on_body(t->rq.arg, t, bytes, size * n, &when);
	return rc == -1 ? 0 : rc == 1 ? CURL_WRITEFUNC_PAUSE : size * n;
}

static size_t
on_read(char *out, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t left = t->rq.body_len - t->sent;
	size_t len = left < size * n ? left : size * n;

	memcpy(out, t->rq.body + t->sent, len);
	t->sent += len;
	if (len > 0 && t->sent == t->rq.body_len) {
		t->sent_ns = clock_mono_ns();
		if (t->rq.on_sent != NULL)
			t->rq.on_sent(t->rq.arg, t->sent_ns);
	}
	return len;
}

/*
 * libcurl begins again: the connection it reused was closed meanwhile.  A
 * close that comes late says nothing of the kind: the server had the request
 * and may have worked on it, which must not be done twice.
 */
static int
on_seek(void *arg, curl_off_t offset, int origin)
{
	struct transfer *t = arg;

	if (origin != SEEK_SET || offset < 0 ||
	    (size_t)offset > t->rq.body_len ||
	    t->retries >= TRANSFER_RESENDS_MAX || (t->sent_ns > 0 &&
	    clock_mono_ns() - t->sent_ns > TRANSFER_RESEND_NS))
		return CURL_SEEKFUNC_FAIL;
	t->sent = (size_t)offset;
	t->retries++;
	return CURL_SEEKFUNC_OK;
}

static void
take_header(char *out, size_t cap, const char *name, const char *line,
    size_t len)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0)
		return;
	line += n, len -= n;
	while (len > 0 && (line[0] == ' ' || line[0] == '\t'))
		line++, len--;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (len >= cap)
		len = cap - 1;
	memcpy(out, line, len);
	out[len] = '\0';
}

static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	if (t->is_answer_due) {
		t->is_answer_due = false;
		t->rq.on_answer(t->rq.arg);
	}
	take_header(t->content_type, sizeof(t->content_type), "content-type:",
	    line, size * n);
	take_header(t->server, sizeof(t->server), "server:", line, size * n);
	return size * n;
}

static int
on_new_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	if (purpose == CURLSOCKTYPE_IPCXN)
		arrival_enable(fd);
	return CURL_SOCKOPT_OK;
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct net *net = arg;
	struct transfer *t = NULL;

	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		poller_remove(net->loop->poller, fd);
		return 0;
	}
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
	if (t != NULL)
		t->fd = fd;
	poller_set(net->loop->poller, fd,
	    ((what & CURL_POLL_IN) ? (unsigned)POLLER_READ : 0U) |
	    ((what & CURL_POLL_OUT) ? (unsigned)POLLER_WRITE : 0U));
	return 0;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct net *net = arg;

	(void)multi;
	net->curl_at_ns = timeout_ms < 0 ? INT64_MAX :
	    clock_mono_ns() + timeout_ms * NS_PER_MS;
	return 0;
}

struct net *
net_new(struct loop *loop)
{
	struct net *n;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		diag_warnx("libcurl: cannot be initialised");
		return NULL;
	}
	n = xcalloc(1, sizeof(*n));
	n->loop = loop;
	n->has_kernel_clock = arrival_init();
	n->curl_at_ns = INT64_MAX;
	n->read_fd = -1;
	n->multi = curl_multi_init();
	curl_multi_setopt(n->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(n->multi, CURLMOPT_SOCKETDATA, n);
	curl_multi_setopt(n->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(n->multi, CURLMOPT_TIMERDATA, n);
	curl_multi_setopt(n->multi, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_NOTHING);
	curl_multi_setopt(n->multi, CURLMOPT_MAXCONNECTS, 4096L);
	return n;
}

void
net_free(struct net *n)
{
	if (n == NULL)
		return;
	while (n->live != NULL)
		transfer_cancel(n->live);
	while (n->n_pool > 0)
		curl_easy_cleanup(n->pool[--n->n_pool]);
	curl_multi_cleanup(n->multi);
	curl_global_cleanup();
	free(n);
}

bool
net_has_kernel_clock(const struct net *n)
{
	return n->has_kernel_clock;
}

void
net_use_callback_clock(struct net *n)
{
	n->has_kernel_clock = false;
}

struct loop *
net_loop(struct net *n)
{
	return n->loop;
}

static struct curl_slist *
make_headers(const struct transfer_request *r)
{
	struct curl_slist *h = NULL;
	char *auth;

	h = curl_slist_append(h, "User-Agent: lmsdrive/" LMGAUGE_VERSION);
	h = curl_slist_append(h, "Accept: text/event-stream, application/json");
	if (r->body != NULL) {
		h = curl_slist_append(h, "Content-Type: application/json");
		/* No waiting for "100 Continue" before the body. */
		h = curl_slist_append(h, "Expect:");
	}
	if (r->token != NULL && r->token[0] != '\0') {
		auth = xasprintf("Authorization: Bearer %s", r->token);
		h = curl_slist_append(h, auth);
		free(auth);
	}
	return h;
}

static void
set_request(CURL *e, struct transfer *t)
{
	const struct transfer_request *r = &t->rq;

	curl_easy_setopt(e, CURLOPT_URL, r->url);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_write);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	if (r->on_answer != NULL)
		t->is_answer_due = true;
	if (r->body != NULL) {
		curl_easy_setopt(e, CURLOPT_POST, 1L);
		curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(e, CURLOPT_READDATA, t);
		curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(e, CURLOPT_SEEKDATA, t);
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)r->body_len);
	}
}

static void
set_connection(CURL *e, const struct transfer_request *r)
{
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)ARRIVAL_READ);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_new_socket);
	curl_easy_setopt(e, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(e, CURLOPT_PROTOCOLS,
	    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	/* As long as a user's idle gap: the server's time-out decides. */
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, 3600L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)(r->connect_ns / NS_PER_MS));
	if (r->total_ns > 0)
		curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
		    (long)(r->total_ns / NS_PER_MS));
	if (r->new_connection)
		curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	if (r->insecure) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

struct transfer *
transfer_begin(struct net *n, const struct transfer_request *r)
{
	struct transfer *t = xcalloc(1, sizeof(*t));

	t->net = n;
	t->rq = *r;
	t->fd = -1;
	t->is_plain = n->has_kernel_clock &&
	    strncasecmp(r->url, "http:", 5) == 0;
	t->easy = n->n_pool > 0 ? n->pool[--n->n_pool] : curl_easy_init();
	t->headers = make_headers(r);
	set_request(t->easy, t);
	set_connection(t->easy, r);
	if ((t->next = n->live) != NULL)
		t->next->prev = t;
	n->live = t;
	curl_multi_add_handle(n->multi, t->easy);
	return t;
}

void
transfer_go_on(struct transfer *t)
{
	curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

long
transfer_http(const struct transfer *t)
{
	long http = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
	return http;
}

const char *
transfer_content_type(const struct transfer *t)
{
	return t->content_type;
}

const char *
transfer_server_header(const struct transfer *t)
{
	return t->server;
}

static void
fill_result(struct transfer_result *r, struct transfer *t, CURLcode code)
{
	curl_off_t connect_us = 0, pre_us = 0;
	long connects = 0;

	curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connect_us);
	curl_easy_getinfo(t->easy, CURLINFO_APPCONNECT_TIME_T, &pre_us);
	if (pre_us > connect_us)
		connect_us = pre_us;
	r->curl = (int)code;
	r->error = code == CURLE_OK ? "" :
	    t->error[0] != '\0' ? t->error : curl_easy_strerror(code);
	if (code == CURLE_SEND_FAIL_REWIND)
		r->error = "the connection was closed before an answer; the "
		    "server had the request, it is not sent again";
	r->is_timeout = code == CURLE_OPERATION_TIMEDOUT;
	r->is_connect_failure = code == CURLE_COULDNT_CONNECT ||
	    code == CURLE_COULDNT_RESOLVE_HOST;
	r->http = transfer_http(t);
	r->at_ns = clock_mono_ns();
	r->connect_ns = connects > 0 ? (int64_t)connect_us * NS_PER_US : 0;
	r->retries = t->retries;
}

static void
finish(struct transfer *t, CURLcode code)
{
	struct net *n = t->net;
	struct transfer_result r;

	fill_result(&r, t, code);
	curl_multi_remove_handle(n->multi, t->easy);
	if (t->next != NULL)
		t->next->prev = t->prev;
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		n->live = t->next;
	t->rq.on_done(t->rq.arg, t, &r);
	curl_easy_reset(t->easy);
	if (n->n_pool < POOL_MAX)
		n->pool[n->n_pool++] = t->easy;
	else
		curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	free(t);
}

void
transfer_cancel(struct transfer *t)
{
	finish(t, CURLE_ABORTED_BY_CALLBACK);
}

static void
reap(struct net *n)
{
	struct transfer *t;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(n->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		t = NULL;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		finish(t, m->data.result);
	}
}

static void
serve(struct net *n, const struct poller_event *e)
{
	int running, mask = 0;

	n->reads++;
	n->is_looked_at = false;
	n->read_fd = e->fd;
	if ((e->what & POLLER_READ) != 0) {
		mask |= CURL_CSELECT_IN;
		if (n->has_kernel_clock)
			n->is_looked_at =
			    arrival_look(e->fd, clock_mono_ns()) >= 0;
	}
	if ((e->what & POLLER_WRITE) != 0)
		mask |= CURL_CSELECT_OUT;
	if ((e->what & POLLER_ERROR) != 0)
		mask |= CURL_CSELECT_ERR;
	curl_multi_socket_action(n->multi, e->fd, mask, &running);
	n->read_fd = -1;
}

/*
 * See which packets are there, before more come and are merged with them.
 */
static void
glance_at_all(struct net *n)
{
	static struct poller_event events[EVENTS_MAX];
	size_t i, got = poller_wait(n->loop->poller, events, EVENTS_MAX, 0,
	    false);
	int64_t now = clock_mono_ns();

	for (i = 0; i < got; i++)
		if ((events[i].what & POLLER_READ) != 0 &&
		    events[i].fd != n->loop->signal_fd)
			arrival_glance(events[i].fd, now);
}

void
net_turn(struct net *n, int64_t deadline_ns)
{
	struct poller_event events[EVENTS_MAX];
	int64_t until = n->curl_at_ns < deadline_ns ? n->curl_at_ns :
	    deadline_ns;
	size_t i, got;
	int running;

	got = loop_wait(n->loop, events, EVENTS_MAX, until);
	if (n->has_kernel_clock && got > 0)
		arrival_sync(clock_mono_ns());
	for (i = 0; i < got; i++) {
		if (n->has_kernel_clock && got > CROWD &&
		    i % GLANCE_EVERY == 0)
			glance_at_all(n);
		serve(n, &events[i]);
	}
	if (clock_mono_ns() >= n->curl_at_ns) {
		n->curl_at_ns = INT64_MAX;
		n->reads++;
		arrival_forget();
		curl_multi_socket_action(n->multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
	reap(n);
	loop_flush_due(n->loop);
}
