#include "exchange.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/api.h"
#include "xalloc.h"

/* What there is to it before it is known whether it will be sent. */
static struct exchange *
new_exchange(const struct step *s, int64_t k, struct output *out)
{
	struct exchange *x = xcalloc(1, sizeof(*x));

	x->step = s;
	x->out = out;
	x->k = k;
	x->due_ns = x->begun_ns = x->sent_ns = x->first_byte_ns =
	    x->first_token_ns = x->last_event_ns = x->last_token_ns =
	    x->closed_by_ns = x->again_ns = x->done_ns = -1;
	prompt_build(&x->prompt, s, k);
	prompt_key(x->prompt_key, sizeof(x->prompt_key), s, k);
	digest_sha256(x->prompt.data, x->prompt.len, x->prompt_sha256);
	sse_init(&x->sse);
	facts_init(&x->facts);
	return x;
}

struct exchange *
exchange_new(const struct step *s, int64_t k, struct client *c,
    struct output *out, const char *instance, const struct history *h)
{
	struct exchange *x = new_exchange(s, k, out);

	x->client = c;
	x->instance = instance;
	x->api = body_api(c->api, s);
	body_write(&x->body, c->api, instance, s, buf_cstr(&x->prompt), h);
	x->url = xasprintf("%s%s", c->url, body_path(c->api, s));
	x->chunks_max = s->sampling.max_tokens >= 0 &&
	    s->sampling.max_tokens < EXCHANGE_CHUNKS_MAX / EXCHANGE_EXCESS ?
	    s->sampling.max_tokens * EXCHANGE_EXCESS + 1000 :
	    EXCHANGE_CHUNKS_MAX;
	return x;
}

void
exchange_free(struct exchange *x)
{
	if (x == NULL)
		return;
	buf_fini(&x->prompt);
	buf_fini(&x->body);
	buf_fini(&x->raw);
	buf_fini(&x->call_at);
	sse_fini(&x->sse);
	facts_fini(&x->facts);
	free(x->url);
	free(x);
}

static void
on_sent(void *arg, int64_t at_ns)
{
	struct exchange *x = arg;

	x->sent_ns = at_ns;
	x->deadline_ns = at_ns + x->step->timeouts.first_token_ns;
}

static bool
is_busy(long http)
{
	return http == 429 || http == 503;
}

/* It will not be sent again: the instant it was sent at is known. */
static void
on_answer(void *arg)
{
	struct exchange *x = arg;

	if (!x->is_reported && x->sent_ns >= 0 &&
	    !is_busy(transfer_http(x->transfer)))
		records_request(x);
}

static void
finish(struct exchange *x, int64_t at_ns)
{
	x->done_ns = at_ns;
	answer_end(x);
	if (x->result.is_crowded && x->stop == NULL) {
		x->stop = x->result.error;
		x->stop_status = STATUS_CANCELLED;
	}
	client_take_fingerprint(x->client, x->facts.fingerprint);
	x->status = verdict_status(x);
	verdict_error(x);
	if (!x->is_reported) {
		/* If it never left, when we gave up stands for it. */
		if (x->sent_ns < 0)
			x->sent_ns = x->done_ns;
		records_request(x);
	}
	records_response(x);
	x->is_done = true;
	x->on_over(x->arg, x);
}

/* Waits of several requests at the same time are one. */
static bool
may_wait(struct exchange_waits *w, int64_t from_ns, int64_t until_ns)
{
	if (from_ns < w->until_ns)
		from_ns = w->until_ns;
	if (until_ns <= from_ns)
		return true;
	if (w->spent_ns + until_ns - from_ns > EXCHANGE_WAIT_NS)
		return false;
	w->spent_ns += until_ns - from_ns;
	w->until_ns = until_ns;
	return true;
}

