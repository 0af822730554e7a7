#ifndef LMG_LMSDRIVE_WIRE_TRANSFER_H
#define LMG_LMSDRIVE_WIRE_TRANSFER_H

/*
 * HTTP exchanges by libcurl, any number at once in one thread (net.c:
 * curl_multi_socket_action() over poller.h; transfer.c: one exchange; call.c:
 * exchanges that are waited for).  Here the two instants are taken
 * that everything is measured from:
 *
 * sent	the clock when the read callback hands the last bytes of the request
 *	to libcurl, which gives them to the socket in the next instruction but
 *	a few (so it is right for bodies of any size, and before the bytes can
 *	reach the server);
 * arrival	the kernel's receive time of the bytes, else the clock taken
 *	first thing in the write callback; see arrival.h.
 *
 * HTTP/1.1, TCP_NODELAY, connections kept and reused, no redirects followed,
 * no proxy for loopback (elsewhere as the environment says, see proxy.h), TLS
 * verified, and the token goes to the URL given and nowhere else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arrival.h"
#include "buf.h"
#include "loop.h"

/*
 * A request on a connection that the server closed without a byte of an answer
 * is sent again on a new one: so often at most, and not when the server has had
 * it for this long.
 */
#define TRANSFER_RESENDS_MAX	3
#define TRANSFER_RESEND_NS	NS_PER_S

enum { PROXY_CAP = 264 };	/* of HOST:PORT */

/* Of headers, interim answers and trailers together; more is an error. */
enum { TRANSFER_HEADERS_MAX = 256 * 1024 };

struct net;
struct transfer;

/* When some bytes of an answer arrived. */
struct arrival_time {
	int64_t at_ns;		/* kernel, or else callback */
	int64_t from_ns;	/* not before; at_ns when that is known */
	int64_t callback_ns;	/* the clock in the write callback */
	uint64_t read;		/* equal for bytes that came in one read */
};

struct transfer_headers {	/* "": absent */
	char content_type[64], content_encoding[32], server[64],
	    retry_after[64];
};

struct transfer_result {
	int curl;		/* CURLcode */
	const char *error;	/* its text, "" when curl is CURLE_OK */
	bool is_timeout;	/* connecting, or total_ns, took too long */
	bool is_connect_failure;/* there was no connection to send on */
	bool is_crowded;	/* for want of descriptors: our own fault */
	long http;		/* 0: none */
	int64_t at_ns;		/* when it ended */
	int64_t connect_ns;	/* 0 on a connection that was open already */
	int retries;		/* times libcurl began again, on a connection
				 * the server had closed meanwhile */
	int64_t retry_after_ns;	/* that the answer asks to wait; -1: it does
				 * not (an hour at most) */
};

/* What to send, and whom to tell.  All pointers are borrowed until done. */
struct transfer_request {
	const char *url;
	const char *body;	/* JSON to POST; NULL: GET */
	size_t body_len;
	const char *token;	/* or NULL */
	int64_t connect_ns;	/* time-outs; total 0: none */
	int64_t total_ns;
	bool new_connection;
	bool only_connect;	/* and say nothing */
	bool insecure;		/* do not verify TLS (loopback only) */
	/* Bytes of the body; -1 cancels the transfer (CURLE_WRITE_ERROR), 1
	 * holds it: the bytes come again after transfer_go_on(). */
	int (*on_body)(void *arg, struct transfer *t, const char *bytes,
	    size_t len, const struct arrival_time *when);
	/* Both may be NULL.  Sent: called again when libcurl sends again, on
	 * another connection; that does not happen after the first byte of an
	 * answer. */
	void (*on_sent)(void *arg, int64_t at_ns);
	void (*on_answer)(void *arg);
	/* The exchange is over, whatever happened; t is invalid after it. */
	void (*on_done)(void *arg, struct transfer *t,
	    const struct transfer_result *r);
	void *arg;
};

/*
 * NULL after a message.  loop is borrowed.  next_end: the time of each event
 * within what is read at once is asked of the kernel, where it tells (for http
 * URLs); NULL: all of it has the time of the callback.
 */
struct net *net_new(struct loop *loop, arrival_end_fn *next_end);
void net_free(struct net *n);

/*
 * May this process have descriptors for so many streams at once?  Raises its
 * limit for wanted as far as it can.  Returns -1 after a message if that is not
 * enough for needed.
 */
int net_make_room(int64_t wanted, int64_t needed);

/* Does the kernel tell arrival times, and were they asked for? */
bool net_has_kernel_clock(const struct net *n);

/*
 * Begin an exchange; nothing happens before the next net_turn().  r is
 * copied.  Never fails: what goes wrong is told by on_done.
 */
struct transfer *transfer_begin(struct net *n,
    const struct transfer_request *r);

/* Stop t now; on_done is called (CURLE_ABORTED_BY_CALLBACK) before this
 * returns. */
void transfer_cancel(struct transfer *t);

/* Let a transfer that its on_body holds go on. */
void transfer_go_on(struct transfer *t);

/* Of the answer so far: status, and headers. */
long transfer_http(const struct transfer *t);
const struct transfer_headers *transfer_headers(const struct transfer *t);

/* As proxy_used(). */
char *transfer_proxy(const struct transfer *t, char out[PROXY_CAP]);

/*
 * One turn: wait until something happens or the instant deadline_ns, then
 * serve everything that is ready.  Calls back from here only.
 */
void net_turn(struct net *n, int64_t deadline_ns);

/* The loop given to net_new(). */
struct loop *net_loop(struct net *n);

/* ---- one exchange at a time ------------------------------------------- */

enum { REPLY_MAX = 16 * 1024 * 1024 };	/* bytes kept of a reply */

struct reply {
	struct transfer_result result;	/* result.error points into error */
	char error[256];
	struct transfer_headers headers;
	char proxy[PROXY_CAP];	/* that it came through; "" */
	struct buf body;
	bool is_cancelled;	/* by a signal, or the reader went away */
	bool is_done;
};

/*
 * GET url (body NULL) or POST, and turn the loop until the answer is there.
 * Ends early when the loop is over, unless it was over before the call (the
 * clean-up after an interruption).  r is the caller's to reply_fini().
 * Returns 0 when an answer with status 2xx came, else -1.
 */
int net_call(struct net *n, const struct transfer_request *rq,
    struct reply *r);
void reply_fini(struct reply *r);

/*
 * Have at least n connections open to the server of rq (a GET): as many at
 * once as are asked for, so that requests find them warm.  What fails is left
 * to the requests to find out.
 */
void net_warm(struct net *n, const struct transfer_request *rq, int64_t count);

#endif
