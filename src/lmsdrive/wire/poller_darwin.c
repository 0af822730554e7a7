#define _DARWIN_C_SOURCE
#include "poller.h"

#include <sys/event.h>
#include <sys/time.h>

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "xalloc.h"

enum { EVENTS_MAX = 1024 };

struct poller {
	int fd;
	struct kevent ready[EVENTS_MAX];
};

void
poller_hurry(void)
{
	pthread_set_qos_class_self_np(QOS_CLASS_USER_INTERACTIVE, 0);
}

void
poller_press(bool is_late, int64_t now_ns)
{
	(void)is_late;
	(void)now_ns;
}

struct poller *
poller_new(void)
{
	struct poller *p;
	int fd = kqueue();

	if (fd == -1) {
		diag_warn("kqueue");
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->fd = fd;
	return p;
}

void
poller_free(struct poller *p)
{
	if (p == NULL)
		return;
	close(p->fd);
	free(p);
}

static int
change(struct poller *p, int fd, int16_t filter, int flags)
{
	struct kevent k;

	EV_SET(&k, fd, filter, (uint16_t)flags, 0, 0, NULL);
	return kevent(p->fd, &k, 1, NULL, 0, NULL);
}

int
poller_set(struct poller *p, int fd, unsigned what)
{
	int rc = 0;

	if ((what & POLLER_READ) != 0)
		rc = change(p, fd, EVFILT_READ, EV_ADD);
	else
		change(p, fd, EVFILT_READ, EV_DELETE);
	if (rc == 0 && (what & POLLER_WRITE) != 0)
		return change(p, fd, EVFILT_WRITE, EV_ADD);
	/*
	 * Errors only: an edge-triggered write filter reports a reader that
	 * goes away without reporting room at every wait.
	 */
	if (rc == 0 && what == 0)
		return change(p, fd, EVFILT_WRITE, EV_ADD | EV_CLEAR);
	change(p, fd, EVFILT_WRITE, EV_DELETE);
	return rc;
}

void
poller_remove(struct poller *p, int fd)
{
	change(p, fd, EVFILT_READ, EV_DELETE);
	change(p, fd, EVFILT_WRITE, EV_DELETE);
}

size_t
poller_wait(struct poller *p, struct poller_event *events, size_t n,
    int64_t timeout_ns, bool is_exact)
{
	struct timespec ts = { 0, 0 };
	int got;

	(void)is_exact;			/* they all are */
	if (timeout_ns > 0) {
		ts.tv_sec = (time_t)(timeout_ns / NS_PER_S);
		ts.tv_nsec = (long)(timeout_ns % NS_PER_S);
	}
	got = kevent(p->fd, NULL, 0, p->ready,
	    n > EVENTS_MAX ? EVENTS_MAX : (int)n,
	    timeout_ns < 0 ? NULL : &ts);
	for (int i = 0; i < got; i++) {
		events[i].fd = (int)p->ready[i].ident;
		events[i].what = p->ready[i].filter == EVFILT_READ ?
		    POLLER_READ : POLLER_WRITE;
		if (p->ready[i].filter == EVFILT_WRITE &&
		    (p->ready[i].flags & EV_EOF) != 0)
			events[i].what |= POLLER_ERROR;
	}
	return got > 0 ? (size_t)got : 0;
}
