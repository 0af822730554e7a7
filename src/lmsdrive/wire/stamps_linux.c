#define _GNU_SOURCE		/* SO_TIMESTAMPNS */
#include "stamps.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

int
stamps_open(struct stamps *s)
{
	/*
	 * The kernel turns packet stamping on when the first socket asks for
	 * it, a moment later; a socket that asks now and stays open makes
	 * sure that no connection of ours is too early.
	 */
	*s = (struct stamps){
	    .keeper = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
	stamps_ask(s->keeper);
	return s->keeper == -1 ? -1 : 0;
}

void
stamps_close(struct stamps *s)
{
	close(s->keeper);
}

void
stamps_ask(int fd)
{
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
}

static int64_t
wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void
stamps_sync(struct stamps *s, int64_t now_ns)
{
	int64_t wall = wall_ns(), after = clock_mono_ns();

	/* Preempted between the readings: read again, or keep what we have. */
	for (int tries = s->has_offset ? 1 : 100;
	    after - now_ns > 2 * NS_PER_US && tries > 0; tries--) {
		now_ns = after;
		wall = wall_ns();
		after = clock_mono_ns();
	}
	if (after - now_ns > 2 * NS_PER_US && s->has_offset)
		return;
	s->offset_ns = now_ns + (after - now_ns) / 2 - wall;
	s->has_offset = true;
}

/* The stamp among a message's control data; within what the offset may be
 * wrong by it is not later than now. */
static int64_t
stamp_of(struct stamps *s, struct msghdr *m)
{
	struct cmsghdr *c;
	struct timespec ts;
	int64_t at, now = clock_mono_ns();

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		at = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec + s->offset_ns;
		s->has_any = true;
		if (at > now + 10 * NS_PER_US || at < now - 60 * NS_PER_S)
			return STAMP_NONE;
		return at < now ? at : now;
	}
	return STAMP_NONE;
}

int64_t
stamps_peek(struct stamps *s, int fd, char *bytes, size_t len, size_t *got)
{
	union {
		struct cmsghdr header;
		char space[256];
	} control;
	char none[16 * 1024];	/* TCP copies nothing to it */
	struct iovec iov = { .iov_base = bytes != NULL ? bytes : none,
	    .iov_len = bytes != NULL || len < sizeof(none) ? len :
	    sizeof(none) };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control)
	};
	ssize_t n = recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT |
	    (bytes == NULL ? MSG_TRUNC : 0));

	*got = n > 0 ? (size_t)n : 0;
	if (n == -1 && (errno == ECONNRESET || errno == EPIPE))
		return STAMP_RESET;
	return n > 0 ? stamp_of(s, &m) : STAMP_NONE;
}

uint32_t
stamps_segments(int fd, int *waiting)
{
	struct tcp_info t;
	socklen_t len = sizeof(t);

	memset(&t, 0, sizeof(t));
	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &t, &len);
	*waiting = -1;
	ioctl(fd, FIONREAD, waiting);
	return t.tcpi_data_segs_in;
}
