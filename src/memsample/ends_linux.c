#define _GNU_SOURCE
#include "ends_linux.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "procfile_linux.h"
#include "xalloc.h"

enum {
	ATTRIBUTES_AT = NLMSG_HDRLEN + GENL_HDRLEN,
	HEAD = sizeof(struct nlattr),
	/* Where the figures lie in a message of this shape: one attribute
	 * that holds the pid and them. */
	STATS_TYPE_AT = ATTRIBUTES_AT + HEAD + HEAD + 4 + 2,
	STATS_AT = STATS_TYPE_AT + 2,
	MESSAGE_MAX = 2048,
	CPUS_MAX = 256,
	RECEIVE_BYTES = 4 * 1024 * 1024,	/* some 3000 ends */
	/* In this version figures were inserted in the middle; 16 took it
	 * back. */
	VERSION_MISSHAPEN = 15,
	VERSION_WITH_TGID = 12,
	FLAG_LAST_THREAD = 0x20		/* AGROUP, as of version 12 */
};

/* An end may be taken before its birth is. */
static const int64_t drained_early_ns = NS_PER_S;

/* ---- attributes --------------------------------------------------------------- */

struct attribute {
	int type;
	const char *at;
	size_t len;
};

/* The next attribute in the *len bytes at *p, which move on. */
static bool
next_attribute(const char **p, size_t *len, struct attribute *out)
{
	struct nlattr a;
	size_t whole;

	if (*len < sizeof(a))
		return false;
	memcpy(&a, *p, sizeof(a));
	if (a.nla_len < HEAD || a.nla_len > *len)
		return false;
	*out = (struct attribute){ .type = a.nla_type & NLA_TYPE_MASK,
	    .at = *p + HEAD, .len = a.nla_len - HEAD };
	whole = (size_t)NLA_ALIGN(a.nla_len);
	if (whole > *len)
		whole = *len;
	*p += whole;
	*len -= whole;
	return true;
}

static bool
find_attribute(const char *p, size_t len, int type, struct attribute *out)
{
	while (next_attribute(&p, &len, out))
		if (out->type == type)
			return true;
	return false;
}

/* ---- asking ------------------------------------------------------------------- */

/* Send a command with one attribute.  Returns 0 or -1 with errno set. */
static int
ask(int fd, int family, int command, int type, const void *data, size_t len)
{
	_Alignas(struct nlmsghdr) char text[NLMSG_SPACE(GENL_HDRLEN +
	    HEAD + CPUS_MAX)] = { 0 };
	struct genlmsghdr genl = { .cmd = (unsigned char)command,
	    .version = 1 };
	struct nlattr a = { .nla_type = (unsigned short)type,
	    .nla_len = (unsigned short)(HEAD + len) };
	struct nlmsghdr nl = { .nlmsg_type = (unsigned short)family,
	    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	    .nlmsg_len = (unsigned)(NLMSG_LENGTH(GENL_HDRLEN) +
	    (size_t)NLA_ALIGN(a.nla_len)) };

	memcpy(text, &nl, sizeof(nl));
	memcpy(text + NLMSG_HDRLEN, &genl, sizeof(genl));
	memcpy(text + ATTRIBUTES_AT, &a, sizeof(a));
	memcpy(text + ATTRIBUTES_AT + HEAD, data, len);
	return send(fd, text, nl.nlmsg_len, 0) == -1 ? -1 : 0;
}

/*
 * Wait for the kernel's acknowledgement, which it sends before send(2)
 * returns.  The message before it, if any, goes to text.  Returns its
 * length, 0 without one, or -1 with errno set.
 */
static ssize_t
answer(int fd, char *text, size_t cap)
{
	char ack[MESSAGE_MAX];
	struct nlmsghdr nl;
	ssize_t n, len = 0;
	int error;

	while ((n = recv(fd, ack, sizeof(ack), MSG_DONTWAIT)) >=
	    (ssize_t)sizeof(nl)) {
		memcpy(&nl, ack, sizeof(nl));
		if (nl.nlmsg_type != NLMSG_ERROR && (size_t)n <= cap) {
			memcpy(text, ack, (size_t)n);
			len = n;
			continue;
		}
		memcpy(&error, ack + NLMSG_HDRLEN, sizeof(error));
		errno = -error;
		return error == 0 ? len : -1;
	}
	if (n >= 0)
		errno = EPROTO;
	return -1;
}

static int
family_number(int fd)
{
	static const char name[] = TASKSTATS_GENL_NAME;
	char text[MESSAGE_MAX];
	unsigned short number;
	struct attribute a;
	ssize_t n;

	if (ask(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME,
	    name, sizeof(name)) == -1 ||
	    (n = answer(fd, text, sizeof(text))) <= ATTRIBUTES_AT ||
	    !find_attribute(text + ATTRIBUTES_AT, (size_t)n - ATTRIBUTES_AT,
	    CTRL_ATTR_FAMILY_ID, &a) || a.len < sizeof(number))
		return -1;
	memcpy(&number, a.at, sizeof(number));
	return number;
}

/* Hear of every end on every CPU.  Returns 0 or -1 with errno set. */
static int
register_all(int fd, int family)
{
	char cpus[CPUS_MAX], none[1];
	long n = procfile_read("/sys/devices/system/cpu/possible", cpus,
	    sizeof(cpus) - 1);

	if (n <= 0)
		return -1;
	cpus[n - (cpus[n - 1] == '\n')] = '\0';
	if (ask(fd, family, TASKSTATS_CMD_GET,
	    TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpus, strlen(cpus) + 1) == -1)
		return -1;
	return answer(fd, none, 0) == -1 ? -1 : 0;
}

