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

/* A filter program being written. */
struct program {
	struct sock_filter code[64 + 6 * PLAT_LINUX_WATCHED_MAX];
	unsigned short n;
};

static void
put(struct program *p, int op, unsigned k, int jt, int jf)
{
	p->code[p->n++] = (struct sock_filter){ .code = (unsigned short)op,
	    .jt = (unsigned char)jt, .jf = (unsigned char)jf, .k = k };
}

static void
put_load(struct program *p, unsigned at)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, at, 0, 0);
}

static void
put_return(struct program *p, unsigned bytes)
{
	put(p, BPF_RET | BPF_K, bytes, 0, 0);
}

/* Drop the event unless the two words are equal: a whole process, not one of
 * its threads. */
static void
put_same(struct program *p, unsigned pid_at, unsigned tgid_at)
{
	put_load(p, pid_at);
	put(p, BPF_MISC | BPF_TAX, 0, 0, 0);
	put_load(p, tgid_at);
	put(p, BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0);
	put_return(p, 0);
}

/* Take the event when the pid at that place is above limit. */
static void
put_newer(struct program *p, unsigned at, int limit)
{
	for (unsigned i = 3; i-- > 0;) {	/* pids have three bytes */
		put(p, BPF_LD | BPF_B | BPF_ABS, at + i, 0, 0);
		if (i < 2)
			put(p, BPF_ALU | BPF_OR | BPF_X, 0, 0, 0);
		if (i > 0) {
			put(p, BPF_ALU | BPF_LSH | BPF_K, 8, 0, 0);
			put(p, BPF_MISC | BPF_TAX, 0, 0, 0);
		}
	}
	put(p, BPF_JMP | BPF_JGT | BPF_K, (unsigned)limit, 0, 1);
	put_return(p, DATAGRAM_MAX);
}

/* Take the event when the pid at that place is watched, else drop it. */
static void
put_watched(struct program *p, unsigned at, const struct plat *plat)
{
	put_load(p, at);
	for (size_t i = 0; i < plat->n_watched; i++) {
		put(p, BPF_JMP | BPF_JEQ | BPF_K,
		    htonl((unsigned)plat->watched[i]), 0, 1);
		put_return(p, DATAGRAM_MAX);
	}
	put_return(p, 0);
}

/* What follows is for events of this kind; returns what end_kind() wants. */
static int
begin_kind(struct program *p, unsigned what)
{
	put_load(p, AT(what));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, EVENT(what), 1, 0);
	put(p, BPF_JMP | BPF_JA, 0, 0, 0);
	return p->n - 1;
}

static void
end_kind(struct program *p, int jump)
{
	p->code[jump].k = (unsigned)(p->n - jump - 1);
}

/*
 * Let the kernel drop what does not concern the tree: a wake-up spared costs
 * nothing.  Forks also pass when the parent is so young (above limit) that we
 * may not yet know it as ours: no grandchild is lost, however late we are.
 */
static void
attach_filter(struct plat *plat, int limit)
{
	struct program p = { .n = 0 };
	struct sock_fprog prog;
	int jump;

	jump = begin_kind(&p, PROC_EVENT_FORK);
	put_same(&p, AT(event_data.fork.child_pid),
	    AT(event_data.fork.child_tgid));
	put_newer(&p, AT(event_data.fork.parent_tgid), limit);
	put_watched(&p, AT(event_data.fork.parent_tgid), plat);
	end_kind(&p, jump);
	jump = begin_kind(&p, PROC_EVENT_EXEC);
	put_watched(&p, AT(event_data.exec.process_tgid), plat);
	end_kind(&p, jump);
	jump = begin_kind(&p, PROC_EVENT_EXIT);
	put_same(&p, AT(event_data.exit.process_pid),
	    AT(event_data.exit.process_tgid));
	put_watched(&p, AT(event_data.exit.process_tgid), plat);
	end_kind(&p, jump);
	put_return(&p, 0);
	prog.len = p.n;
	prog.filter = p.code;
	/* Without the filter it works all the same, at a higher cost. */
	setsockopt(plat->netlink_fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	    sizeof(prog));
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
	if (p->n_watched < PLAT_LINUX_WATCHED_MAX)
		p->watched[p->n_watched] = pid;
	p->n_watched++;		/* too many: no filter, see below */
	p->is_watch_changed = true;
}

void
plat_unwatch(struct plat *p, int pid)
{
	if (p->n_watched > PLAT_LINUX_WATCHED_MAX)
		return;		/* some are not listed: stay without */
	for (size_t i = 0; i < p->n_watched; i++)
		if (p->watched[i] == pid) {
			p->watched[i] = p->watched[--p->n_watched];
			p->is_watch_changed = true;
			return;
		}
}

void
plat_watch_done(struct plat *p, bool is_tick)
{
	int off = 0;

	if (p->netlink_fd == -1 || htonl(1) == 1 ||	/* big-endian */
	    (!is_tick && !p->is_watch_changed))
		return;
	if (p->n_watched > PLAT_LINUX_WATCHED_MAX) {
		if (p->is_watch_changed)
			setsockopt(p->netlink_fd, SOL_SOCKET,
			    SO_DETACH_FILTER, &off, sizeof(off));
		p->is_watch_changed = false;
		return;
	}
	/* The limit is the newest pid of the tick before: by now whatever
	 * it and its elders had to tell has been told. */
	if (is_tick) {
		p->young_limit = p->newest_before;
		p->newest_before = (int)plat_linux_newest_pid(p);
	}
	attach_filter(p, p->young_limit);
	p->is_watch_changed = false;
}

const char *
plat_events_missing(struct plat *p)
{
	return p->netlink_why;
}
