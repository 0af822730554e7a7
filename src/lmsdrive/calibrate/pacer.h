#ifndef LMG_LMSDRIVE_CALIBRATE_PACER_H
#define LMG_LMSDRIVE_CALIBRATE_PACER_H

/*
 * A sender of known schedule: a process of its own that answers chat requests
 * on a loopback port with chunks at instants it writes down, in memory shared
 * with its parent.  It is what the client's clock is checked against.
 *
 * The first chunk of a stream is due first_ns after its request was
 * there, chunk k at k gaps behind that, shifted by the stream's share of a gap
 * so that streams are spread evenly.  The stamp is taken right before send().
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pacer_stream {
	int64_t request_ns;	/* the request was complete (when the kernel
				 * had it, where it tells), 0: never */
	int64_t first_ns;	/* the first token was sent */
};

struct pacer {
	pid_t pid;
	int port;
	size_t streams, chunks;	/* of each stream */
	int64_t first_ns;
	int64_t gap_ns;		/* 0: as fast as they are taken */
	bool role_chunk;	/* a chunk without text at once */
	struct pacer_stream *stream;	/* shared, [streams] */
	int64_t *sent_ns;	/* shared, [streams][chunks], 0: not sent;
				 * NULL when gap_ns is 0 */
	size_t shared_bytes;
};

/*
 * Start the sender for p->streams streams; streams, chunks, first_ns,
 * gap_ns and role_chunk are set by the caller.  Stream number s is the one
 * whose chunks name the model "s<number>".  Returns 0, or -1 after a message.
 */
int pacer_start(struct pacer *p);

/* End the process and wait for it. */
void pacer_stop(struct pacer *p);

#endif
