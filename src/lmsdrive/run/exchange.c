#include "exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "server/api.h"
#include "verdict.h"
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

/* ---- records ---------------------------------------------------------- */

static void
write_request(struct exchange *x)
{
	const struct step *s = x->step;
	struct buf sampling = BUF_INIT;
	struct raw_request row = {
		.req = x->req, .step = s->step,
		.scheduled_ns = output_t(x->out, x->due_ns),
		.prompt = s->prompt.name, .prompt_key = x->prompt_key,
		.prompt_sha256 = x->prompt_sha256,
		.prompt_bytes = (int64_t)x->prompt.len,
		.target_tokens = s->prompt.target_tokens,
		.max_tokens = s->sampling.max_tokens,
		.cache = s->prompt.is_warm ? "warm" : "cold",
		.domain = s->prompt.domain, .turn = s->turn,
		.warmup = s->warmup, .concurrency = s->concurrency
	};

	if (x->api != NULL) {
		body_write_sampling(&sampling, x->api, s);
		row.sampling = buf_cstr(&sampling);
	}
	output_row(x->out, RECORD_REQUEST, x->sent_ns, &row, 0);
	buf_fini(&sampling);
	x->is_reported = true;
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
		write_request(x);
}

static void
write_chunk(struct exchange *x, const struct piece *p,
    const struct arrival_time *when)
{
	int64_t delay = when->callback_ns - when->at_ns;
	int64_t early = when->at_ns - (when->from_ns > x->sent_ns ?
	    when->from_ns : x->sent_ns);
	struct chunk_record c = {
		.at_ns = when->at_ns, .req = x->req, .i = x->chunks,
		.kind = p->kind, .bytes = p->bytes, .progress = p->progress,
		.coalesced = x->chunks > 0 && x->last_read == when->read &&
		    x->last_event_ns == when->at_ns,
		.callback_ns = delay > NS_PER_MS ? delay : -1,
		.early_ns = early > EXCHANGE_UNSURE_NS ? early : -1
	};

	x->chunks++;
	x->last_read = when->read;
	x->last_event_ns = when->at_ns;
	if (delay > x->worst_delay_ns)
		x->worst_delay_ns = delay;
	if (chunk_is_token(p->kind) && p->bytes > 0) {
		if (x->first_token_ns == -1)
			x->first_token_ns = when->at_ns;
		x->last_token_ns = when->at_ns;
		if (x->n_stamps < x->cap_stamps)
			x->stamps[x->n_stamps++] = when->at_ns;
		x->token_chunks++;
		x->text_bytes += (int64_t)p->bytes;
		x->deadline_ns = when->callback_ns +
		    x->step->timeouts.between_tokens_ns;
	}
	output_chunk(x->out, &c);
}

