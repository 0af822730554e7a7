#ifndef LMG_TESTS_LMSIM_EXCHANGE_H
#define LMG_TESTS_LMSIM_EXCHANGE_H

/*
 * One HTTP request and its answer.  A handler (route.h) looks at it once, when
 * it is complete, and then either replies, begins a stream, or waits and does
 * so later.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "fault.h"
#include "wire.h"

struct MHD_Connection;
struct instance;
struct job;
struct sim;

enum exchange_state {
	X_READING,		/* the request is not complete */
	X_HANDLED,		/* being looked at */
	X_WAITING,		/* suspended, no answer yet */
	X_REPLIED,		/* the answer is ready */
	X_QUEUED,		/* ... and libmicrohttpd has it */
	X_STREAMING,		/* header queued, body by wire */
	X_ENDING		/* body complete */
};

enum stream_end { STREAM_OK, STREAM_ABORT };

struct exchange {
	struct exchange *prev, *next;
	struct sim *sim;
	struct MHD_Connection *conn;
	enum exchange_state state;
	char *path, *method;
	bool is_http11, is_suspended, is_authorized, wants_echo;
	struct buf body;
	int64_t received_ns;
	fault_set faults;		/* asked for by header */

	int status;			/* of the reply */
	struct buf reply;
	const char *content_type;
	const char *location;		/* or NULL */
	const char *retry_after;	/* or NULL */

	struct wire wire;		/* once X_STREAMING */
	enum stream_end end;

	struct instance *inst;		/* whose changes it waits for */
	void (*on_instance)(struct exchange *x);
	struct job *job;		/* the generation, or NULL */
};

struct exchange *exchange_new(struct sim *sim, struct MHD_Connection *conn,
    const char *method, const char *path, bool is_http11);
void exchange_free(struct exchange *x);

/* Answer with x->reply (and status, content type) as it stands. */
void exchange_reply(struct exchange *x, int status);

/* Begin a 200 answer of server-sent events; then use x->wire. */
void exchange_stream(struct exchange *x);

/* The stream is over; _ABORT closes the connection without a proper end. */
void exchange_end(struct exchange *x, enum stream_end end);

/* Not yet: an event will call exchange_reply() or exchange_stream(). */
void exchange_wait(struct exchange *x);

/* Give libmicrohttpd what is ready, or suspend the connection until it is;
 * returns MHD_YES or MHD_NO. */
int exchange_queue(struct exchange *x);

#endif
