/*
 * Linux: the process connector, a netlink socket on which the kernel tells of
 * every fork, exec and exit.  Needs no privilege on recent kernels,
 * CAP_NET_ADMIN on older ones, and the initial pid and network namespaces.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plat_linux.h"

enum {
	MESSAGE_AT = NLMSG_HDRLEN + sizeof(struct cn_msg),
	DATAGRAM_MAX = 1024,
	RECEIVE_BYTES = 1024 * 1024,	/* some 3000 events */
	ACK_TIMEOUT_MS = 200
};

#define AT(member) ((unsigned)(MESSAGE_AT + offsetof(struct proc_event, member)))
#define EVENT(what) htonl((unsigned)(what))	/* BPF loads big-endian */

/*
 * Let the kernel drop what is not the birth, exec or end of a whole process
 * (threads make most of the traffic on a busy machine): a wake-up spared
 * costs nothing.
 */
static void
attach_filter(int fd)
{
	struct sock_filter code[] = {
	/*  0 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(what)),
	/*  1 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, EVENT(PROC_EVENT_FORK), 2, 0),
	/*  2 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, EVENT(PROC_EVENT_EXEC), 10, 0),
	/*  3 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, EVENT(PROC_EVENT_EXIT), 4, 8),
	/*  4 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(event_data.fork.child_pid)),
	/*  5 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
	/*  6 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(event_data.fork.child_tgid)),
	/*  7 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 5, 4),
	/*  8 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(event_data.exit.process_pid)),
	/*  9 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
	/* 10 */ BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(event_data.exit.process_tgid)),
	/* 11 */ BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
	/* 12 */ BPF_STMT(BPF_RET | BPF_K, 0),
	/* 13 */ BPF_STMT(BPF_RET | BPF_K, DATAGRAM_MAX),
	};
	struct sock_fprog prog = {
		.len = sizeof(code) / sizeof(code[0]), .filter = code
	};

	/* Without the filter it works all the same, at a higher cost. */
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

/* Ask the kernel to send events from now on. */
static int
send_listen(int fd)
{
	_Alignas(struct nlmsghdr) char text[NLMSG_SPACE(sizeof(struct cn_msg) +
	    sizeof(enum proc_cn_mcast_op))] = { 0 };
	enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;
	struct cn_msg cn = { .id = { CN_IDX_PROC, CN_VAL_PROC },
	    .len = sizeof(op) };
	struct nlmsghdr nl = { .nlmsg_len = NLMSG_LENGTH(sizeof(cn) +
	    sizeof(op)), .nlmsg_type = NLMSG_DONE,
	    .nlmsg_pid = (unsigned)getpid() };

	memcpy(text, &nl, sizeof(nl));
	memcpy(text + NLMSG_HDRLEN, &cn, sizeof(cn));
	memcpy(text + NLMSG_HDRLEN + sizeof(cn), &op, sizeof(op));
	return send(fd, text, nl.nlmsg_len, 0) == -1 ? -1 : 0;
}

/* The kernel acknowledges; from another pid namespace it stays silent. */
static bool
is_acknowledged(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ACK_TIMEOUT_MS) == 1;
}

void
plat_linux_open_events(struct plat *p)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK,
	    .nl_groups = CN_IDX_PROC };
	int bytes = RECEIVE_BYTES;
	int fd = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_CONNECTOR);

	p->netlink_why = "the kernel has no process connector";
	if (fd == -1)
		return;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    send_listen(fd) == -1) {
		p->netlink_why = errno == EPERM ?
		    "the process connector needs CAP_NET_ADMIN here" :
		    strerror(errno);
		close(fd);
		return;
	}
	if (!is_acknowledged(fd)) {
		p->netlink_why = "the process connector does not answer "
		    "(not the initial pid namespace?)";
		close(fd);
		return;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	    sizeof(bytes)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	attach_filter(fd);
	p->netlink_fd = fd;
	p->netlink_why = NULL;
}

int
plat_event_fd(const struct plat *p)
{
	return p->netlink_fd;
}

/* Translate one datagram.  Returns false when it says nothing to us. */
static bool
translate(const char *text, size_t len, struct plat_event *e)
{
	struct proc_event ev;
	size_t have = len > MESSAGE_AT ? len - MESSAGE_AT : 0;

	memset(&ev, 0, sizeof(ev));
	memcpy(&ev, text + MESSAGE_AT, have < sizeof(ev) ? have : sizeof(ev));
	*e = (struct plat_event){ .status = -1 };
	switch ((unsigned)ev.what) {
	case PROC_EVENT_FORK:
		e->kind = PLAT_FORK;
		e->pid = ev.event_data.fork.child_pid;
		e->ppid = ev.event_data.fork.parent_tgid;
		return e->pid == ev.event_data.fork.child_tgid;
	case PROC_EVENT_EXEC:
		e->kind = PLAT_EXEC;
		e->pid = ev.event_data.exec.process_tgid;
		return true;
	case PROC_EVENT_EXIT:
		e->kind = PLAT_EXIT;
		e->pid = ev.event_data.exit.process_pid;
		e->status = (int)ev.event_data.exit.exit_code;
		return e->pid == ev.event_data.exit.process_tgid;
	default:
		return false;
	}
}

bool
plat_next_event(struct plat *p, struct plat_event *e)
{
	char text[DATAGRAM_MAX];
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);
	ssize_t n;

	if (p->netlink_fd == -1)
		return false;
	for (;;) {
		n = recvfrom(p->netlink_fd, text, sizeof(text), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_len);
		if (n == -1 && errno == ENOBUFS) {
			*e = (struct plat_event){ .kind = PLAT_RESCAN,
			    .status = -1 };
			return true;
		}
		if (n == -1 && errno != EINTR)
			return false;
		/* Only the kernel (pid 0) is believed. */
		if (n > MESSAGE_AT && from.nl_pid == 0 &&
		    translate(text, (size_t)n, e))
			return true;
	}
}

void
plat_watch(struct plat *p, int pid)
{
	(void)p;
	(void)pid;
}

const char *
plat_events_missing(struct plat *p)
{
	return p->netlink_why;
}
