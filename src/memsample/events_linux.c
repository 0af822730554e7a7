/*
 * Linux: the process connector, a netlink socket on which the kernel tells of
 * every fork, exec and exit.  Needs no privilege on recent kernels,
 * CAP_NET_ADMIN on older ones, and the initial pid and network namespaces.
 */
#define _GNU_SOURCE
#include "events_linux.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "plat_linux.h"
#include "procfile_linux.h"

enum {
	MESSAGE_AT = NLMSG_HDRLEN + sizeof(struct cn_msg),
	DATAGRAM_MAX = 1024,
	RECEIVE_BYTES = 1024 * 1024,	/* some 3000 events */
	/* A socket with more than this waiting is emptied at every tick. */
	FEW_EVENTS = 8,
	/* So many foreign events a second are worth a new limit. */
	MANY_FOREIGN = 64
};

static const int64_t drain_every_ns = NS_PER_S;
static const int64_t answer_within_ns = 200 * NS_PER_MS;

#define AT(member) ((unsigned)(MESSAGE_AT + offsetof(struct proc_event, member)))

/* Whose fork, exec or exit it is lies at one place in all three. */
enum { WHO_AT = MESSAGE_AT + offsetof(struct proc_event,
    event_data.fork.parent_tgid) };
_Static_assert(offsetof(struct proc_event, event_data.fork.parent_tgid) ==
    offsetof(struct proc_event, event_data.exec.process_tgid),
    "an exec's process is where a fork's parent is");
_Static_assert(offsetof(struct proc_event, event_data.fork.parent_tgid) ==
    offsetof(struct proc_event, event_data.exit.process_tgid),
    "and so is an exit's");

/* ---- filters ------------------------------------------------------------------ */

/* Take events of whole processes, not of their threads, in the tree or, when
 * want_young, too young to be known. */
static void
attach(struct events *ev, int fd, bool want_young)
{
	struct filter f = FILTER_INIT;
	int jump;

	filter_drop_others(&f, AT(what), PROC_EVENT_FORK | PROC_EVENT_EXEC |
	    PROC_EVENT_EXIT);
	jump = filter_begin_if(&f, AT(what), PROC_EVENT_FORK);
	filter_same(&f, AT(event_data.fork.child_pid),
	    AT(event_data.fork.child_tgid));
	filter_end(&f, jump);
	jump = filter_begin_if(&f, AT(what), PROC_EVENT_EXIT);
	filter_same(&f, AT(event_data.exit.process_pid),
	    AT(event_data.exit.process_tgid));
	filter_end(&f, jump);
	if (want_young)
		filter_take_newer(&f, WHO_AT, ev->young_limit);
	filter_take_pids(&f, WHO_AT, &ev->watched);
	filter_return(&f, 0);
	filter_attach(&f, fd);
}

/* Returns true when what the sockets hear has changed. */
static bool
renew_filters(struct events *ev)
{
	bool is_new = ev->is_bell_stale;

	if (ev->is_bell_stale)
		attach(ev, ev->bell_fd, false);
	if (ev->is_filter_stale) {
		attach(ev, ev->fd, true);
		ends_watch(&ev->ends, &ev->watched, ev->young_limit);
	}
	ev->is_bell_stale = ev->is_filter_stale = false;
	return is_new;
}

void
plat_watch(struct plat *p, int pid)
{
	struct events *ev = &p->events;

	if (ev->watched.n < FILTER_PIDS_MAX)
		ev->watched.v[ev->watched.n] = pid;
	ev->watched.n++;	/* too many: everything is heard */
	ev->is_bell_stale = true;
	/* The young are heard already. */
	if (pid <= ev->young_limit || ev->watched.n > FILTER_PIDS_MAX)
		ev->is_filter_stale = true;
}

void
plat_unwatch(struct plat *p, int pid)
{
	struct filter_pids *w = &p->events.watched;

	if (w->n > FILTER_PIDS_MAX)
		return;		/* some are not listed: stay without */
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i] == pid) {
			/* Dropping it from the filters can wait. */
			w->v[i] = w->v[--w->n];
			return;
		}
}

bool
plat_watch_done(struct plat *p, bool is_tick)
{
	struct events *ev = &p->events;

	if (ev->fd == -1)
		return false;
	/* The limit is the newest pid of the tick before: by now whatever
	 * it and its elders had to tell has been told. */
	if (is_tick) {
		if (ev->n_foreign > MANY_FOREIGN) {
			ev->young_limit = ev->newest_before;
			ev->is_filter_stale = true;
		}
		ev->n_foreign = 0;
		ev->newest_before =
		    (int)procfile_newest_pid(p->loadavg_fd);
	}
	if (!renew_filters(ev))
		return false;
	/* What happened before the bell knew waits in the other socket. */
	ev->drain_at_ns = 0;
	return true;
}

