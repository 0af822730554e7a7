#include "take.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "raw.h"
#include "xalloc.h"

/* What cannot be a view into the record is kept at once. */
static const char *
keep_brief(void *names, const char *text, bool is_brief)
{
	return is_brief ? names_adds(names, text) : text;
}

/* Read the record into row, which was begun with field_init(). */
static void
read_row(struct take *c, const struct schema *s, void *row)
{
	const struct field_reader reader = { .keep = keep_brief,
	    .arg = c->t->names };

	field_read(s, row, c->o, &reader);
}

void
take_read(struct take *c)
{
	if (raw_schema(c->type) == NULL)
		return;
	raw_init(c->type, c->row);
	if (c->type == RECORD_LOAD || c->type == RECORD_UNLOAD ||
	    c->type == RECORD_IDLE) {
		c->row->span.timed = true;	/* what is not said was */
		c->row->span.phase = "";
	}
	read_row(c, raw_schema(c->type), c->row);
}

/* A text of a record that is to last. */
static const char *
text(struct take *c, const char *s)
{
	return names_adds(c->t->names, s);
}

/* A member of a raw record, as it is kept, by its kind (raw.h). */
#define LASTING_S(c, v) text(c, v)
#define LASTING_L(c, v) text(c, v)
#define LASTING_J(c, v) text(c, v)
#define LASTING_C(c, v) (v)
#define LASTING_N(c, v) (v)
#define LASTING_B(c, v) (v)
#define LASTING_F(c, v) (v)

/* An instant within range, else -1. */
static int64_t
instant(int64_t v)
{
	return v >= RECORD_T_MAX ? -1 : v;
}

int64_t
take_t_ns(const cJSON *o)
{
	int64_t v = json_get_int(o, "t_ns", -1);

	return v < 0 ? -1 : instant(v);
}

/* What is never more than fits; -1: not measured. */
static int32_t
few(int64_t n)
{
	return n > INT32_MAX ? -1 : (int32_t)n;
}

/* A text of which there may be one for each request. */
static uint64_t
id_of(struct take *c, const char *s)
{
	return names_id(c->t->names, s, c->t->keeps_texts ||
	    c->r->n_requests <= TEXTS_FEW);
}

static int
bad(struct take *c, const char *why)
{
	c->why = why;
	return -1;
}

/* What the run records of a run and of its continuation share. */
static uint64_t
run_identity(const struct row_run *r)
{
	const char *const texts[] = { r->origin_ns, r->boot_id,
	    r->config_sha256, r->os, r->cpu, r->arch };
	uint64_t h = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		h = h * 31 + names_hash(texts[i] != NULL ? texts[i] : "",
		    texts[i] != NULL ? strlen(texts[i]) : 0);
	return h;
}

/* Is it what a step has in common with itself when it is done again? */
static bool
is_same_step(const struct raw_step *a, const struct raw_step *b)
{
	return names_cmp(a->op, b->op) == 0 &&
	    names_cmp(a->pair, b->pair) == 0 &&
	    names_cmp(a->kind, b->kind) == 0 &&
	    names_cmp(a->variant, b->variant) == 0 &&
	    names_cmp(a->model, b->model) == 0 &&
	    names_cmp(a->format, b->format) == 0 &&
	    names_cmp(a->scenario, b->scenario) == 0 && a->block == b->block;
}

static int
take_run(struct take *c)
{
	const struct schema *schema = schema_of(ROW_RUN);
	struct run *r = c->r;
	struct row_run row;
	const char *wall;
	int cmp;

	if (json_get_int(c->o, "v", -1) != RECORD_VERSION)
		r->is_refused = true;
	if (strcmp(json_get_str(c->o, "stream", "raw"), "metrics") == 0) {
		c->t->tally.metrics++;
		return 0;
	}
	field_init(schema, &row);
	read_row(c, schema, &row);
	if (seen_take(r, &r->digest, r->n_begins == 0, c->digest) !=
	    SEEN_COPY && r->n_begins++ == 0)
		r->identity = run_identity(&row);
	r->is_mixed |= r->identity != run_identity(&row);
	if (c->t_ns > r->t_resumed)
		r->t_resumed = c->t_ns;
	wall = text(c, row.wall);
	cmp = names_cmp(wall, r->wall);
	if (r->line == NULL || cmp < 0 ||
	    (cmp == 0 && c->digest < r->line_digest)) {
		free(r->line);
		r->line = xstrndup(c->line.p, c->line.len);
		r->line_digest = c->digest;
		r->wall = wall;
	}
	return 0;
}

