#ifndef LMG_TESTS_LMSIM_WIRE_H
#define LMG_TESTS_LMSIM_WIRE_H

/*
 * The bytes of a streamed answer, straight to the socket.
 *
 * libmicrohttpd parses requests, sends the header and the end of an answer and
 * keeps the connection; in between, while it has suspended the connection,
 * the body is written here in HTTP/1.1 chunks.  So every event is one write
 * at an instant that we choose and know.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

struct wire {
	int fd;
	bool is_open;		/* the header is out: bytes may follow */
	bool is_chunked;	/* HTTP/1.1 */
	bool is_split;		/* one HTTP chunk per byte */
	bool is_gone;		/* the client is */
	struct buf pending;	/* what the socket did not take yet */
	size_t start;
	int64_t bytes;		/* of body so far */
};

void wire_init(struct wire *w, int fd, bool is_chunked);
void wire_fini(struct wire *w);

/* The header is out: send what has waited for it. */
void wire_open(struct wire *w);

/* Send body bytes now, or as soon as the socket takes them. */
void wire_send(struct wire *w, const char *data, size_t len);

/* Bytes that wait for the socket. */
size_t wire_waiting(const struct wire *w);

/* The socket takes more: go on. */
void wire_flush(struct wire *w);

/* Look whether the client has closed its end; sets and returns is_gone. */
bool wire_check(struct wire *w);

/* Break the connection at once with a TCP reset. */
void wire_reset(struct wire *w);

#endif
