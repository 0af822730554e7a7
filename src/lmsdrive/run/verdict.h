#ifndef LMG_LMSDRIVE_RUN_VERDICT_H
#define LMG_LMSDRIVE_RUN_VERDICT_H

/* What came of a request, from everything that is known of it.  Pure. */

#include "exchange.h"

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

#endif
