#include "net_impl.h"

#include <assert.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "proxy.h"
#include "url.h"
#include "version.h"
#include "xalloc.h"

/* Hand over what came at one time: *len of the bytes, or fewer. */
static int
hand_over(struct transfer *t, const char *bytes, size_t *len)
{
	struct net *net = t->net;
	int64_t now = clock_mono_ns();
	struct arrived a = { now, now };
	struct arrival_time when = { .callback_ns = now, .read = net->reads };

	if (t->is_plain && net->is_looked_at && net->read_fd == t->fd)
		*len = arrival_of(net->arrivals, bytes, *len, now, &a);
	/* What came after the look has the callback's time, which may be
	 * later than the stamp of what follows. */
	when.at_ns = a.at_ns > t->last_ns ? a.at_ns : t->last_ns;
	when.from_ns = a.from_ns;
	t->last_ns = when.at_ns;
	return t->rq.on_body(t->rq.arg, t, bytes, *len, &when);
}

static size_t
on_write(char *bytes, size_t size, size_t n, void *arg)
{
	size_t done, len;
	int rc;

	for (done = 0; done < size * n; done += len) {
		len = size * n - done;
		rc = hand_over(arg, bytes + done, &len);
		if (rc != 0)
			return rc == 1 ? CURL_WRITEFUNC_PAUSE : 0;
	}
	return size * n;
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
	t->is_reset = false;
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
	struct transfer_headers *h = &t->answer;

	if (t->is_answer_due) {
		t->is_answer_due = false;
		t->rq.on_answer(t->rq.arg);
	}
	t->header_bytes += size * n;
	if (t->header_bytes > TRANSFER_HEADERS_MAX)
		return 0;
	take_header(h->content_type, sizeof(h->content_type), "content-type:",
	    line, size * n);
	take_header(h->content_encoding, sizeof(h->content_encoding),
	    "content-encoding:", line, size * n);
	take_header(h->server, sizeof(h->server), "server:", line, size * n);
	take_header(h->retry_after, sizeof(h->retry_after), "retry-after:",
	    line, size * n);
	return size * n;
}

/* libcurl would not tell why there is none. */
static curl_socket_t
on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct transfer *t = arg;
	int fd = socket(a->family, a->socktype, a->protocol);

	if (fd == -1) {
		t->is_crowded |= errno == EMFILE || errno == ENFILE;
		return CURL_SOCKET_BAD;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (t->net->arrivals != NULL && purpose == CURLSOCKTYPE_IPCXN)
		arrival_enable(t->net->arrivals, fd);
	return fd;
}

static struct curl_slist *
make_headers(const struct transfer_request *r)
{
	struct curl_slist *h = NULL;
	char *auth;

	h = curl_slist_append(h, "User-Agent: lmsdrive/" LMGAUGE_VERSION);
	h = curl_slist_append(h, "Accept: text/event-stream, application/json");
	h = curl_slist_append(h, "Accept-Encoding: identity");
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
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
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
	/* What is on this machine needs no proxy; elsewhere no_proxy, which
	 * libcurl reads itself, says what does. */
	if (url_is_loopback(r->url))
		curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
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
	if (r->only_connect)
		curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L);
	if (r->new_connection || r->only_connect)
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

	assert(r->url != NULL && r->on_done != NULL);
	t->net = n;
	t->rq = *r;
	t->fd = -1;
	t->is_plain = n->arrivals != NULL &&
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

const struct transfer_headers *
transfer_headers(const struct transfer *t)
{
	return &t->answer;
}

char *
transfer_proxy(const struct transfer *t, char out[PROXY_CAP])
{
	if (url_is_loopback(t->rq.url)) {
		out[0] = '\0';
		return out;
	}
	return proxy_used(t->easy, t->rq.url, out);
}

/* Seconds, however many, or a date, which libcurl reads; a date gone by is at
 * once. */
static int64_t
retry_after_ns(const struct transfer *t)
{
	const char *text = t->answer.retry_after;
	curl_off_t s = 0;

	if (text[0] == '\0')
		return -1;
	if (text[strspn(text, "0123456789")] == '\0')
		s = strtoll(text, NULL, 10);
	else
		curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &s);
	return (s < 0 ? 0 : s > 3600 ? 3600 : (int64_t)s) * NS_PER_S;
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
	if (t->header_bytes > TRANSFER_HEADERS_MAX)
		r->error = "the headers of the answer are longer than 256 KiB";
	if ((r->is_crowded = code != CURLE_OK && t->is_crowded))
		r->error = "no descriptor was left for a connection of ours: "
		    "raise the limit (ulimit -n)";
	/* libcurl's text may hold the password. */
	if (code == CURLE_COULDNT_RESOLVE_PROXY)
		r->error = "the proxy that http_proxy, https_proxy or "
		    "all_proxy names is not found, or no address";
	if (code == CURLE_SEND_FAIL_REWIND)
		r->error = "the connection was closed before an answer; the "
		    "server had the request, it is not sent again";
	if (t->is_reset && t->header_bytes > 0 && (code == CURLE_OK ||
	    code == CURLE_PARTIAL_FILE)) {
		r->curl = CURLE_RECV_ERROR;
		r->error = "connection reset by the server";
	}
	r->is_timeout = code == CURLE_OPERATION_TIMEDOUT;
	r->is_connect_failure = code == CURLE_COULDNT_CONNECT ||
	    code == CURLE_COULDNT_RESOLVE_HOST ||
	    code == CURLE_COULDNT_RESOLVE_PROXY;
	r->http = transfer_http(t);
	r->at_ns = clock_mono_ns();
	r->connect_ns = connects > 0 ? (int64_t)connect_us * NS_PER_US : 0;
	r->retries = t->retries;
	r->retry_after_ns = retry_after_ns(t);
}

void
transfer_finish(struct transfer *t, CURLcode code)
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
	transfer_finish(t, CURLE_ABORTED_BY_CALLBACK);
}

