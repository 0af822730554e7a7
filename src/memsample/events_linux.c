#define _GNU_SOURCE
#include "events_linux.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "connector_linux.h"
#include "plat_linux.h"
#include "procfile_linux.h"

enum {
	RECEIVE_BYTES = 4 * 1024 * 1024,	/* some 10000 events */
	/* A socket with more than this waiting is emptied at every tick. */
	FEW_EVENTS = 8,
	/* So many foreign events a second are worth a new limit. */
	MANY_FOREIGN = 64
};

static const int64_t drain_every_ns = NS_PER_S;

#define AT(member) \
	((unsigned)(CONNECTOR_MESSAGE_AT + offsetof(struct proc_event, member)))

/* Whose fork, exec or exit it is lies at one place in all three. */
enum { WHO_AT = CONNECTOR_MESSAGE_AT + offsetof(struct proc_event,
    event_data.fork.parent_tgid) };
_Static_assert(offsetof(struct proc_event, event_data.fork.parent_tgid) ==
    offsetof(struct proc_event, event_data.exec.process_tgid),
    "an exec's process is where a fork's parent is");
_Static_assert(offsetof(struct proc_event, event_data.fork.parent_tgid) ==
    offsetof(struct proc_event, event_data.exit.process_tgid),
    "and so is an exit's");

/* ---- filters ------------------------------------------------------------------ */

/*
 * Take events of whole processes, not of their threads, in the tree.  When
 * want_young, also the births and deaths of what is too young to be known:
 * children of the tree, and of processes above the limit.
 */
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
	filter_take_pids(&f, WHO_AT, &ev->watched);
	if (want_young) {
		jump = filter_begin_if(&f, AT(what), PROC_EVENT_FORK);
		filter_take_newer(&f, WHO_AT, ev->young_limit);
		filter_end(&f, jump);
		jump = filter_begin_if(&f, AT(what), PROC_EVENT_EXIT);
		filter_take_newer(&f, AT(event_data.exit.parent_tgid),
		    ev->young_limit);
		filter_take_pids(&f, AT(event_data.exit.parent_tgid),
		    &ev->watched);
		filter_end(&f, jump);
	}
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
	ev->is_bell_stale = ev->is_filter_stale = true;
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

/* ---- opening ------------------------------------------------------------------ */

void
events_open(struct events *ev, int newest_pid)
{
	int bytes = RECEIVE_BYTES, on = 1;

	*ev = (struct events){ .bell_fd = -1, .is_bell_stale = true,
	    .is_filter_stale = true, .young_limit = newest_pid,
	    .newest_before = newest_pid };
	ends_open(&ev->ends);
	if ((ev->fd = connector_open(&ev->why)) == -1)
		return;
	if ((ev->bell_fd = connector_open(&ev->why)) == -1) {
		close(ev->fd);
		ev->fd = -1;
		return;
	}
	if (setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	    sizeof(bytes)) == -1)
		setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUF, &bytes,
		    sizeof(bytes));
	/* One message rings as well as a hundred. */
	bytes = CONNECTOR_DATAGRAM_MAX;
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
	size_t have = len > CONNECTOR_MESSAGE_AT ?
	    len - CONNECTOR_MESSAGE_AT : 0;

	memset(&pe, 0, sizeof(pe));
	memcpy(&pe, text + CONNECTOR_MESSAGE_AT,
	    have < sizeof(pe) ? have : sizeof(pe));
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
	char text[CONNECTOR_DATAGRAM_MAX];
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
		if (n > CONNECTOR_MESSAGE_AT && from.nl_pid == 0 &&
		    translate(ev, text, (size_t)n, e))
			return 1;
	}
}

/* Has the bell rung?  It is silent from then on. */
static bool
take_ring(struct events *ev)
{
	char text[CONNECTOR_DATAGRAM_MAX];
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
