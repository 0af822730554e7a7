#define _GNU_SOURCE
#include "linux/connector_linux.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

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

	if (len < CONNECTOR_MESSAGE_AT + offsetof(struct proc_event,
	    event_data) + sizeof(pe.event_data.ack))
		return false;
	memset(&pe, 0, sizeof(pe));
	memcpy(&cn, text + NLMSG_HDRLEN, sizeof(cn));
	len -= CONNECTOR_MESSAGE_AT;
	memcpy(&pe, text + CONNECTOR_MESSAGE_AT,
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
	char text[CONNECTOR_DATAGRAM_MAX];
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

int
connector_open(const char **why)
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