/* ---- connecting --------------------------------------------------------------- */

/* Ask the kernel to send events from now on; its answer will carry token + 1. */
static int
send_listen(int fd, unsigned token)
{
	_Alignas(struct nlmsghdr) char text[NLMSG_SPACE(sizeof(struct cn_msg) +
	    sizeof(enum proc_cn_mcast_op))] = { 0 };
	enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;
	struct cn_msg cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .ack = token,
	    .len = sizeof(op) };
	struct nlmsghdr nl = { .nlmsg_len = NLMSG_LENGTH(sizeof(cn) +
	    sizeof(op)), .nlmsg_type = NLMSG_DONE,
	    .nlmsg_pid = (unsigned)getpid() };

	memcpy(text, &nl, sizeof(nl));
	memcpy(text + NLMSG_HDRLEN, &cn, sizeof(cn));
	memcpy(text + NLMSG_HDRLEN + sizeof(cn), &op, sizeof(op));
	return send(fd, text, nl.nlmsg_len, 0) == -1 ? -1 : 0;
}

/*
 * Is this the kernel's answer to token?  Then *error is 0 or an errno.  Others
 * who listen are answered on the same channel, and what they are told of
 * comes on it, too.
 */
static bool
is_answer(const char *text, size_t len, unsigned token, int *error)
{
	struct proc_event pe;
	struct cn_msg cn;

	if (len < MESSAGE_AT + offsetof(struct proc_event, event_data) +
	    sizeof(pe.event_data.ack))
		return false;
	memset(&pe, 0, sizeof(pe));
	memcpy(&cn, text + NLMSG_HDRLEN, sizeof(cn));
	memcpy(&pe, text + MESSAGE_AT, len - MESSAGE_AT < sizeof(pe) ?
	    len - MESSAGE_AT : sizeof(pe));
	*error = (int)pe.event_data.ack.err;
	return (unsigned)pe.what == PROC_EVENT_NONE && cn.ack == token + 1;
}

/*
 * Listen.  Returns 0, an errno, or -1 when there is no answer: from another
 * pid namespace the kernel is not to be had.
 */
static int
listen_now(int fd)
{
	unsigned token = (unsigned)clock_mono_ns() ^ (unsigned)getpid();
	int64_t until_ns = clock_mono_ns() + answer_within_ns;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[DATAGRAM_MAX];
	int error;
	ssize_t n;

	if (send_listen(fd, token) == -1)
		return errno;
	while (clock_mono_ns() < until_ns) {
		if (poll(&p, 1, 10) != 1)
			continue;
		n = recv(fd, text, sizeof(text), MSG_DONTWAIT);
		if (n > 0 && is_answer(text, (size_t)n, token, &error))
			return error;
	}
	return -1;
}

static const char *
refusal(int error)
{
	if (error == -1)
		return "the process connector does not answer "
		    "(not the initial pid namespace?)";
	return error == EPERM ?
	    "the process connector needs CAP_NET_ADMIN here" : strerror(error);
}

/* Returns the socket, or -1 with *why set. */
static int
connect_once(const char **why)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK,
	    .nl_groups = CN_IDX_PROC };
	int fd = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_CONNECTOR);
	int error;

	if (fd == -1) {
		*why = "the kernel has no process connector";
		return -1;
	}
	error = bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ? errno :
	    listen_now(fd);
	if (error == 0)
		return fd;
	*why = refusal(error);
	close(fd);
	return -1;
}

void
events_open(struct events *ev, int newest_pid)
{
	int bytes = RECEIVE_BYTES, on = 1;

	*ev = (struct events){ .bell_fd = -1, .is_bell_stale = true,
	    .is_filter_stale = true, .young_limit = newest_pid,
	    .newest_before = newest_pid };
	ends_open(&ev->ends);
	if ((ev->fd = connect_once(&ev->why)) == -1)
		return;
	if ((ev->bell_fd = connect_once(&ev->why)) == -1) {
		close(ev->fd);
		ev->fd = -1;
		return;
	}
	if (setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	    sizeof(bytes)) == -1)
		setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUF, &bytes,
		    sizeof(bytes));
	/* One message rings as well as a hundred. */
	bytes = DATAGRAM_MAX;
	setsockopt(ev->bell_fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(ev->bell_fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on,
	    sizeof(on));
}

