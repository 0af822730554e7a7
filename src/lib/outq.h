#ifndef LMG_LIB_OUTQ_H
#define LMG_LIB_OUTQ_H

/*
 * An output queue: a reader that stalls must not move a measured time, so
 * the event loops append here and write only what the descriptor takes
 * without blocking.
 *
 * The descriptor keeps its flags (O_NONBLOCK would leak into every process
 * that shares the pipe or the terminal).  Where /proc lets a pipe be opened
 * again, the queue writes through a non-blocking description of its own, as
 * much as the pipe takes; elsewhere, after poll(2) says POLLOUT, at most
 * PIPE_BUF bytes at a time, which POSIX lets a pipe take whole.
 */

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct outq {
	int fd;			/* poll this one */
	bool is_own;		/* fd is non-blocking and ours to close */
	size_t piece;		/* bytes per write(2) */
	bool is_broken;		/* the reader went away, or a write failed */
	int error;	/* errno of the failed write; EPIPE: reader gone */
	struct buf pending;
	size_t start;		/* written up to here */
};

void outq_init(struct outq *q, int fd);

/* The reader sees the end when fd is closed and this was called. */
void outq_fini(struct outq *q);

/* The buffer to append whole records to (with json_init()). */
struct buf *outq_buf(struct outq *q);

/* Bytes not yet written. */
size_t outq_pending(const struct outq *q);

/*
 * Write what can be written without blocking.  Returns 0, or -1 when the
 * queue is broken (q->error says why; nothing is printed, and what is
 * appended from then on is thrown away).
 */
int outq_flush_some(struct outq *q);

/*
 * Write everything, blocking, at most until the instant deadline_ns
 * (monotonic; INT64_MAX for ever).  Returns 0 or -1 as above.
 */
int outq_drain(struct outq *q, long long deadline_ns);

#endif
