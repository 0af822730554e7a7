#define _GNU_SOURCE		/* ppoll(), syscall() */
#include "poller.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "xalloc.h"

enum { EVENTS_MAX = 1024 };

struct poller {
	int fd;
	struct epoll_event ready[EVENTS_MAX];
};

/* Of sched_setattr(2), which libraries do not know yet. */
enum { RESET_ON_FORK = 1, SLICE_NS = 100 * 1000 };
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

/* Whoever chose another policy for us keeps it. */
static bool
is_ordinary(void)
{
	return (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_OTHER;
}

/* With a short slice one is served before those with a long one, since Linux
 * 6.12. */
void
poller_hurry(void)
{
	struct attributes a = { .size = sizeof(a), .policy = SCHED_OTHER,
	    .flags = RESET_ON_FORK, .nice = getpriority(PRIO_PROCESS, 0),
	    .runtime_ns = SLICE_NS };

	if (is_ordinary())
		syscall(SYS_sched_setattr, 0, &a, 0);
}

#define FIRST_PRESS_NS	(30 * NS_PER_S)
#define LAST_PRESS_NS	(960 * NS_PER_S)

/* What we set on ourselves we may take back only with this, unless we are
 * root; and nothing that we start inherits it. */
static bool
set_policy(int policy, int priority)
{
	const struct sched_param p = { .sched_priority = priority };

	return sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &p) == 0;
}

/*
 * Did this thread take more than half of the last second?  Then it is not late
 * for want of a turn, and in real time others would wait for theirs: the
 * server that it measures, on a machine of one core.
 */
static bool
is_greedy(int64_t now_ns)
{
	static int64_t since_ns, since_cpu_ns;
	struct timespec cpu;
	int64_t took_ns = now_ns - since_ns, cpu_ns, used_ns;

	if (took_ns < NS_PER_S)
		return false;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
	cpu_ns = cpu.tv_sec * NS_PER_S + cpu.tv_nsec;
	used_ns = cpu_ns - since_cpu_ns;
	since_ns = now_ns;
	since_cpu_ns = cpu_ns;
	return took_ns < 2 * NS_PER_S && used_ns > took_ns / 2;
}

void
poller_press(bool is_late, int64_t now_ns)
{
	static int64_t until_ns, for_ns = FIRST_PRESS_NS;
	static bool is_pressed, is_refused;

	if (is_pressed && (is_greedy(now_ns) || now_ns > until_ns)) {
		is_pressed = false;
		set_policy(SCHED_OTHER, 0);
		poller_hurry();
	} else if (is_late && !is_pressed && !is_refused &&
	    now_ns > until_ns) {
		is_pressed = is_ordinary() && set_policy(SCHED_FIFO, 1);
		is_refused = !is_pressed;
		until_ns = now_ns + for_ns;
		for_ns = for_ns < LAST_PRESS_NS ? 2 * for_ns : for_ns;
		(void)is_greedy(now_ns);	/* from here on */
	}
}

struct poller *
poller_new(void)
{
	struct poller *p;
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd == -1) {
		diag_warn("epoll");
		return NULL;
	}
	/* Time-outs are late by up to 50 us otherwise. */
	prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
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

int
poller_set(struct poller *p, int fd, unsigned what)
{
	struct epoll_event e = { .data.fd = fd };

	if ((what & POLLER_READ) != 0)
		e.events |= EPOLLIN;
	if ((what & POLLER_WRITE) != 0)
		e.events |= EPOLLOUT;
	if (epoll_ctl(p->fd, EPOLL_CTL_MOD, fd, &e) == 0)
		return 0;
	return errno == ENOENT ? epoll_ctl(p->fd, EPOLL_CTL_ADD, fd, &e) : -1;
}

void
poller_remove(struct poller *p, int fd)
{
	epoll_ctl(p->fd, EPOLL_CTL_DEL, fd, NULL);
}

static int
wait_ms(struct poller *p, int n, int64_t ms)
{
	return epoll_wait(p->fd, p->ready, n, ms > 1000000 ? 1000000 : (int)ms);
}

/*
 * epoll_wait() counts milliseconds, epoll_pwait2() is not everywhere: the
 * last stretch is slept in ppoll(), which counts nanoseconds.
 */
static int
wait_exactly(struct poller *p, int n, int64_t timeout_ns)
{
	struct pollfd self = { .fd = p->fd, .events = POLLIN };
	struct timespec ts;

	if (timeout_ns >= 2 * NS_PER_MS)
		return wait_ms(p, n, timeout_ns / NS_PER_MS - 1);
	ts.tv_sec = 0;
	ts.tv_nsec = (long)timeout_ns;
	if (ppoll(&self, 1, &ts, NULL) <= 0)
		return 0;
	return epoll_wait(p->fd, p->ready, n, 0);
}

size_t
poller_wait(struct poller *p, struct poller_event *events, size_t n,
    int64_t timeout_ns, bool is_exact)
{
	int got, most = n > EVENTS_MAX ? EVENTS_MAX : (int)n;

	if (timeout_ns <= 0)
		got = wait_ms(p, most, timeout_ns < 0 ? -1 : 0);
	else if (is_exact)
		got = wait_exactly(p, most, timeout_ns);
	else
		got = wait_ms(p, most, timeout_ns / NS_PER_MS + 1);
	for (int i = 0; i < got; i++) {
		events[i].fd = p->ready[i].data.fd;
		events[i].what =
		    ((p->ready[i].events & EPOLLIN) ? POLLER_READ : 0U) |
		    ((p->ready[i].events & EPOLLOUT) ? POLLER_WRITE : 0U) |
		    ((p->ready[i].events & (EPOLLERR | EPOLLHUP)) ?
		    POLLER_ERROR : 0U);
	}
	return got > 0 ? (size_t)got : 0;
}
