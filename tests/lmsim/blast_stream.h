#ifndef LMG_TESTS_LMSIM_BLAST_STREAM_H
#define LMG_TESTS_LMSIM_BLAST_STREAM_H

/* One connection of the generator (blast.h) and the stream on it. */

#include <stdbool.h>
#include <stdint.h>

#include "blast.h"
#include "buf.h"
#include "heap.h"

enum blast_state { BLAST_READING, BLAST_SENDING, BLAST_CLOSED };

/* What is kept of a stream for the truth log. */
struct blast_request {
	char *body;
	size_t body_len;
	char path[128];
	int64_t received_ns, first_due_ns, interval_ns;
	struct blast_instant {	/* handed to the kernel, and taken by it */
		int64_t sent_ns, written_ns;
	} *sent;		/* of each token, when paced */
	int64_t n, first_ns, last_ns;
	const char *status;
};

struct blast_stream {
	struct timer timer;	/* first member */
	const struct blast_options *o;
	int fd;
	enum blast_state state;
	bool wants_close, has_said_continue;
	struct buf in, out;	/* out: what the socket did not take */
	size_t out_start;
	int64_t arrived_ns;	/* of the last bytes read */
	int64_t target;		/* tokens of this stream */
	struct blast_request *request;	/* in progress, or NULL */
};

/* A stream on the accepted socket fd, now the stream's. */
struct blast_stream *blast_stream_new(int fd, const struct blast_options *o);
void blast_stream_free(struct blast_stream *s);

/*
 * Read what has come.  When that completes a request to stream, the state is
 * BLAST_SENDING and *request a new record, the caller's in the end.
 */
void blast_stream_read(struct blast_stream *s, struct blast_request **request);

/* Send the tokens due at now_ns (all that the socket takes, when interval is
 * 0).  Returns the instant of the next, INT64_MAX when there is none. */
int64_t blast_stream_send(struct blast_stream *s, int64_t now_ns);

/* Does it wait for the socket to take more? */
bool blast_stream_is_full(const struct blast_stream *s);

void blast_request_free(struct blast_request *r);

#endif
