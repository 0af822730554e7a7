#include "outq.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

/* Compact only when this much was written: memmove() must not dominate. */
enum { COMPACT_AT = 1024 * 1024, PIECE_BYTES = 256 * 1024 };

void
outq_init(struct outq *q, int fd)
{
	char path[32];
	struct stat st;
	int own;

	*q = (struct outq){ .fd = fd, .piece = PIPE_BUF };
	if (fstat(fd, &st) == -1)
		return;
	if (S_ISREG(st.st_mode))
		q->piece = PIECE_BYTES;
	if (!S_ISFIFO(st.st_mode))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if ((own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) == -1)
		return;
	q->fd = own;
	q->is_own = true;
	q->piece = PIECE_BYTES;
}

void
outq_fini(struct outq *q)
{
	if (q->is_own)
		close(q->fd);
	q->is_own = false;
	buf_fini(&q->pending);
	q->start = 0;
}

struct buf *
outq_buf(struct outq *q)
{
	if (q->is_broken)
		buf_clear(&q->pending);
	return &q->pending;
}

size_t
outq_pending(const struct outq *q)
{
	return q->is_broken ? 0 : q->pending.len - q->start;
}

static int
broken(struct outq *q, int error)
{
	q->is_broken = true;
	q->error = error;
	buf_clear(&q->pending);
	q->start = 0;
	return -1;
}

/* Wait up to timeout_ms for room.  Returns 1, 0 when there is none, or -1. */
static int
wait_writable(struct outq *q, int timeout_ms)
{
	struct pollfd p = { .fd = q->fd, .events = POLLOUT };
	int n = poll(&p, 1, timeout_ms);

	if (n == -1)
		return errno == EINTR ? 0 : broken(q, errno);
	if (n == 0)
		return 0;
	if ((p.revents & POLLERR) != 0)
		return broken(q, EPIPE);
	return (p.revents & POLLOUT) != 0;
}

/* Returns 1 when something was written, 0 when nothing went, or -1. */
static int
write_piece(struct outq *q)
{
	size_t len = q->pending.len - q->start;
	ssize_t n;

	if (len > q->piece)
		len = q->piece;
	n = write(q->fd, q->pending.data + q->start, len);
	if (n == -1)
		return errno == EINTR || errno == EAGAIN ? 0 :
		    broken(q, errno);
	q->start += (size_t)n;
	if (q->start == q->pending.len) {
		buf_clear(&q->pending);
		q->start = 0;
	} else if (q->start >= COMPACT_AT) {
		buf_consume(&q->pending, q->start);
		q->start = 0;
	}
	return 1;
}

int
outq_flush_some(struct outq *q)
{
	int ready;

	if (q->is_broken)
		return -1;
	while (outq_pending(q) > 0) {
		if (!q->is_own && (ready = wait_writable(q, 0)) <= 0)
			return ready;
		if ((ready = write_piece(q)) <= 0)
			return ready;
	}
	return 0;
}

int
outq_drain(struct outq *q, long long deadline_ns)
{
	int ready;

	while (!q->is_broken && outq_pending(q) > 0) {
		if (clock_mono_ns() >= deadline_ns)
			return 0;
		if ((ready = wait_writable(q, 100)) == 1)
			write_piece(q);
	}
	return q->is_broken ? -1 : 0;
}
