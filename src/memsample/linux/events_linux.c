/*
 * Linux: births and ends by the process connector, a netlink socket on which
 * the kernel tells of every fork, exec and exit.  Needs no privilege on recent
 * kernels, CAP_NET_ADMIN on older ones, and the initial pid and network
 * namespaces.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "linux/plat_linux.h"

enum {
	MESSAGE_AT = NLMSG_HDRLEN + sizeof(struct cn_msg),
	DATAGRAM_MAX = 1024,
	/* Some 10000 events for root; others get what the system allows. */
	RECEIVE_BYTES = 8 * 1024 * 1024
};

static const int64_t answer_within_ns = 200 * NS_PER_MS;

/* Ask the kernel to send events from now on.  Its answer carries token + 1. */
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

	if (len < MESSAGE_AT + offsetof(struct proc_event,
	    event_data) + sizeof(pe.event_data.ack))
		return false;
	memset(&pe, 0, sizeof(pe));
	memcpy(&cn, text + NLMSG_HDRLEN, sizeof(cn));
	len -= MESSAGE_AT;
	memcpy(&pe, text + MESSAGE_AT,
	    len < sizeof(pe) ? len : sizeof(pe));
	*error = (int)pe.event_data.ack.err;
	return (unsigned)pe.what == PROC_EVENT_NONE && cn.ack == token + 1;
}

/* The first one has had this number since Linux 3.8; true if none is told. */
static bool
is_first_namespace(void)
{
	char text[32];
	ssize_t n = readlink("/proc/self/ns/pid", text, sizeof(text) - 1);

	if (n <= 0)
		return true;
	text[n] = '\0';
	return strcmp(text, "pid:[4026531836]") == 0;
}

/*
 * Listen.  Returns 0, an errno, or -1 when there is no answer: from another
 * pid namespace the kernel is not to be had, and not waited for.
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

	if (!is_first_namespace())
		return -1;
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

void
events_open(struct events *ev)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK,
	    .nl_groups = CN_IDX_PROC };
	int bytes = RECEIVE_BYTES, error;

	*ev = (struct events){ .fd = socket(PF_NETLINK, SOCK_DGRAM |
	    SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR) };
	if (ev->fd == -1) {
		ev->why = "the kernel has no process connector";
		return;
	}
	error = bind(ev->fd, (struct sockaddr *)&at, sizeof(at)) == -1 ?
	    errno : listen_now(ev->fd);
	if (error != 0) {
		ev->why = refusal(error);
		events_close(ev);
		ev->fd = -1;
		return;
	}
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
	size_t have = len - MESSAGE_AT;
	struct proc_event pe;

	memset(&pe, 0, sizeof(pe));
	memcpy(&pe, text + MESSAGE_AT,
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
	char text[DATAGRAM_MAX];
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
		if (n > MESSAGE_AT && from.nl_pid == 0 &&
		    translate(text, (size_t)n, e))
			return true;
	}
	p->events.taken_ns = clock_mono_ns();
	return false;
}
