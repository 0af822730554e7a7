#include "verdict.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_closed(const struct exchange *x)
{
	/* OpenAI servers exist that close after the last chunk, unmarked. */
	return x->facts.is_closed || (x->result.curl == 0 &&
	    x->facts.finish[0] != '\0');
}

enum response_status
verdict_status(const struct exchange *x)
{
	const struct facts *f = &x->facts;

	if (x->stop != NULL)
		return x->stop_status;
	if (x->result.is_timeout)
		return STATUS_TIMEOUT;
	if (x->result.http != 0 && x->result.http / 100 != 2)
		return STATUS_HTTP_ERROR;
	if (f->has_error)
		return STATUS_STREAM_ERROR;
	if (x->result.http == 0)
		return STATUS_TRANSPORT_ERROR;
	if (x->result.curl == 0 && x->stream_bytes > 0 &&
	    f->known_events == 0 && x->is_sse)
		return STATUS_PARSE_ERROR;
	if (f->broken_events > 0 && (x->token_chunks == 0 || !is_closed(x)))
		return STATUS_PARSE_ERROR;
	if (!is_closed(x)) {
		if (x->token_chunks > 0)
			return STATUS_TRUNCATED;
		return x->result.curl != 0 ? STATUS_TRANSPORT_ERROR :
		    STATUS_EMPTY;
	}
	return x->token_chunks == 0 ? STATUS_EMPTY : STATUS_OK;
}

/* Not what was asked for: say what it was. */
static void
explain_unread(struct exchange *x)
{
	if (x->content_encoding[0] != '\0' &&
	    strcasecmp(x->content_encoding, "identity") != 0)
		snprintf(x->error, sizeof(x->error), "the answer is compressed "
		    "(Content-Encoding: %s), which nobody asked for",
		    x->content_encoding);
	else
		snprintf(x->error, sizeof(x->error), "the answer is not what "
		    "this API sends%s%s: %s", x->is_sse ? "" :
		    x->content_type[0] == '\0' ? " (without Content-Type)" :
		    ", but ", x->is_sse ? "" : x->content_type,
		    x->facts.unread);
}

void
verdict_error(struct exchange *x)
{
	const char *why = "";

	switch (x->status) {
	case STATUS_OK:
		break;
	case STATUS_EMPTY:
		why = "no token came";
		break;
	case STATUS_TRUNCATED:
		why = x->result.curl != 0 ? x->result.error :
		    "the stream ended without its closing event";
		break;
	case STATUS_PARSE_ERROR:
		if (x->stop == NULL) {
			explain_unread(x);
			return;
		}
		why = x->stop;
		break;
	case STATUS_HTTP_ERROR:
	case STATUS_STREAM_ERROR:
		why = x->facts.error;
		break;
	case STATUS_TIMEOUT:
		why = x->stop != NULL ? x->stop :
		    "no connection in time (timeouts.connect)";
		break;
	default:
		why = x->stop != NULL ? x->stop : x->result.error;
	}
	snprintf(x->error, sizeof(x->error), "%s", why);
}

const char *
verdict_finish(const struct facts *f, const struct step *s)
{
	if (f->finish[0] != '\0')
		return f->finish;
	if (!f->is_closed || f->tokens_from != TOKENS_STATS)
		return NULL;
	return s->sampling.max_tokens >= 0 &&
	    f->completion_tokens >= s->sampling.max_tokens ? "length" : "stop";
}