/* A server that is busy, and says when to ask again?  Then wait. */
static bool
wait_as_asked(struct exchange *x)
{
	int64_t ns = x->result.retry_after_ns, now = x->result.at_ns;

	if (!is_busy(x->result.http) || ns < 0 || x->waits == NULL ||
	    x->is_reported || x->stop != NULL)
		return false;
	if (ns < EXCHANGE_WAIT_MIN_NS)
		ns = EXCHANGE_WAIT_MIN_NS;
	if (!may_wait(x->waits, now, now + ns))
		return false;
	x->again_ns = now + ns;
	if (x->again_ns < x->waits->next_ns)
		x->waits->next_ns = x->again_ns;
	x->waited_ns += ns;
	x->busy_http = x->result.http;
	/* Nothing came. */
	x->result = (struct transfer_result){ .error = "" };
	x->first_byte_ns = -1;
	x->stream_bytes = 0;
	buf_clear(&x->raw);
	return true;
}

static void
on_done(void *arg, struct transfer *t, const struct transfer_result *r)
{
	struct exchange *x = arg;

	(void)t;
	x->transfer = NULL;
	x->result = *r;
	if (!wait_as_asked(x))
		finish(x, r->at_ns);
}

static void
dispatch(struct exchange *x, int64_t due_ns)
{
	const struct step *s = x->step;
	struct transfer_request rq = {
		.url = x->url, .body = x->body.data, .body_len = x->body.len,
		.token = x->client->token,
		.connect_ns = s->timeouts.connect_ns,
		.new_connection = s->cold_connection,
		.insecure = x->client->insecure,
		.on_body = answer_bytes, .on_sent = on_sent,
		.on_answer = on_answer, .on_done = on_done, .arg = x
	};

	x->due_ns = due_ns;
	x->sent_ns = x->again_ns = -1;
	x->begun_ns = clock_mono_ns();
	x->deadline_ns = x->begun_ns + s->timeouts.connect_ns +
	    s->timeouts.first_token_ns;
	x->transfer = transfer_begin(x->client->net, &rq);
}

void
exchange_begin(struct exchange *x, int64_t req, int64_t due_ns)
{
	assert(x->transfer == NULL && !x->is_done);
	x->req = req;
	dispatch(x, due_ns);
}

void
exchange_stop(struct exchange *x, enum response_status status,
    const char *why)
{
	if (x->transfer == NULL && x->again_ns < 0)
		return;
	x->stop = why;
	x->stop_status = status;
	if (x->transfer != NULL)
		transfer_cancel(x->transfer);
	else
		finish(x, clock_mono_ns());
}

static void
check_wait(struct exchange *x, int64_t now_ns)
{
	if (now_ns >= x->again_ns)
		dispatch(x, x->again_ns);
	else if (x->again_ns < x->waits->next_ns)
		x->waits->next_ns = x->again_ns;
}

void
exchange_check(struct exchange *x, int64_t now_ns)
{
	if (x->again_ns >= 0) {
		check_wait(x, now_ns);
		return;
	}
	if (!x->is_reported && x->sent_ns >= 0 &&
	    now_ns - x->sent_ns > TRANSFER_RESEND_NS)
		records_request(x);
	/* The answer is complete: that counts, not how it is left open. */
	if (x->closed_by_ns >= 0) {
		if (now_ns >= x->closed_by_ns && x->transfer != NULL)
			transfer_cancel(x->transfer);
	} else if (now_ns >= x->deadline_ns)
		exchange_stop(x, STATUS_TIMEOUT, x->first_token_ns == -1 ?
		    "no first token in time (timeouts.first_token)" :
		    "no further token in time (timeouts.between_tokens)");
}

void
exchange_skip(struct output *out, const struct step *s, int64_t k,
    int64_t req, const char *why)
{
	const struct raw_response row = { .req = req, .step = s->step,
	    .status = "skipped", .error = why };
	struct exchange *x = new_exchange(s, k, out);

	x->req = req;
	x->sent_ns = clock_mono_ns();
	records_request(x);
	output_row(out, RECORD_RESPONSE, x->sent_ns, &row, 0);
	exchange_free(x);
}
