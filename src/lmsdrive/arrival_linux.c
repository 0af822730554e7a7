#define _GNU_SOURCE		/* SO_TIMESTAMPNS */
#include "arrival.h"

#include <sys/socket.h>

#include <string.h>
#include <time.h>

#include "clock.h"

static int64_t offset_ns;	/* monotonic minus wall clock */
static bool has_offset;

bool
arrival_init(void)
{
	static int keeper = -1;

	/*
	 * The kernel turns packet stamping on when the first socket asks for
	 * it, a moment later; a socket that asks now and stays open makes
	 * sure that no connection of ours is too early.
	 */
	if (keeper == -1) {
		keeper = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		arrival_enable(keeper);
	}
	return keeper != -1;
}

void
arrival_enable(int fd)
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
arrival_sync(int64_t now_ns)
{
	int64_t wall = wall_ns(), after = clock_mono_ns(), offset;

	/* Preempted between the readings: keep the offset we have. */
	if (after - now_ns > 2 * NS_PER_US && has_offset) {
		now_ns = after;
		wall = wall_ns();
		after = clock_mono_ns();
		if (after - now_ns > 2 * NS_PER_US)
			return;
	}
	offset = now_ns + (after - now_ns) / 2 - wall;
	offset_ns = offset;
	has_offset = true;
}

/* The stamp that recvmsg() gives is of the last packet it takes from. */
static int64_t
peek(int fd, char *bytes, size_t len, int64_t now_ns)
{
	union {
		struct cmsghdr header;
		char space[256];
	} control;
	struct iovec iov = { .iov_base = bytes, .iov_len = len };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *c;
	struct timespec ts;
	int64_t at;

	if (recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT) < 1)
		return -1;
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		at = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec + offset_ns;
		return at > now_ns || at < now_ns - 60 * NS_PER_S ? -1 : at;
	}
	return -1;
}

int64_t
arrival_peek(int fd, int64_t now_ns)
{
	char byte;

	return peek(fd, &byte, 1, now_ns);
}

int64_t
arrival_peek_last(int fd, int64_t now_ns)
{
	char bytes[8192];

	return peek(fd, bytes, sizeof(bytes), now_ns);
}