void
events_close(struct events *ev)
{
	ends_close(&ev->ends);
	if (ev->fd != -1)
		close(ev->fd);
	if (ev->bell_fd != -1)
		close(ev->bell_fd);
}

const char *
plat_events_missing(struct plat *p)
{
	return p->events.why;
}

const char *
plat_ends_missing(struct plat *p)
{
	return p->events.why != NULL ? p->events.why : p->events.ends.why;
}

/* ---- hearing ------------------------------------------------------------------ */

static bool
is_watched(const struct events *ev, int pid)
{
	for (size_t i = 0; i < ev->watched.n && i < FILTER_PIDS_MAX; i++)
		if (ev->watched.v[i] == pid)
			return true;
	return ev->watched.n > FILTER_PIDS_MAX;
}

/* Translate one datagram.  Returns false when it says nothing to us. */
static bool
translate(struct events *ev, const char *text, size_t len,
    struct plat_event *e)
{
	struct proc_event pe;
	size_t have = len > MESSAGE_AT ? len - MESSAGE_AT : 0;

	memset(&pe, 0, sizeof(pe));
	memcpy(&pe, text + MESSAGE_AT, have < sizeof(pe) ? have : sizeof(pe));
	*e = (struct plat_event){ .status = -1 };
	switch ((unsigned)pe.what) {
	case PROC_EVENT_FORK:
		e->kind = PLAT_FORK;
		e->pid = pe.event_data.fork.child_pid;
		e->ppid = pe.event_data.fork.parent_tgid;
		ev->n_foreign += !is_watched(ev, e->ppid);
		return e->pid == pe.event_data.fork.child_tgid;
	case PROC_EVENT_EXEC:
		e->kind = PLAT_EXEC;
		e->pid = pe.event_data.exec.process_tgid;
		return true;
	case PROC_EVENT_EXIT:
		e->kind = PLAT_EXIT;
		e->pid = pe.event_data.exit.process_pid;
		e->status = (int)pe.event_data.exit.exit_code;
		return e->pid == pe.event_data.exit.process_tgid;
	default:
		return false;
	}
}

/* Returns 1 with an event, 0 when none waits. */
static int
take_event(struct events *ev, struct plat_event *e)
{
	struct sockaddr_nl from = { 0 };
	char text[DATAGRAM_MAX];
	socklen_t from_len;
	ssize_t n;

	for (;;) {
		from_len = sizeof(from);
		n = recvfrom(ev->fd, text, sizeof(text), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_len);
		ev->n_taken += n > 0;
		if (n == -1 && errno == ENOBUFS) {
			*e = (struct plat_event){ .kind = PLAT_RESCAN,
			    .status = -1 };
			return 1;
		}
		if (n == -1 && errno != EINTR)
			return 0;
		/* Only the kernel (pid 0) is believed. */
		if (n > MESSAGE_AT && from.nl_pid == 0 &&
		    translate(ev, text, (size_t)n, e))
			return 1;
	}
}

/* Has the bell rung?  It is silent from then on. */
static bool
take_ring(struct events *ev)
{
	char text[DATAGRAM_MAX];
	bool has_rung = false;

	if (ev->is_bell_silent) {
		ev->is_bell_silent = false;
		return false;
	}
	while (recv(ev->bell_fd, text, sizeof(text), MSG_DONTWAIT) > 0)
		has_rung = true;
	return has_rung;
}

static bool
begin_draining(struct events *ev)
{
	ev->has_rung = take_ring(ev);
	ev->is_draining = ev->has_rung || clock_mono_ns() >= ev->drain_at_ns;
	ev->n_taken = 0;
	return ev->is_draining;
}

/* A ring may be a moment ahead of its message: look again next time. */
static void
end_draining(struct events *ev)
{
	ev->is_draining = false;
	ev->drain_at_ns = ev->has_rung || ev->n_taken > FEW_EVENTS ? 0 :
	    clock_mono_ns() + drain_every_ns;
	ends_drain(&ev->ends);
}

bool
plat_next_event(struct plat *p, struct plat_event *e)
{
	struct events *ev = &p->events;

	if (ev->fd == -1 || (!ev->is_draining && !begin_draining(ev)))
		return false;
	if (take_event(ev, e) == 1)
		return true;
	end_draining(ev);
	return false;
}

bool
plat_last_words(struct plat *p, int pid, int64_t since_ns,
    struct plat_end *out)
{
	return ends_find(&p->events.ends, pid, since_ns, out);
}
