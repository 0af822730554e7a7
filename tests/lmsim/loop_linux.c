#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "clock.h"
#include "diag.h"
#include "xalloc.h"

unsigned
loop_flags(void)
{
	return MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
}

int
loop_connections(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return 512;
	if (r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
		setrlimit(RLIMIT_NOFILE, &r);
	}
	return r.rlim_cur > 16384 ? 8192 : (int)(r.rlim_cur / 2);
}

int
loop_wait(struct MHD_Daemon *daemon, struct pollfd *fds, size_t n,
    int64_t at_ns)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon,
	    MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd *all = xreallocarray(NULL, n + 1, sizeof(*all));
	struct timespec ts, *limit = NULL;
	int64_t left;
	int rc;

	memcpy(all, fds, n * sizeof(*all));
	all[n] = (struct pollfd){ .fd = info->epoll_fd, .events = POLLIN };
	if (at_ns != INT64_MAX) {
		left = at_ns - clock_mono_ns();
		if (left < 0)
			left = 0;
		ts.tv_sec = (time_t)(left / NS_PER_S);
		ts.tv_nsec = (long)(left % NS_PER_S);
		limit = &ts;
	}
	rc = ppoll(all, n + 1, limit, NULL);
	if (rc == -1 && errno != EINTR)
		diag_warn("waiting for events");
	else
		rc = 0;
	memcpy(fds, all, n * sizeof(*all));
	free(all);
	return rc;
}
