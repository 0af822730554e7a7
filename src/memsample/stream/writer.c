#define _DEFAULT_SOURCE
#include "stream/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "signals.h"

enum { PIECE = 64 * 1024 };

static pthread_t thread;
static bool is_running;
static atomic_int done;			/* 0: writing, else 1 + errno */
static int ends[2], target;		/* -1: its reader has gone */
static struct recorder *recorder;

/* Returns 0 or an errno. */
static int
write_all(const char *at, size_t n)
{
	ssize_t w;

	while (n > 0) {
		w = write(target, at, n);
		if (w == -1 && errno == EAGAIN)	/* its other users want it so */
			poll(&(struct pollfd){ .fd = target, .events =
			    POLLOUT }, 1, -1);
		else if (w == -1 && errno != EINTR)
			return errno;
		if (w > 0) {
			at += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

/* Returns 0 or an errno. */
static int
write_piece(const char *piece, size_t n)
{
	int error;

	if (recorder != NULL &&
	    (error = recorder_write(recorder, piece, n)) != 0)
		return error;
	error = target != -1 ? write_all(piece, n) : 0;
	if (error == 0 || recorder == NULL)
		return error;
	target = -1;
	return 0;
}

static void *
run(void *arg)
{
	static char piece[PIECE];
	int error = 0;
	ssize_t n;

	(void)arg;
	while (error == 0) {
		n = read(ends[0], piece, sizeof(piece));
		if (n > 0)
			error = write_piece(piece, (size_t)n);
		else if (n == 0 || errno != EINTR)
			break;
	}
	atomic_store(&done, 1 + error);
	close(ends[0]);		/* the loop sees that nobody reads */
	return NULL;
}

static bool
may_block(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) ||
	    S_ISBLK(st.st_mode) || isatty(fd));
}

int
writer_open(int fd, struct recorder *r)
{
	if (r == NULL && !may_block(fd))
		return fd;
	if (pipe(ends) == -1)
		return r == NULL ? fd : -1;
	recorder = r;
	for (int i = 0; i < 2; i++)
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
	target = fd;
	atomic_store(&done, 0);
	is_running = signals_free_thread(&thread, run, NULL) == 0;
	if (is_running)
		return ends[1];
	close(ends[0]);
	close(ends[1]);
	return r == NULL ? fd : -1;
}

int
writer_close(long long deadline_ns)
{
	if (!is_running)
		return 0;
	while (deadline_ns != INT64_MAX && atomic_load(&done) == 0) {
		if (clock_mono_ns() >= deadline_ns)
			return ETIMEDOUT;	/* it ends with the process */
		clock_sleep_until(clock_mono_ns() + NS_PER_MS);
	}
	pthread_join(thread, NULL);
	is_running = false;
	return atomic_load(&done) - 1;
}
