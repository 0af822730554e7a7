#define FD_SETSIZE 4096
#include "loop.h"

#include <errno.h>
#include <microhttpd.h>
#include <sys/resource.h>
#include <sys/select.h>

#include "clock.h"
#include "diag.h"

unsigned
loop_flags(void)
{
	return MHD_ALLOW_SUSPEND_RESUME;
}

int
loop_connections(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < FD_SETSIZE) {
		r.rlim_cur = FD_SETSIZE;
		setrlimit(RLIMIT_NOFILE, &r);
	}
	return FD_SETSIZE / 2;
}

static void
add(const struct pollfd *p, fd_set *in, fd_set *out, int *max)
{
	if (p->fd < 0)
		return;
	if ((p->events & POLLIN) != 0)
		FD_SET(p->fd, in);
	if ((p->events & POLLOUT) != 0)
		FD_SET(p->fd, out);
	if (p->fd > *max)
		*max = p->fd;
}

int
loop_wait(struct MHD_Daemon *daemon, struct pollfd *fds, size_t n,
    int64_t at_ns)
{
	fd_set in, out, except;
	struct timeval tv, *limit = NULL;
	int64_t left;
	size_t i;
	int max = -1;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&except);
	MHD_get_fdset2(daemon, &in, &out, &except, &max, FD_SETSIZE);
	for (i = 0; i < n; i++)
		add(&fds[i], &in, &out, &max);
	if (at_ns != INT64_MAX) {
		left = at_ns - clock_mono_ns();
		left = left < 0 ? 0 : left / NS_PER_US;
		tv.tv_sec = (time_t)(left / 1000000);
		tv.tv_usec = (int)(left % 1000000);
		limit = &tv;
	}
	if (select(max + 1, &in, &out, &except, limit) == -1) {
		if (errno == EINTR)
			return 0;
		diag_warn("waiting for events");
		return -1;
	}
	for (i = 0; i < n; i++) {
		fds[i].revents = 0;
		if (fds[i].fd >= 0 && FD_ISSET(fds[i].fd, &in))
			fds[i].revents |= POLLIN;
		if (fds[i].fd >= 0 && FD_ISSET(fds[i].fd, &out))
			fds[i].revents |= POLLOUT;
	}
	return 0;
}
