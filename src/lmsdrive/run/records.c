/* The records of an exchange. */
#include "exchange.h"

#include <assert.h>

#include "server/api.h"

void
records_request(struct exchange *x)
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
		.cache = prompt_is_warm(s, x->k) ? "warm" : "cold",
		.domain = s->prompt.domain, .turn = s->turn,
		.warmup = s->warmup, .concurrency = s->concurrency
	};

	assert(!x->is_reported);
	if (x->api != NULL) {
		body_write_sampling(&sampling, x->api, s);
		row.sampling = buf_cstr(&sampling);
	}
	output_row(x->out, RECORD_REQUEST, x->sent_ns, &row, 0);
	buf_fini(&sampling);
	x->is_reported = true;
}

void
records_chunk(struct exchange *x, const struct piece *p,
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

void
records_response(struct exchange *x)
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
