#include "arrival.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"

void
arrival_enable(int fd)
{
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
}

/* Wall clock minus monotonic clock, now: read anew each time, because the
 * wall clock may be stepped. */
static int64_t
wall_offset(void)
{
	struct timespec ts;
	int64_t before = clock_mono_ns(), after;

	clock_gettime(CLOCK_REALTIME, &ts);
	after = clock_mono_ns();
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec -
	    (before + (after - before) / 2);
}

ssize_t
arrival_recv(int fd, void *out, size_t cap, int64_t *at_ns)
{
	_Alignas(struct cmsghdr) char control[128];
	struct iovec iov = { .iov_base = out, .iov_len = cap };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct timespec ts;
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

	*at_ns = clock_mono_ns();
	if (n <= 0)
		return n;
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			*at_ns = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec -
			    wall_offset();
		}
	return n;
}