static int
take_step(struct take *c)
{
	const struct raw_step *row = &c->row->step;
	struct raw_step is;
	struct step_row *s;
	enum seen seen;

	if (row->step == -1)
		return bad(c, "step is missing or not a number");
	s = tables_step(c->r, row->step);
	seen = seen_take(c->r, &s->digest, s->is == NULL, c->digest);
	if (s->is != NULL && !s->differs && !is_same_step(s->is, row)) {
		s->differs = true;
		c->r->steps_differ++;
	}
	if (seen == SEEN_COPY || seen == SEEN_NOT)
		return 0;
	raw_init(RECORD_STEP, &is);
#define TAKE(kind, m, cases) is.m = LASTING_##kind(c, row->m);
	STEP_MEMBERS(TAKE)
#undef TAKE
	s->rep = few(row->rep);
	is.step = is.rep = -1;
	s->is = names_add(c->t->names, &is, sizeof(is));
	return 0;
}

static int
take_span(struct take *c)
{
	const struct raw_span *row = &c->row->span;
	struct span_event *e;

	if (row->step == -1)
		return bad(c, "step is missing or not a number");
	if (names_cmp(row->phase, "begin") != 0 &&
	    names_cmp(row->phase, "end") != 0)
		return bad(c, "phase is neither begin nor end");
	e = tables_event(c->r);
	e->op = c->type;
	e->step = row->step;
	e->t_ns = c->t_ns;
	e->is_end = strcmp(row->phase, "end") == 0;
	e->digest = c->digest;
#define TAKE(kind, m, cases) e->info.m = LASTING_##kind(c, row->m);
	SPAN_MEMBERS(TAKE)
#undef TAKE
	if (e->info.size_bytes == 0)	/* a model elsewhere, say */
		e->info.size_bytes = -1;
	return 0;
}

static int
take_request(struct take *c)
{
	const struct raw_request *row = &c->row->request;
	struct request_row *q;
	struct request_asked asked;
	enum seen seen;

	if (row->req == -1)
		return bad(c, "req is missing or not a number");
	if (row->step == -1)
		return bad(c, "step is missing or not a number");
	q = tables_request_at(c->r, row->req, c->t_ns);
	seen = seen_take(c->r, &q->sent_digest, !q->is_sent, c->digest);
	q->sent_differs |= seen == SEEN_RATHER || seen == SEEN_NOT;
	if (seen == SEEN_COPY || seen == SEEN_NOT)
		return 0;
	q->is_sent = true;
	q->t_sent = c->t_ns;
	q->step = row->step;
	q->scheduled_ns = instant(row->scheduled_ns);
	q->prompt = text(c, row->prompt);
	q->prompt_key = id_of(c, row->prompt_key);
	asked = (struct request_asked){ text(c, row->cache),
	    text(c, row->domain), text(c, row->sampling),
	    few(row->target_tokens), few(row->turn), few(row->concurrency),
	    row->warmup };
	q->asked = names_add(c->t->names, &asked, sizeof(asked));
	return 0;
}

/* A figure of the server's: a positive number, else not measured. */
static double
figure(double v)
{
	return v > 0 ? v : (double)NAN;
}

static int
take_response(struct take *c)
{
	const struct raw_response *row = &c->row->response;
	struct request_answered answered;
	struct request_row *q;
	enum seen seen;

	if (row->req == -1)
		return bad(c, "req is missing or not a number");
	if (row->status == NULL)
		return bad(c, "status is missing or not a text");
	q = tables_request(c->r, row->req);
	seen = seen_take(c->r, &q->done_digest, !q->is_done, c->digest);
	q->done_differs |= seen == SEEN_RATHER || seen == SEEN_NOT;
	if (seen == SEEN_COPY || seen == SEEN_NOT)
		return 0;
	q->is_done = true;
	q->t_done = c->t_ns;
	q->status = response_status_of(row->status);
	q->is_decided = q->status == STATUS_SKIPPED &&
	    names_cmp(row->error, "decided") == 0;
	q->has_load = row->server_load_s > 0;
	q->prompt_tokens = few(row->prompt_tokens);
	q->completion_tokens = few(row->completion_tokens);
	q->reasoning_tokens = few(row->reasoning_tokens);
	q->cached_tokens = few(row->cached_tokens);
	q->first_byte = instant(row->first_byte_ns);
	q->chunks_said = few(row->chunks);
	c->r->answered += seen == SEEN_FIRST;
	c->r->skipped += seen == SEEN_FIRST && !tables_was_tried(q);
	c->r->failed += seen == SEEN_FIRST && tables_was_tried(q) &&
	    !tables_is_good(q);
	q->output_sha256 = id_of(c, row->output_sha256);
	answered = (struct request_answered){ text(c, row->tokens_from),
	    text(c, row->check), text(c, row->choices), text(c, row->call),
	    text(c, row->call_at), text(c, row->words),
	    few(row->draft_tokens), few(row->accepted_tokens) };
	q->answered = names_add(c->t->names, &answered, sizeof(answered));
	q->server_ttft_s = figure(row->server_ttft_s);
	q->server_tps = figure(row->server_tokens_per_s);
	q->server_prefill_s = figure(row->server_prefill_s);
	return 0;
}

