#include "arrival.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "xalloc.h"

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

/* recvmsg(2) with flags, and the kernel's time stamp of the last bytes. */
static ssize_t
receive(int fd, void *out, size_t cap, int flags, int64_t *at_ns)
{
	_Alignas(struct cmsghdr) char control[128];
	struct iovec iov = { .iov_base = out, .iov_len = cap };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct timespec ts;
	ssize_t n = recvmsg(fd, &msg, flags | MSG_DONTWAIT);

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

/* ---- watching ---------------------------------------------------------- */

struct watched {
	int fd;
	int64_t *at_ns;		/* NULL: a free place */
};

struct arrival_watch {
	int epoll;
	struct watched *items;	/* by descriptor */
	size_t n;
};

struct arrival_watch *
arrival_watch_new(void)
{
	struct arrival_watch *w = xcalloc(1, sizeof(*w));

	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	return w;
}

void
arrival_watch_free(struct arrival_watch *w)
{
	if (w->epoll != -1)
		close(w->epoll);
	free(w->items);
	free(w);
}

void
arrival_add(struct arrival_watch *w, int fd, int64_t *at_ns)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET,
	    .data.fd = fd };
	size_t i = (size_t)fd, n = w->n;

	arrival_enable(fd);
	if (i >= n) {
		w->n = i + 64;
		w->items = xreallocarray(w->items, w->n, sizeof(*w->items));
		memset(w->items + n, 0, (w->n - n) * sizeof(*w->items));
	}
	w->items[i].fd = fd;
	w->items[i].at_ns = at_ns;
	epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &e);
}

void
arrival_forget(struct arrival_watch *w, int fd)
{
	if ((size_t)fd < w->n)
		w->items[fd].at_ns = NULL;
	epoll_ctl(w->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void
arrival_look(struct arrival_watch *w)
{
	static char scratch[1 << 17];
	struct epoll_event events[64];
	struct watched *it;
	int64_t at;
	int n;

	do {
		n = epoll_wait(w->epoll, events, 64, 0);
		for (int i = 0; i < n; i++) {
			it = &w->items[events[i].data.fd];
			/* The stamp is that of the last bytes copied. */
			if (it->at_ns != NULL && receive(it->fd, scratch,
			    sizeof(scratch), MSG_PEEK, &at) > 0)
				*it->at_ns = at;
		}
	} while (n == 64);
}