static const char *
said(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* Of an answer that is there for its words; else empty. */
static struct buf
words_of(struct exchange *x)
{
	struct buf words = BUF_INIT;

	if (x->step->prompt.probe != NULL && !step_is_probe(x->step))
		digest_words(&words, buf_cstr(&x->facts.all_text));
	return words;
}

static void
write_response(struct exchange *x)
{
	const struct facts *f = &x->facts;
	char sha[DIGEST_CAP];
	const char *check = verdict_check(x);
	struct buf words = words_of(x);
	const struct raw_response row = {
		.req = x->req, .step = x->step->step,
		.status = response_status_name(x->status),
		.http = x->result.http > 0 ? x->result.http : -1,
		.finish = verdict_finish(f, x->step),
		.model_served = said(f->model_served),
		.prompt_tokens = f->prompt_tokens,
		.completion_tokens = f->completion_tokens,
		.reasoning_tokens = f->reasoning_tokens,
		.cached_tokens = f->cached_tokens,
		.draft_tokens = f->draft_tokens,
		.accepted_tokens = f->accepted_tokens,
		.tokens_from = tokens_from_name(f->tokens_from),
		.server_ttft_s = f->ttft_s,
		.server_tokens_per_s = f->tokens_per_s,
		.server_load_s = f->load_s,
		.server_prefill_s = f->prefill_s,
		.connect_ns = x->result.connect_ns,
		.first_byte_ns = output_t(x->out, x->first_byte_ns),
		.chunks = x->token_chunks, .bytes = x->text_bytes,
		.output_sha256 = f->all_text.len == 0 ? NULL :
		    digest_sha256(f->all_text.data, f->all_text.len, sha),
		.retries = x->result.retries, .waited_ns = x->waited_ns,
		.check = check, .call = x->call,
		.call_at = x->call_at.len > 0 ? buf_cstr(&x->call_at) : NULL,
		.choices = x->facts.first_choices.len ==
		    0 ? NULL : buf_cstr(&x->facts.first_choices),
		.words = words.len > 0 ? buf_cstr(&words) : NULL,
		.error = said(x->error)
	};

	output_row(x->out, RECORD_RESPONSE, x->done_ns, &row, WAS_SENT |
	    (row.check != NULL ? WAS_CHECKED : 0) |
	    (x->call != NULL ? WAS_CALLED : 0) |
	    (step_is_probe(x->step) ? WAS_PROBED : 0) |
	    (words.len > 0 ? WAS_GREEDY : 0));
	buf_fini(&words);
}

/* ---- the answer ------------------------------------------------------- */

static int
too_much(struct exchange *x, const char *what)
{
	x->stop = what;
	x->stop_status = STATUS_PARSE_ERROR;
	return -1;
}

struct event_context {
	struct exchange *x;
	const struct arrival_time *when;
};

static int
on_event(void *arg, const char *name, const char *data, size_t len)
{
	struct event_context *c = arg;
	struct exchange *x = c->x;
	struct piece pieces[PIECES_MAX];
	size_t n;

	n = x->api->read_event(&x->facts, name, data, len, pieces);
	for (size_t i = 0; i < n; i++)
		write_chunk(x, &pieces[i], c->when);
	if (x->chunks > x->chunks_max)
		return too_much(x, "the stream has far more chunks than "
		    "tokens were asked for");
	if (x->facts.all_text.len > EXCHANGE_TEXT_MAX)
		return too_much(x, "the text is longer than 64 MiB");
	return 0;
}

static void
on_comment(void *arg, const char *text, size_t len)
{
	struct event_context *c = arg;
	struct piece pieces[PIECES_MAX];
	size_t n;

	if (c->x->chunks > c->x->chunks_max)
		return;			/* the next event ends it */
	n = c->x->api->read_comment(&c->x->facts, text, len, pieces);
	for (size_t i = 0; i < n; i++)
		write_chunk(c->x, &pieces[i], c->when);
}

/* Does a body begin as an event stream does, whatever its header calls it? */
static bool
looks_like_stream(const struct buf *b)
{
	static const char *const starts[] = { ":", "data:", "event:", "id:",
		"retry:" };
	size_t n, at = 0;

	if (b->len >= 3 && memcmp(b->data, "\xef\xbb\xbf", 3) == 0)
		at = 3;
	while (at < b->len && strchr("\r\n", b->data[at]) != NULL)
		at++;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		n = strlen(starts[i]);
		if (b->len - at >= n && memcmp(b->data + at, starts[i], n) == 0)
			return true;
	}
	return false;
}

static void
begin_answer(struct exchange *x, struct transfer *t)
{
	snprintf(x->content_type, sizeof(x->content_type), "%s",
	    transfer_content_type(t));
	snprintf(x->content_encoding, sizeof(x->content_encoding), "%s",
	    transfer_content_encoding(t));
	x->first_byte_ns = x->last.at_ns;
	x->sse.on_comment = x->api->read_comment != NULL ? on_comment : NULL;
	x->is_sse = transfer_http(t) / 100 == 2 &&
	    (strncasecmp(x->content_type, "text/event-stream", 17) == 0 ||
	    strncasecmp(x->content_type, "application/x-ndjson", 20) == 0);
}

static int
take_stream(struct exchange *x, const char *bytes, size_t len)
{
	struct event_context c = { x, &x->last };

	if (x->stream_bytes > EXCHANGE_STREAM_MAX)
		return too_much(x, "the stream is longer than 1 GiB");
	if (sse_feed(&x->sse, bytes, len, on_event, &c) == -1)
		return x->stop != NULL ? -1 :
		    too_much(x, "an event is longer than 16 MiB");
	if (x->facts.is_closed && x->closed_by_ns == -1)
		x->closed_by_ns = x->last.callback_ns + EXCHANGE_CLOSE_NS;
	return 0;
}

