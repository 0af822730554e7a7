#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"

/*
 * A write wakes the reader, and a time-out of its own for it wakes us: so
 * records wait for company.  A turn that happens anyway writes what is this
 * much or this old; alone they wait a little longer.
 */
enum { FLUSH_BYTES = 16 * 1024 };
#define FLUSH_NS (25 * NS_PER_MS)
#define LINGER_NS (50 * NS_PER_MS)

/*
 * A window that closes, or a service that is stopped, sends two or three
 * signals at a time (SIGHUP from the terminal and from the shell, SIGTERM):
 * within this long they are one.
 */
#define ONE_SIGNAL_NS NS_PER_S

static int wake_fds[2] = { -1, -1 };
static _Atomic int64_t first_signal_ns;

static void
on_signal(int number)
{
	int saved = errno;
	int64_t now_ns = clock_mono_ns();

	if (first_signal_ns == 0) {
		first_signal_ns = now_ns;
	} else if (now_ns - first_signal_ns >= ONE_SIGNAL_NS) {
		signal(number, SIG_DFL);
		raise(number);
	}
	/* When the pipe is full it is awake already. */
	(void)!write(wake_fds[1], "", 1);
	errno = saved;
}

static int
open_wake(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction sa;

	if (pipe(wake_fds) == -1)
		return diag_warn("pipe");
	for (size_t i = 0; i < 2; i++) {
		fcntl(wake_fds[i], F_SETFD, FD_CLOEXEC);
		fcntl(wake_fds[i], F_SETFL, O_NONBLOCK);
	}
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	sa.sa_flags = SA_NODEFER;	/* the second one must get through */
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a failed write says why */
	return 0;
}

int
loop_init(struct loop *l, struct outq *out)
{
	*l = (struct loop){ .out = out, .queued_at_ns = INT64_MAX };
	if (open_wake() == -1)
		return -1;
	if ((l->poller = poller_new()) == NULL)
		return -1;
	l->signal_fd = wake_fds[0];
	poller_set(l->poller, l->signal_fd, POLLER_READ);
	/* One that came to the loop before, or between the two. */
	l->is_interrupted = first_signal_ns != 0;
	/* Errors only; fails for a file, which never makes us wait. */
	if (out != NULL)
		poller_set(l->poller, out->fd, 0);
	return 0;
}

void
loop_fini(struct loop *l)
{
	poller_free(l->poller);
	l->poller = NULL;
	for (int i = 0; i < 2; i++) {
		if (wake_fds[i] != -1)
			close(wake_fds[i]);
		wake_fds[i] = -1;
	}
}

static void
reader_gone(struct loop *l)
{
	l->is_reader_gone = true;
	l->queued_at_ns = INT64_MAX;
	poller_remove(l->poller, l->out->fd);
}

static void
write_some(struct loop *l)
{
	bool waits;

	if (outq_flush_some(l->out) == -1) {
		reader_gone(l);
		return;
	}
	waits = outq_pending(l->out) > 0;
	l->queued_at_ns = INT64_MAX;
	if (waits != l->waits_for_room) {
		l->waits_for_room = waits;
		poller_set(l->poller, l->out->fd,
		    waits ? (unsigned)POLLER_WRITE : 0U);
	}
}

/* Without room the poller will tell when there is some. */
static bool
can_write(const struct loop *l)
{
	return l->out != NULL && !l->is_reader_gone && !l->waits_for_room &&
	    outq_pending(l->out) > 0;
}

void
loop_flush(struct loop *l)
{
	if (can_write(l))
		write_some(l);
}

void
loop_flush_due(struct loop *l)
{
	int64_t now;

	if (!can_write(l))
		return;
	if (outq_pending(l->out) >= FLUSH_BYTES) {
		write_some(l);
		return;
	}
	now = clock_mono_ns();
	if (l->queued_at_ns == INT64_MAX)
		l->queued_at_ns = now;
	else if (now - l->queued_at_ns >= FLUSH_NS)
		write_some(l);
}

static void
take_signal(struct loop *l)
{
	char junk[16];

	while (read(l->signal_fd, junk, sizeof(junk)) > 0)
		continue;
	l->is_interrupted = true;
}

size_t
loop_wait(struct loop *l, struct poller_event *events, size_t n,
    int64_t deadline_ns)
{
	int64_t flush_ns = l->queued_at_ns == INT64_MAX ? INT64_MAX :
	    l->queued_at_ns + LINGER_NS;
	bool is_exact = deadline_ns <= flush_ns;
	int64_t until = is_exact ? deadline_ns : flush_ns;
	int64_t left = until == INT64_MAX ? -1 : until - clock_mono_ns();
	size_t kept = 0;

	if (until != INT64_MAX && left < 0)
		left = 0;
	n = poller_wait(l->poller, events, n, left, is_exact);
	for (size_t i = 0; i < n; i++) {
		if (events[i].fd == l->signal_fd)
			take_signal(l);
		else if (l->out != NULL && events[i].fd == l->out->fd) {
			if ((events[i].what & POLLER_ERROR) != 0) {
				l->out->is_broken = true;
				l->out->error = EPIPE;
				reader_gone(l);
			} else if (l->waits_for_room)
				write_some(l);
		} else
			events[kept++] = events[i];
	}
	return kept;
}

bool
loop_is_over(const struct loop *l)
{
	return l->is_interrupted || l->is_reader_gone;
}
