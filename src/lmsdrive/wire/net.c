/* libcurl's sockets and timer in the loop: who is served when. */

#include "net_impl.h"

#include <sys/resource.h>

#include <stdlib.h>

#include "clock.h"
#include "diag.h"
#include "xalloc.h"

enum {
	SPARE = 16,		/* descriptors beside those of streams */
	EVENTS_MAX = 1024,	/* served in one turn */
	CROWD = 16,		/* so many wait for each other: glance */
	GLANCE_EVERY = 128	/* serves; about 2 ms */
};
#define LATE_NS NS_PER_MS	/* by so much we should not be woken */

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
net_new(struct loop *loop, arrival_end_fn *next_end)
{
	struct net *n;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		diag_warnx("libcurl: cannot be initialised");
		return NULL;
	}
	n = xcalloc(1, sizeof(*n));
	n->loop = loop;
	n->arrivals = next_end != NULL ? arrivals_new(next_end) : NULL;
	poller_hurry();
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
	arrivals_free(n->arrivals);
	free(n);
}

/* Raise the limit to want, or as far as it may be; returns what it is then. */
static rlim_t
raise_limit(rlim_t want)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return want;
	if (r.rlim_cur >= want)
		return r.rlim_cur;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &r) == -1)
		getrlimit(RLIMIT_NOFILE, &r);
	return r.rlim_cur;
}

int
net_make_room(int64_t wanted, int64_t needed)
{
	rlim_t need = (rlim_t)needed + SPARE, have;

	/* Some systems have a bound of their own, and refuse what is above. */
	if (raise_limit((rlim_t)wanted + SPARE) >= need ||
	    (have = raise_limit(need)) >= need)
		return 0;
	return diag_warnx("%lld streams at once need %lld descriptors, and "
	    "this process may have %lld: raise the limit (ulimit -n %lld)",
	    (long long)needed, (long long)need, (long long)have,
	    (long long)need);
}

bool
net_has_kernel_clock(const struct net *n)
{
	return n->arrivals != NULL;
}

struct loop *
net_loop(struct net *n)
{
	return n->loop;
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
		transfer_finish(t, m->data.result);
	}
}

/* The reset is told once, and we were told. */
static void
note_reset(struct net *n, int fd)
{
	struct transfer *t;

	for (t = n->live; t != NULL; t = t->next)
		if (t->fd == fd)
			t->is_reset = true;
}

/* Look at what waits in fd, before it is read.  What came while we slept, or
 * had little to do, was not to wait for that. */
static void
look(struct net *n, int fd)
{
	int64_t at = arrival_look(n->arrivals, fd);

	if (at == ARRIVAL_RESET)
		note_reset(n, fd);
	else if (at > n->asleep_ns || (at != -1 && n->served <= CROWD))
		n->is_late |= n->awake_ns - at > LATE_NS;
	n->is_looked_at = true;
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
		if (n->arrivals != NULL)
			look(n, e->fd);
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
	size_t got = poller_wait(n->loop->poller, events, EVENTS_MAX, 0, false);
	int64_t now = clock_mono_ns();

	for (size_t i = 0; i < got; i++)
		if ((events[i].what & POLLER_READ) != 0 &&
		    events[i].fd != n->loop->signal_fd)
			arrival_glance(n->arrivals, events[i].fd, now);
}

void
net_turn(struct net *n, int64_t deadline_ns)
{
	struct poller_event events[EVENTS_MAX];
	int64_t until = n->curl_at_ns < deadline_ns ? n->curl_at_ns :
	    deadline_ns;
	size_t got;
	int running;

	n->asleep_ns = clock_mono_ns();
	n->is_late = false;
	got = loop_wait(n->loop, events, EVENTS_MAX, until);
	if (n->arrivals != NULL && got > 0) {
		n->awake_ns = clock_mono_ns();
		arrival_sync(n->arrivals, n->awake_ns);
	}
	for (size_t i = 0; i < got; i++) {
		if (n->arrivals != NULL && got > CROWD &&
		    i % GLANCE_EVERY == 0)
			glance_at_all(n);
		serve(n, &events[i]);
	}
	n->served = got;
	if (n->arrivals != NULL && got > 0)
		poller_press(n->is_late, n->awake_ns);
	if (clock_mono_ns() >= n->curl_at_ns) {
		n->curl_at_ns = INT64_MAX;
		n->reads++;
		if (n->arrivals != NULL)
			arrival_forget(n->arrivals);
		curl_multi_socket_action(n->multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
	reap(n);
	loop_flush_due(n->loop);
}