static const char *
reason(int error)
{
	switch (error) {
	case EPERM:
		return "taskstats needs root or CAP_NET_ADMIN";
	case EINVAL:
		return "taskstats answers in the initial pid namespace only";
	default:
		return strerror(error);
	}
}

void
ends_open(struct ends *e)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK };
	int bytes = RECEIVE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    NETLINK_GENERIC);

	*e = (struct ends){ .fd = -1,
	    .why = "the kernel has no taskstats (CONFIG_TASKSTATS off)" };
	if (fd == -1)
		return;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    (e->family = family_number(fd)) == -1) {
		close(fd);
		return;
	}
	if (register_all(fd, e->family) == -1) {
		e->why = reason(errno);
		close(fd);
		return;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	    sizeof(bytes)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	e->fd = fd;
	e->why = NULL;
	e->kept = xcalloc(ENDS_KEPT, sizeof(*e->kept));
}

void
ends_close(struct ends *e)
{
	if (e->fd != -1)
		close(e->fd);
	free(e->kept);
	*e = (struct ends){ .fd = -1 };
}

void
ends_watch(struct ends *e, const struct filter_pids *pids, int limit)
{
	struct filter f = FILTER_INIT;
	int jump;

	if (e->fd == -1)
		return;
	jump = filter_begin_if_half(&f, STATS_TYPE_AT, TASKSTATS_TYPE_STATS);
	filter_take_newer(&f, STATS_AT + offsetof(struct taskstats, ac_ppid),
	    limit);
	filter_take_pids(&f, STATS_AT + offsetof(struct taskstats, ac_pid),
	    pids);
	filter_take_pids(&f, STATS_AT + offsetof(struct taskstats, ac_ppid),
	    pids);
	/* The last, as older kernels have no such word: that drops it. */
	filter_take_pids(&f, STATS_AT + offsetof(struct taskstats, ac_tgid),
	    pids);
	filter_return(&f, 0);
	filter_end(&f, jump);
	filter_return(&f, FILTER_ALL);	/* of another shape */
	filter_attach(&f, e->fd);
}

/* ---- hearing ------------------------------------------------------------------ */

/* The process's entry, emptied when it was of another one. */
static struct ends_process *
entry_of(struct ends *e, int pid)
{
	struct ends_process *p = &e->kept[(unsigned)pid % ENDS_KEPT];

	if (p->pid != pid || p->is_over)
		*p = (struct ends_process){ .pid = pid, .status = -1,
		    .peak_rss_bytes = -1 };
	return p;
}

static void
keep(struct ends *e, const struct taskstats *t)
{
	bool has_tgid = t->version >= VERSION_WITH_TGID;
	struct ends_process *p = entry_of(e, (int)(has_tgid ? t->ac_tgid :
	    t->ac_pid));
	int64_t peak = (int64_t)t->hiwater_rss * 1024;
	/* The scheduler's own clock is exact, utime + stime count in ticks
	 * of some ms. */
	int64_t ticks_ns = (int64_t)(t->ac_utime + t->ac_stime) * NS_PER_US;
	int64_t run_ns = (int64_t)t->cpu_run_virtual_total;

	p->at_ns = clock_mono_ns();
	p->is_over = !has_tgid || (t->ac_flag & FLAG_LAST_THREAD) != 0;
	if (peak > 0 && peak > p->peak_rss_bytes)
		p->peak_rss_bytes = peak;
	p->cpu_ns += run_ns > 0 ? run_ns : ticks_ns;
	if (p->is_over)
		p->status = (int)t->ac_exitcode;
	memcpy(p->name, t->ac_comm, sizeof(p->name) - 1);
}

void
ends_take(struct ends *e, const char *text, size_t len)
{
	struct attribute whole, stats;
	struct taskstats t = { 0 };
	struct nlmsghdr nl;

	if (len <= ATTRIBUTES_AT)
		return;
	memcpy(&nl, text, sizeof(nl));
	if (nl.nlmsg_type != e->family || !find_attribute(text + ATTRIBUTES_AT,
	    len - ATTRIBUTES_AT, TASKSTATS_TYPE_AGGR_PID, &whole) ||
	    !find_attribute(whole.at, whole.len, TASKSTATS_TYPE_STATS, &stats))
		return;
	memcpy(&t, stats.at, stats.len < sizeof(t) ? stats.len : sizeof(t));
	if (t.version != VERSION_MISSHAPEN)
		keep(e, &t);
}

void
ends_drain(struct ends *e)
{
	struct sockaddr_nl from = { 0 };
	char text[MESSAGE_MAX];
	socklen_t from_len;
	ssize_t n;

	if (e->fd == -1)
		return;
	for (;;) {
		from_len = sizeof(from);
		n = recvfrom(e->fd, text, sizeof(text), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &from_len);
		if (n == -1 && errno != EINTR && errno != ENOBUFS)
			return;
		/* Only the kernel (pid 0) is believed. */
		if (n > 0 && from.nl_pid == 0)
			ends_take(e, text, (size_t)n);
	}
}

bool
ends_find(struct ends *e, int pid, int64_t since_ns, struct plat_end *out)
{
	const struct ends_process *p;

	if (e->fd == -1)
		return false;
	ends_drain(e);
	p = &e->kept[(unsigned)pid % ENDS_KEPT];
	if (p->pid != pid || p->at_ns < since_ns - drained_early_ns)
		return false;
	*out = (struct plat_end){ .status = p->status,
	    .peak_rss_bytes = p->peak_rss_bytes, .cpu_ns = p->cpu_ns };
	snprintf(out->name, sizeof(out->name), "%s", p->name);
	return true;
}
