#ifndef LMG_LMSDRIVE_RUN_EXCHANGE_H
#define LMG_LMSDRIVE_RUN_EXCHANGE_H

/*
 * One request and its streamed answer: prepared before it is due, sent, then
 * turned into request, chunk and response records as it happens.
 */

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "digest.h"
#include "output.h"
#include "plan/prompt.h"
#include "step/step.h"
#include "server/body.h"
#include "server/client.h"
#include "server/dialect.h"
#include "server/sse.h"

/*
 * What an answer may be at most; a server that sends more is stopped, with
 * status parse_error.  Text and chunks are also bounded by what was asked
 * for: EXCHANGE_EXCESS times max_tokens (and a thousand) chunks.
 */
enum {
	EXCHANGE_TEXT_MAX = 64 * 1024 * 1024,	/* bytes of text */
	EXCHANGE_BODY_MAX = 1024 * 1024,	/* of a body without stream */
	EXCHANGE_HEAD_MAX = 512,		/* of a stream, kept to show */
	EXCHANGE_CHUNKS_MAX = 1024 * 1024,
	EXCHANGE_EXCESS = 4
};
#define EXCHANGE_STREAM_MAX (INT64_C(1) << 30)	/* bytes of one stream */

/* An arrival that is not known to this is recorded as an interval. */
#define EXCHANGE_UNSURE_NS (100 * NS_PER_US)

/* How long a server may keep a stream open after its closing event. */
#define EXCHANGE_CLOSE_NS (2 * NS_PER_S)

/*
 * A server that is busy may say when to ask again (429 or 503 with
 * Retry-After).  That is waited for, but so long at most by the requests of one
 * step together, and the request is sent as if it had never been: but not one
 * that the server had for TRANSFER_RESEND_NS, whose record is written.
 */
#define EXCHANGE_WAIT_NS (60 * NS_PER_S)
#define EXCHANGE_WAIT_MIN_NS NS_PER_S

struct exchange_waits {
	int64_t spent_ns;		/* so far, at the same time or not */
	int64_t until_ns;		/* the latest end of a wait */
	int64_t next_ns;		/* the next end; INT64_MAX: none */
};

struct exchange {
	/* What is asked. */
	const struct step *step;	/* borrowed */
	struct client *client;		/* borrowed */
	struct output *out;		/* borrowed */
	struct exchange_waits *waits;	/* borrowed; NULL: never wait */
	int64_t req, k;			/* number in the run, in the step */
	struct buf prompt, body;
	char prompt_key[PROMPT_KEY_CAP], prompt_sha256[DIGEST_CAP];
	char *url;
	const char *instance;		/* borrowed: the model addressed */
	const struct server_api *api;	/* whose the answer is */

	/* Where it is; instants are monotonic, -1 before they happen. */
	struct transfer *transfer;	/* NULL when it is over */
	bool is_done, is_reported;	/* request record written */
	int64_t due_ns, begun_ns, sent_ns, first_byte_ns, first_token_ns,
	    last_event_ns, last_token_ns, done_ns;
	int64_t deadline_ns;		/* of first or next token */
	int64_t closed_by_ns;		/* after the closing event, else -1 */
	int64_t again_ns;		/* to be sent again then, else -1 */
	int64_t waited_ns;		/* for that, so far */
	long busy_http;			/* why, the last time */
	uint64_t last_read;
	int64_t chunks, chunks_max, token_chunks, text_bytes, stream_bytes;
	bool is_sse;
	struct arrival_time last;	/* of the latest bytes */
	int64_t *stamps;		/* arrivals of token chunks, when
					 * somebody wants them (calibrate) */
	size_t n_stamps, cap_stamps;
	const char *stop;		/* why we stopped it, or NULL */
	enum response_status stop_status;
	struct sse sse;
	struct facts facts;
	struct buf raw;			/* a body that is no event stream, or
					 * the beginning of one */
	struct transfer_headers headers;

	/* What came of it. */
	const char *call;		/* of a tool call that was due: its
					 * word, or NULL */
	struct buf call_at;
	enum response_status status;
	char error[512];
	struct transfer_result result;
	void (*on_over)(void *arg, struct exchange *x);
	void *arg;
};

/*
 * Prepare request k of step s: text, digest and body.  h is the conversation
 * or NULL.  Release with exchange_free().
 */
struct exchange *exchange_new(const struct step *s, int64_t k,
    struct client *c, struct output *out, const char *instance,
    const struct history *h);
void exchange_free(struct exchange *x);

/* Send it.  req is its number, due_ns when it should have left. */
void exchange_begin(struct exchange *x, int64_t req, int64_t due_ns);

/* Stop it, with this status and reason; its response record is written. */
void exchange_stop(struct exchange *x, enum response_status status,
    const char *why);

/* Stop it if a time-out has passed; send it again if it is time. */
void exchange_check(struct exchange *x, int64_t now_ns);

/* The records of request k of s, which is never sent; req is its number. */
void exchange_skip(struct output *out, const struct step *s, int64_t k,
    int64_t req, const char *why);

/* ---- answer.c ------------------------------------------------------------ */

/* The bytes of an answer, a stream or a body -> chunk records, and the facts of
 * the exchange.  What is longer than EXCHANGE_*_MAX is stopped. */

/* len bytes more; arg is the exchange.  -1: too much. */
int answer_bytes(void *arg, struct transfer *t, const char *bytes, size_t len,
    const struct arrival_time *when);

/* There will be no more: what is left is read, and the counts are settled. */
void answer_end(struct exchange *x);

/* ---- verdict.c ----------------------------------------------------------- */

/* What came of a request, from everything that is known of it.  Pure. */

/*
 * The status of a finished exchange.  In this order: we stopped it; an HTTP
 * status that is not 2xx; an error in the stream; no answer at all; bytes of
 * which nothing could be read, or that broke off unread (parse_error); a stream
 * that ended without its closing event (truncated when a token came, else empty
 * or transport_error); no token (empty); ok.
 */
enum response_status verdict_status(const struct exchange *x);

/* Fill x->error with the reason when the status is not ok. */
void verdict_error(struct exchange *x);

/*
 * Why generation stopped: as the server says; LM Studio's v1 does not, there
 * the token limit reached, or one less, is "length" and anything else "stop".
 * NULL when it is not known.
 */
const char *verdict_finish(const struct facts *f, const struct step *s);

/*
 * What became of a question, or of a tool call that was due: a word, or NULL
 * where none was, or the request failed.  Of a call x->call says more, and
 * x->call_at where in the arguments (or which marker).
 */
const char *verdict_check(struct exchange *x);

/* ---- records.c ----------------------------------------------------------- */

/* The records of an exchange, each as soon as what it tells is known. */

/* Once, when it will not be sent again, or when it is over. */
void records_request(struct exchange *x);

/* Also counts the piece, notes when the first and the last token came, and
 * when the next is due. */
void records_chunk(struct exchange *x, const struct piece *p,
    const struct arrival_time *when);

void records_response(struct exchange *x);

#endif
