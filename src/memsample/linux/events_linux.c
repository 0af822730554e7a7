/* Linux: what the process connector's datagrams mean. */
#define _GNU_SOURCE
#include "linux/events_linux.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "linux/connector_linux.h"
#include "linux/plat_linux.h"

/* Some 10000 events for root; others get what the system allows. */
enum { RECEIVE_BYTES = 8 * 1024 * 1024 };

void
events_open(struct events *ev)
{
	int bytes = RECEIVE_BYTES;

	*ev = (struct events){ .why = NULL };
	if ((ev->fd = connector_open(&ev->why)) == -1)
		return;
	if (setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	    sizeof(bytes)) == -1)
		setsockopt(ev->fd, SOL_SOCKET, SO_RCVBUF, &bytes,
		    sizeof(bytes));
	ev->taken_ns = clock_mono_ns();
}

void
events_close(struct events *ev)
{
	if (ev->fd != -1)
		close(ev->fd);
}

const char *
plat_events_missing(struct plat *p)
{
	return p->events.why;
}

/* Translate one datagram.  Returns false when it says nothing to us: of
 * threads, or of what we do not follow. */
static bool
translate(const char *text, size_t len, struct plat_event *e)
{
	size_t have = len - CONNECTOR_MESSAGE_AT;
	struct proc_event pe;

	memset(&pe, 0, sizeof(pe));
	memcpy(&pe, text + CONNECTOR_MESSAGE_AT,
	    have < sizeof(pe) ? have : sizeof(pe));
	*e = (struct plat_event){ .status = -1,
	    .at_ns = (int64_t)pe.timestamp_ns };
	switch ((unsigned)pe.what) {
	case PROC_EVENT_FORK:
		e->kind = PLAT_FORK;
		e->pid = pe.event_data.fork.child_pid;
		e->ppid = pe.event_data.fork.parent_tgid;
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

bool
plat_next_event(struct plat *p, struct plat_event *e)
{
	struct sockaddr_nl from = { 0 };
	char text[CONNECTOR_DATAGRAM_MAX];
	socklen_t from_len;
	ssize_t n;

	while (p->events.fd != -1) {
		from_len = sizeof(from);
		n = recvfrom(p->events.fd, text, sizeof(text), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_len);
		if (n == -1 && errno == ENOBUFS) {	/* some were lost */
			*e = (struct plat_event){ .kind = PLAT_RESCAN,
			    .status = -1 };
			return true;
		}
		if (n == -1 && errno != EINTR)
			break;
		/* Only the kernel (pid 0) is believed. */
		if (n > CONNECTOR_MESSAGE_AT && from.nl_pid == 0 &&
		    translate(text, (size_t)n, e))
			return true;
	}
	p->events.taken_ns = clock_mono_ns();
	return false;
}