static int
on_body(void *arg, struct transfer *t, const char *bytes, size_t len,
    const struct arrival_time *when)
{
	struct exchange *x = arg;

	x->last = *when;
	x->stream_bytes += (int64_t)len;
	if (x->first_byte_ns == -1)
		begin_answer(x, t);
	if (x->is_sse) {
		if (x->facts.known_events == 0 &&
		    x->raw.len < EXCHANGE_HEAD_MAX)
			buf_add(&x->raw, bytes, len < EXCHANGE_HEAD_MAX ? len :
			    EXCHANGE_HEAD_MAX);
		return take_stream(x, bytes, len);
	}
	if (x->raw.len + len > EXCHANGE_BODY_MAX)
		return too_much(x, "the answer is no event stream, and longer "
		    "than 1 MiB");
	buf_add(&x->raw, bytes, len);
	x->is_sse = transfer_http(t) / 100 == 2 && looks_like_stream(&x->raw);
	return x->is_sse ? take_stream(x, x->raw.data, x->raw.len) : 0;
}

/* The last event of a stream, without its empty line: it counts when it is
 * complete all the same. */
static int
on_last_event(void *arg, const char *name, const char *data, size_t len)
{
	return strcmp(name, "error") == 0 || dialect_is_whole(data, len) ?
	    on_event(arg, name, data, len) : 0;
}

static void
end_stream(struct exchange *x)
{
	struct event_context c = { x, &x->last };
	struct facts *f = &x->facts;

	sse_end(&x->sse, on_last_event, &c);
	if (f->known_events == 0 && f->unread[0] == '\0' && x->raw.len > 0)
		dialect_show(f->unread, x->raw.data, x->raw.len);
}

/* A body that was no stream: an error, or an answer in one piece. */
static void
take_whole_body(struct exchange *x, long http)
{
	struct arrival_time when = { .at_ns = x->first_byte_ns,
	    .from_ns = x->first_byte_ns, .callback_ns = x->first_byte_ns };
	struct piece pieces[PIECES_MAX];
	int n;

	if (http / 100 != 2) {
		dialect_error_body(&x->facts, http, x->raw.data, x->raw.len);
		return;
	}
	if (x->raw.len == 0)
		return;
	n = x->api->read_body(&x->facts, x->raw.data, x->raw.len, pieces);
	for (int i = 0; i < n; i++)
		write_chunk(x, &pieces[i], &when);
	if (n == -1)
		dialect_broken(&x->facts, x->raw.data, x->raw.len);
}

enum { TEMPLATE_TOKENS = 65536 };	/* far more than any template adds */

/* Counts that cannot be true, as more tokens than bytes, were not told; then
 * the chunks are counted. */
static void
settle_counts(struct exchange *x)
{
	struct facts *f = &x->facts;

	if (f->prompt_tokens == 0 ||
	    f->prompt_tokens > (int64_t)x->body.len + TEMPLATE_TOKENS)
		f->prompt_tokens = -1;
	if (f->completion_tokens > x->chunks_max &&	/* hidden ones, too */
	    f->completion_tokens > x->text_bytes)
		f->completion_tokens = -1;
	if (f->completion_tokens < 0 ||
	    (f->completion_tokens == 0 && x->token_chunks > 0)) {
		f->completion_tokens = x->token_chunks > 0 ? x->token_chunks :
		    -1;
		f->tokens_from = x->token_chunks > 0 ? TOKENS_CHUNKS :
		    TOKENS_NONE;
	}
}

static void
finish(struct exchange *x, int64_t at_ns)
{
	x->done_ns = at_ns;
	if (x->is_sse && x->stop == NULL)
		end_stream(x);
	else if (!x->is_sse && x->result.http != 0)
		take_whole_body(x, x->result.http);
	if (x->result.is_crowded && x->stop == NULL) {
		x->stop = x->result.error;
		x->stop_status = STATUS_CANCELLED;
	}
	settle_counts(x);
	client_take_fingerprint(x->client, x->facts.fingerprint);
	x->status = verdict_status(x);
	verdict_error(x);
	if (!x->is_reported) {
		/* If it never left, when we gave up stands for it. */
		if (x->sent_ns < 0)
			x->sent_ns = x->done_ns;
		write_request(x);
	}
	write_response(x);
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
		.on_body = on_body, .on_sent = on_sent,
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
		write_request(x);
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
	write_request(x);
	output_row(out, RECORD_RESPONSE, x->sent_ns, &row, 0);
	exchange_free(x);
}