bool
take_chunk_event(const cJSON *o, struct chunk_event *e, const char **why)
{
	const struct field_reader views = { .keep = keep_brief };
	struct raw_chunk row;

	raw_init(RECORD_CHUNK, &row);
	field_read(raw_schema(RECORD_CHUNK), &row, o, &views);
	e->run = json_get_str(o, "run", NULL);
	e->run_len = e->run == NULL ? 0 : strlen(e->run);
	e->t_ns = take_t_ns(o);
	e->req = row.req;
	e->i = row.i;
	e->bytes = row.bytes == -1 ? 0 : row.bytes;
	e->kind = chunk_kind_of(row.kind);
	e->flags = chunk_unsure(row.early_ns) |
	    (row.coalesced ? CHUNK_COALESCED : 0u) |
	    (row.callback_ns >= 0 ? CHUNK_LATE : 0u) |
	    (row.progress == 0 ? CHUNK_START : 0u) |
	    (row.progress == 1 ? CHUNK_FINISH : 0u);
	*why = e->req == -1 ? "req is missing or not a number" :
	    e->i == -1 || e->i > UINT32_MAX ? "i is missing or no number" :
	    NULL;
	return *why == NULL && e->run != NULL && e->t_ns >= 0;
}

static int
take_chunk(struct take *c)
{
	struct chunk_event e;

	if (!take_chunk_event(c->o, &e, &c->why))
		return -1;
	tables_chunk(c->t, &e);
	return 0;
}

static int
take_proc(struct take *c)
{
	struct proc_row *p = tables_proc(c->r);
	const struct raw_proc *row = &c->row->proc;

	p->t_ns = c->t_ns;
#define TAKE(kind, m, cases) p->m = LASTING_##kind(c, row->m);
	PROC_MEMBERS(TAKE)
#undef TAKE
	p->digest = c->digest;
	return 0;
}

static int
take_note(struct take *c)
{
	const struct raw_note *row = &c->row->note;
	struct note_row *n;

	if (row->code == NULL)
		return bad(c, "code is missing or not a text");
	n = tables_note(c->r);
	n->t_ns = c->t_ns;
#define TAKE(kind, m, cases) n->m = LASTING_##kind(c, row->m);
	NOTE_MEMBERS(TAKE)
#undef TAKE
	n->digest = c->digest;
	return 0;
}

static int
take_end(struct take *c)
{
	struct end_row *e;
	const struct raw_end *row = &c->row->end;

	if (row->tool == NULL)
		return bad(c, "tool is missing or not a text");
	e = tables_end(c->r);
#define TAKE(kind, m, cases) e->m = LASTING_##kind(c, row->m);
#define TAKE_PART(kind, m, object, key, cases) TAKE(kind, m, cases)
	END_MEMBERS_RAW(TAKE, TAKE_PART)
#undef TAKE
	/* "lmsdrive 0.1.0" and "lmsdrive" are one tool. */
	e->tool = names_add(c->t->names, row->tool, strcspn(row->tool, " "));
	e->digest = c->digest;
	e->t_ns = c->t_ns;
	return 0;
}

int
take_record(struct take *c)
{
	static int (*const takes[RECORD_UNKNOWN + 1])(struct take *) = {
		[RECORD_RUN] = take_run, [RECORD_STEP] = take_step,
		[RECORD_LOAD] = take_span, [RECORD_UNLOAD] = take_span,
		[RECORD_IDLE] = take_span, [RECORD_REQUEST] = take_request,
		[RECORD_CHUNK] = take_chunk, [RECORD_RESPONSE] = take_response,
		[RECORD_MEM] = take_mem, [RECORD_PROC] = take_proc,
		[RECORD_NOTE] = take_note, [RECORD_END] = take_end
	};

	return takes[c->type] != NULL ? takes[c->type](c) : 0;
}
