#include "tell.h"

#include <string.h>

#include "clock.h"
#include "digest.h"
#include "job.h"
#include "odds.h"
#include "sim.h"
#include "sse.h"

/* coalesce holds so many events back and sends them in one write. */
enum { COALESCE = 8 };

#define BIT(f) (UINT64_C(1) << (f))
#define DISTURBING (BIT(FAULT_CRLF) | BIT(FAULT_COMMENTS) | \
	BIT(FAULT_MULTI_DATA) | BIT(FAULT_NO_SPACE) | \
	BIT(FAULT_INVALID_UTF8) | BIT(FAULT_NUL_BYTES))

static void
log_chunk(struct job *job, const char *kind, int64_t bytes, int64_t tokens,
    int64_t planned_ns, int64_t sent_ns)
{
	struct json *j;

	if (!truth_is_on(job->sim->truth))
		return;
	j = truth_begin(job->sim->truth, "chunk");
	json_int(j, "req", job->req);
	json_int(j, "i", job->event_i++);
	json_str(j, "kind", kind);
	json_int(j, "bytes", bytes);
	json_int(j, "tokens", tokens);
	json_int(j, "planned_ns", planned_ns);
	json_int(j, "sent_ns", sent_ns);
	json_int(j, "written_ns", clock_mono_ns());
	truth_end(job->sim->truth);
}

void
tell_release(struct job *job)
{
	wire_send(&job->x->wire, job->hold.data, job->hold.len);
	buf_clear(&job->hold);
	job->held = 0;
}

/* Send what the dialect has put into job->out; returns the instant, taken
 * just before the bytes are handed to the kernel. */
static int64_t
send_out(struct job *job)
{
	struct buf odd = BUF_INIT;
	int64_t now;

	if ((job->faults & DISTURBING) != 0) {
		sse_disturb(&odd, &job->out, job->faults);
		buf_fini(&job->out);
		job->out = odd;
	}
	now = clock_mono_ns();
	if (fault_has(job->faults, FAULT_COALESCE) &&
	    ++job->held < COALESCE) {
		buf_add(&job->hold, job->out.data, job->out.len);
	} else {
		if (job->hold.len > 0)
			tell_release(job);
		wire_send(&job->x->wire, job->out.data, job->out.len);
	}
	buf_clear(&job->out);
	return now;
}

static void
send_event(struct job *job, const char *kind, int64_t planned_ns)
{
	int64_t now;

	if (job->out.len == 0)
		return;
	now = send_out(job);
	log_chunk(job, kind, 0, 0, planned_ns, now);
}

void
tell_start(struct job *job)
{
	if (!job->ask.is_stream || job->x->state == X_STREAMING)
		return;
	exchange_stream(job->x);
	job->x->wire.is_split = fault_has(job->faults, FAULT_SPLIT);
	if (job->dialect->begin != NULL)
		job->dialect->begin(job, &job->out);
	send_event(job, "role", clock_mono_ns());
}

void
tell_load(struct job *job, double progress, int64_t planned_ns)
{
	if (job->x->state != X_STREAMING || job->dialect->load == NULL)
		return;
	job->dialect->load(job, &job->out, progress);
	send_event(job, "load", planned_ns);
}

void
tell_prefill(struct job *job, double progress, int64_t planned_ns)
{
	if (job->x->state != X_STREAMING || job->dialect->prefill == NULL)
		return;
	job->dialect->prefill(job, &job->out, progress);
	send_event(job, "prefill", planned_ns);
}

static void
break_json(struct job *job)
{
	if (fault_has(job->faults, FAULT_BROKEN_JSON) && job->chunks == 4) {
		job->out.len -= job->out.len / 3;
		buf_adds(&job->out, "\n\n");
	}
}

int64_t
tell_text(struct job *job, enum text_kind kind, const char *s, size_t len,
    int64_t n, int64_t planned_ns)
{
	int64_t now;

	buf_add(kind == TEXT_CONTENT ? &job->content : &job->reasoning, s,
	    len);
	job->tokens += n;
	job->text_bytes += (int64_t)len;
	job->chunks++;
	if (kind == TEXT_REASONING)
		job->reasoning_tokens += n;
	if (job->x->state == X_STREAMING) {
		job->dialect->text(job, &job->out, kind, s, len);
		if (fault_has(job->faults, FAULT_EMPTY_CHUNKS))
			job->dialect->text(job, &job->out, kind, "", 0);
		break_json(job);
		now = send_out(job);
		log_chunk(job, kind == TEXT_CONTENT ? "content" : "reasoning",
		    (int64_t)len, n, planned_ns, now);
	} else {
		now = clock_mono_ns();
	}
	job->kind = kind;
	return now;
}

void
tell_error(struct job *job, const struct problem *p)
{
	struct exchange *x = job->x;

	if (x->state == X_STREAMING) {
		job->dialect->error(job, &job->out, p);
		send_event(job, "error", clock_mono_ns());
		if (job->dialect == &dialect_v1) {
			job->dialect->end(job, &job->out);
			send_event(job, "end", clock_mono_ns());
		}
		if (job->hold.len > 0)
			tell_release(job);
		exchange_end(x, STREAM_OK);
	} else {
		buf_clear(&x->reply);
		job->dialect->problem(&x->reply, p);
		exchange_reply(x, p->status);
	}
}

void
tell_end(struct job *job)
{
	struct exchange *x = job->x;

	if (x->state == X_STREAMING) {
		job->dialect->end(job, &job->out);
		send_event(job, "end", clock_mono_ns());
		if (job->hold.len > 0)
			tell_release(job);
		exchange_end(x, STREAM_OK);
	} else {
		job->dialect->body(job, &x->reply);
		exchange_reply(x, 200);
	}
}

/* ---- the truth --------------------------------------------------------- */

static void
log_tokens(struct json *j, const struct job *job)
{
	json_int(j, "prompt_tokens", job->prompt_tokens);
	json_int(j, "prompt_tokens_said", job->prompt_said);
	json_int(j, "cached_tokens", job->cached_tokens);
	json_int(j, "completion_tokens", job->tokens);
	json_int(j, "reasoning_tokens", job->reasoning_tokens);
	json_int(j, "chunks", job->chunks);
	json_int(j, "text_bytes", job->text_bytes);
	json_int(j, "max_tokens", job->ask.max_tokens);
}

static void
log_times(struct json *j, const struct job *job)
{
	json_int(j, "received_ns", job->x->received_ns);
	json_count(j, "queued_ns", job->queued_ns);
	json_count(j, "prefill_ns", job->prefill_ns);
	json_count(j, "prefill_end_ns", job->prefill_end_ns);
	json_count(j, "first_planned_ns", job->first_planned_ns);
	json_count(j, "first_ns", job->first_ns);
	json_count(j, "last_ns", job->last_ns);
	json_int(j, "end_ns", job->end_ns);
	json_num(j, "gap_s", job->gap_ns / 1e9);
	json_num(j, "ttft_s", job->ttft_s);
	json_num(j, "tokens_per_s", job->tokens_per_s);
}

/* The numbers of the request as they came, those of Ollama's options, too. */
static void
log_asked(struct json *j, const struct job *job)
{
	cJSON *o = json_parse(buf_cstr(&job->x->body), job->x->body.len);
	const cJSON *item;

	json_object(j, "asked");
	cJSON_ArrayForEach(item, o)
		if (cJSON_IsNumber(item))
			json_num(j, item->string, item->valuedouble);
	cJSON_ArrayForEach(item, json_get(o, "options"))
		if (cJSON_IsNumber(item))
			json_num(j, item->string, item->valuedouble);
	json_str(j, "draft_model", json_get_str(o, "draft_model", NULL));
	json_close(j);
	cJSON_Delete(o);
}

void
tell_truth(struct job *job)
{
	char hex[DIGEST_CAP], faults[512];
	struct buf *last = &job->ask.last;
	struct json *j;
	struct odds o;

	if (!truth_is_on(job->sim->truth))
		return;
	j = truth_begin(job->sim->truth, "request");
	json_int(j, "req", job->req);
	json_str(j, "dialect", job->dialect->name);
	json_bool(j, "stream", job->ask.is_stream);
	json_str(j, "model", job->ask.model);
	json_str(j, "served", job->served);
	json_str(j, "instance", job->instance_id[0] != '\0' ?
	    job->instance_id : NULL);
	json_str(j, "domain", job->domain);
	json_str(j, "check", job->checked);
	json_count(j, "parts_at", job->parts_at);
	if (job->ask.logprobs > 0 && job->model->logit_noise >= 0) {
		odds_of(&o, job->model->key, buf_cstr(last),
		    job->model->logit_noise);
		odds_log(j, "odds", &o);
	}
	json_str(j, "prompt_sha256", digest_sha256(buf_cstr(last), last->len,
	    hex));
	json_int(j, "prompt_bytes", (int64_t)last->len);
	json_int(j, "body_bytes", (int64_t)job->x->body.len);
	log_asked(j, job);
	log_tokens(j, job);
	log_times(j, job);
	json_str(j, "finish", job->finish);
	json_str(j, "status", job->status);
	json_str(j, "faults", fault_text(faults, sizeof(faults),
	    job->faults));
	json_int(j, "kv_bytes", job->kv_held_bytes);
	json_int(j, "leaked_bytes", job->leaked_bytes);
	json_str(j, "output_sha256", digest_sha256(buf_cstr(&job->content),
	    job->content.len, hex));
	truth_end(job->sim->truth);
}
