#include "intake.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fastscan.h"
#include "join/derive.h"
#include "partial.h"
#include "xalloc.h"

/* A record on its way into the tables. */
struct record {
	struct tables *t;
	struct run *r;
	const cJSON *o;
	struct slice line;
	uint64_t digest;
	int64_t t_ns;
	const char *why;
};

static const char *
text(struct record *c, const cJSON *o, const char *key)
{
	return names_adds(c->t->names, json_get_str(o, key, NULL));
}

/* A text that is another one for each request: too many to keep for ever. */
static const char *
passing_text(struct record *c, const cJSON *o, const char *key)
{
	return c->t->is_bounded ? NULL : text(c, o, key);
}

/* A text, or a number as text ("params" may be either). */
static const char *
text_or_number(struct record *c, const cJSON *o, const char *key)
{
	double v = json_get_num(o, key, NAN);
	char out[32];

	if (isnan(v))
		return text(c, o, key);
	return names_adds(c->t->names, json_number_text(out, v));
}

/* A count or an instant: an integer >= 0, else -1. */
static int64_t
count(const cJSON *o, const char *key)
{
	int64_t v = json_get_int(o, key, -1);

	return v < 0 ? -1 : v;
}

/* An instant within range, else -1. */
static int64_t
instant(const cJSON *o, const char *key)
{
	int64_t v = count(o, key);

	return v >= RECORD_T_MAX ? -1 : v;
}

static int
bad(struct record *c, const char *why)
{
	c->why = why;
	return -1;
}

/* A digest of the texts of o under the keys. */
static uint64_t
identity(const cJSON *o, const char *const *keys, size_t n)
{
	const char *s;
	uint64_t h = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		s = json_get_str(o, keys[i], "");
		h = h * 31 + names_hash(s, strlen(s));
	}
	return h;
}

/* What the run records of a run and of its continuation share. */
static uint64_t
run_identity(const cJSON *o)
{
	static const char *const keys[] = { "origin_ns", "boot_id",
	    "config_sha256" };
	static const char *const host[] = { "os", "cpu", "arch" };

	return identity(o, keys, 3) * 31 +
	    identity(json_get(o, "host"), host, 3);
}

/* What a step has in common with itself when it is done again. */
static uint64_t
step_identity(const cJSON *o)
{
	static const char *const keys[] = { "op", "pair", "kind", "variant",
	    "model", "format", "scenario" };

	return identity(o, keys, 7) * 31 + (uint64_t)count(o, "block");
}

static int
take_run(struct record *c)
{
	struct run *r = c->r;
	const char *wall;
	int cmp;

	if (json_get_int(c->o, "v", -1) != RECORD_VERSION)
		r->is_refused = true;
	if (strcmp(json_get_str(c->o, "stream", "raw"), "metrics") == 0) {
		c->t->tally.metrics++;
		return 0;
	}
	seen_take(&r->seen, c->digest, run_identity(c->o));
	wall = text(c, c->o, "wall");
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
take_step(struct record *c)
{
	int64_t step = count(c->o, "step");
	struct step_row *s;

	if (step == -1)
		return bad(c, "step is missing or not a number");
	s = tables_step(c->r, step);
	if (!seen_take(&s->seen, c->digest, step_identity(c->o)))
		return 0;
	s->t_ns = c->t_ns;
	s->op = text(c, c->o, "op");
	s->pair = text(c, c->o, "pair");
	s->kind = text(c, c->o, "kind");
	s->variant = text(c, c->o, "variant");
	s->model = text(c, c->o, "model");
	s->format = text(c, c->o, "format");
	s->scenario = text(c, c->o, "scenario");
	s->block = count(c->o, "block");
	s->rep = count(c->o, "rep");
	s->concurrency = count(c->o, "concurrency");
	s->rate_per_s = json_get_num(c->o, "rate_per_s", NAN);
	s->implied = json_get_bool(c->o, "implied", false);
	return 0;
}

static void
take_model(struct record *c, struct model_info *m)
{
	m->model = text(c, c->o, "model");
	m->instance = text(c, c->o, "instance");
	m->format = text(c, c->o, "format");
	m->quantization = text(c, c->o, "quantization");
	m->params = text_or_number(c, c->o, "params");
	m->architecture = text(c, c->o, "architecture");
	m->runtime = text(c, c->o, "runtime");
	m->server_url = text(c, c->o, "server_url");
	m->server_api = text(c, c->o, "api");
	m->server_name = text(c, c->o, "server_name");
	m->server_version = text(c, c->o, "server_version");
	m->size_bytes = count(c->o, "size_bytes");
	m->cache_budget_bytes = count(c->o, "cache_budget_bytes");
	m->context_length = count(c->o, "context_length");
	m->requested_context_length = count(c->o, "requested_context_length");
	m->parallel = count(c->o, "parallel");
	m->bits_per_weight = json_get_num(c->o, "bits_per_weight", NAN);
}

static int
take_span(struct record *c, enum span_op op)
{
	const char *phase = json_get_str(c->o, "phase", "");
	int64_t step = count(c->o, "step");
	struct span_event *e;

	if (step == -1)
		return bad(c, "step is missing or not a number");
	if (strcmp(phase, "begin") != 0 && strcmp(phase, "end") != 0)
		return bad(c, "phase is neither begin nor end");
	e = tables_event(c->r);
	e->op = op;
	e->step = step;
	e->t_ns = c->t_ns;
	e->is_end = strcmp(phase, "end") == 0;
	e->digest = c->digest;
	e->status = text(c, c->o, "status");
	e->server_load_s = json_get_num(c->o, "server_load_s", NAN);
	e->is_timed = json_get_bool(c->o, "timed", true);
	take_model(c, &e->info);
	return 0;
}

static int
take_request(struct record *c)
{
	int64_t req = count(c->o, "req");
	struct request_row *q;

	if (req == -1)
		return bad(c, "req is missing or not a number");
	if (count(c->o, "step") == -1)
		return bad(c, "step is missing or not a number");
	q = tables_request(c->r, req);
	if (!seen_take(&q->sent, c->digest, c->digest))
		return 0;
	q->t_sent = c->t_ns;
	q->step = count(c->o, "step");
	q->scheduled = instant(c->o, "scheduled_ns");
	q->prompt_bytes = count(c->o, "prompt_bytes");
	q->target_tokens = count(c->o, "target_tokens");
	q->max_tokens = count(c->o, "max_tokens");
	q->turn = count(c->o, "turn");
	q->concurrency = count(c->o, "concurrency");
	q->prompt = passing_text(c, c->o, "prompt");
	q->prompt_key = passing_text(c, c->o, "prompt_key");
	q->cache = text(c, c->o, "cache");
	q->domain = text(c, c->o, "domain");
	q->warmup = json_get_bool(c->o, "warmup", false);
	return 0;
}

/* A figure of the server's: a positive number, else not measured. */
static double
figure(const cJSON *o, const char *key)
{
	double v = json_get_num(o, key, NAN);

	return v > 0 ? v : NAN;
}

static int
take_response(struct record *c)
{
	const cJSON *server = json_get(c->o, "server");
	int64_t req = count(c->o, "req");
	struct request_row *q;

	if (req == -1)
		return bad(c, "req is missing or not a number");
	if (json_get_str(c->o, "status", NULL) == NULL)
		return bad(c, "status is missing or not a text");
	q = tables_request(c->r, req);
	if (!seen_take(&q->done, c->digest, c->digest))
		return 0;
	q->t_done = c->t_ns;
	q->status = response_status_of(json_get_str(c->o, "status", NULL));
	q->prompt_tokens = count(c->o, "prompt_tokens");
	q->completion_tokens = count(c->o, "completion_tokens");
	q->reasoning_tokens = count(c->o, "reasoning_tokens");
	q->cached_tokens = count(c->o, "cached_tokens");
	q->first_byte = instant(c->o, "first_byte_ns");
	q->chunks_said = count(c->o, "chunks");
	q->retries = count(c->o, "retries");
	c->r->answered += q->done.n == 1;
	c->r->failed += q->done.n == 1 && !derive_is_good(q);
	q->tokens_from = text(c, c->o, "tokens_from");
	q->output_sha256 = passing_text(c, c->o, "output_sha256");
	q->server_ttft_s = figure(server, "ttft_s");
	q->server_tps = figure(server, "tokens_per_s");
	q->server_prefill_s = figure(server, "prefill_s");
	return 0;
}

bool
intake_chunk(const cJSON *o, struct chunk_event *e, const char **why)
{
	double progress = json_get_num(o, "progress", NAN);

	e->run = json_get_str(o, "run", NULL);
	e->run_len = e->run == NULL ? 0 : strlen(e->run);
	e->t_ns = instant(o, "t_ns");
	e->req = count(o, "req");
	e->i = count(o, "i");
	e->bytes = count(o, "bytes");
	e->kind = chunk_kind_of(json_get_str(o, "kind", NULL));
	e->flags = 0;
	if (json_get_bool(o, "coalesced", false))
		e->flags |= CHUNK_COALESCED;
	if (count(o, "callback_ns") >= 0)
		e->flags |= CHUNK_LATE;
	if (progress == 0)
		e->flags |= CHUNK_START;
	if (progress == 1)
		e->flags |= CHUNK_FINISH;
	*why = e->req == -1 ? "req is missing or not a number" :
	    e->i == -1 || e->i > UINT32_MAX ? "i is missing or no number" :
	    NULL;
	if (e->bytes == -1)
		e->bytes = 0;
	return *why == NULL && e->run != NULL && e->t_ns >= 0;
}

static int
take_chunk(struct record *c)
{
	struct chunk_event e;

	if (!intake_chunk(c->o, &e, &c->why))
		return -1;
	tables_chunk(c->t, &e);
	return 0;
}

static void
take_reading(struct record *c, const cJSON *o, const char *key,
    enum energy_counter counter, int64_t age_ns)
{
	int64_t nj = count(o, key);

	if (nj != -1)
		*tables_reading(c->r) = (struct energy_row){ counter,
		    c->t_ns - (age_ns > 0 ? age_ns : 0), nj };
}

/*
 * The energy counters.  What a thread of its own reads has its age: the GPU's,
 * and on macOS, where there are footprints, all of the machine's.
 */
static void
take_energy(struct record *c, const cJSON *sys)
{
	int64_t age = count(sys, "slow_age_ns"), cpu_age;

	if (c->t->is_bounded)
		return;
	cpu_age = count(c->o, "footprint_bytes") == -1 ? 0 : age;
	take_reading(c, sys, "cpu_energy_nj", E_CPU, cpu_age);
	take_reading(c, sys, "dram_energy_nj", E_DRAM, cpu_age);
	take_reading(c, sys, "gpu_energy_nj", E_GPU, age);
	take_reading(c, c->o, "cpu_energy_nj", E_SERVER_CPU, 0);
}

static int
take_mem(struct record *c)
{
	const cJSON *sys = json_get(c->o, "sys");
	struct mem_row *m = tables_mem(c->r);
	enum counter i;
	char key[32];

	m->t_ns = c->t_ns;
	for (i = 0; i < C_READ; i++) {
		snprintf(key, sizeof(key), "%s_bytes", counter_name(i));
		m->v[i] = (double)count(c->o, key);
		if (m->v[i] < 0)
			m->v[i] = NAN;
	}
	m->v[C_ANON_SWAP] = NAN;		/* link.h adds them up */
	m->sys_swap = json_get_num(sys, "swap_used_bytes", NAN);
	m->sys_pressure = json_get_num(sys, "pressure", NAN);
	m->late_ns = count(c->o, "late_ns");
	m->missed = count(c->o, "missed");
	take_energy(c, sys);
	return 0;
}

static int
take_proc(struct record *c)
{
	struct proc_row *p = tables_proc(c->r);

	p->t_ns = c->t_ns;
	p->pid = count(c->o, "pid");
	p->event = text(c, c->o, "event");
	p->role = text(c, c->o, "role");
	p->digest = c->digest;
	return 0;
}

static int
take_note(struct record *c)
{
	struct note_row *n;

	if (json_get_str(c->o, "code", NULL) == NULL)
		return bad(c, "code is missing or not a text");
	n = tables_note(c->r);
	n->t_ns = c->t_ns;
	n->step = count(c->o, "step");
	n->level = text(c, c->o, "level");
	n->code = text(c, c->o, "code");
	n->message = passing_text(c, c->o, "message");
	n->digest = c->digest;
	return 0;
}

static int
take_end(struct record *c)
{
	const cJSON *self = json_get(c->o, "self");
	const char *tool = json_get_str(c->o, "tool", NULL);
	struct end_row *e;

	if (tool == NULL)
		return bad(c, "tool is missing or not a text");
	e = tables_end(c->r);
	/* "lmsdrive 0.1.0" and "lmsdrive" are one tool. */
	e->tool = names_add(c->t->names, tool, strcspn(tool, " "));
	e->digest = c->digest;
	e->t_ns = c->t_ns;
	e->records = count(c->o, "records");
	e->interrupted = json_get_bool(c->o, "interrupted", false);
	e->cpu_ns = count(self, "cpu_ns");
	e->wall_ns = count(self, "wall_ns");
	e->max_rss_bytes = count(self, "max_rss_bytes");
	e->samples = count(self, "samples");
	e->missed = count(self, "missed");
	e->worst_late_ns = count(self, "worst_late_ns");
	return 0;
}

static int
take(struct record *c, enum record_type type)
{
	switch (type) {
	case RECORD_RUN:
		return take_run(c);
	case RECORD_STEP:
		return take_step(c);
	case RECORD_LOAD:
		return take_span(c, SPAN_LOAD);
	case RECORD_UNLOAD:
		return take_span(c, SPAN_UNLOAD);
	case RECORD_IDLE:
		return take_span(c, SPAN_IDLE);
	case RECORD_REQUEST:
		return take_request(c);
	case RECORD_CHUNK:
		return take_chunk(c);
	case RECORD_RESPONSE:
		return take_response(c);
	case RECORD_MEM:
		return take_mem(c);
	case RECORD_PROC:
		return take_proc(c);
	case RECORD_NOTE:
		return take_note(c);
	case RECORD_END:
		return take_end(c);
	default:
		return 0;
	}
}

/*
 * Was this very line seen before?  (Copies of chunks and samples show later;
 * without an end to the stream they cannot be remembered.)
 */
static bool
is_copy(struct record *c, enum record_type type)
{
	if (type == RECORD_CHUNK || type == RECORD_MEM || c->t->is_bounded)
		return false;
	if (idmap_get(&c->r->digests, c->digest) != IDMAP_NONE) {
		c->r->copies++;
		return true;
	}
	idmap_put(&c->r->digests, c->digest, 0);
	return false;
}

/* The keys that every record has. */
static enum intake_result
take_record(struct record *c)
{
	const char *name = json_get_str(c->o, "type", NULL);
	const char *run = json_get_str(c->o, "run", NULL);
	enum record_type type = record_type_of(name);

	if (name == NULL) {
		c->why = "type is missing or not a text";
		return INTAKE_BAD_RECORD;
	}
	if (strcmp(name, "partial") == 0) {
		partial_take_counts(c->t, c->o);
		return INTAKE_OK;
	}
	if (type == RECORD_UNKNOWN && strcmp(name, "chunks") != 0)
		return INTAKE_IGNORED;
	c->t_ns = instant(c->o, "t_ns");
	if (run == NULL || c->t_ns == -1) {
		c->why = run == NULL ? "run is missing or not a text" :
		    "t_ns is missing, or no integer from 0 to 2^52";
		return INTAKE_BAD_RECORD;
	}
	c->r = tables_run(c->t, run, strlen(run));
	if (type == RECORD_UNKNOWN) {
		c->why = "data is not a list of chunks";
		return partial_take_chunks(c->t, c->o, run, c->t_ns) == -1 ?
		    INTAKE_BAD_RECORD : INTAKE_OK;
	}
	if (is_copy(c, type)) {
		c->r->of_type[type]++;
		return INTAKE_OK;
	}
	if (take(c, type) == -1)
		return INTAKE_BAD_RECORD;
	c->t->last_type = type;
	if (type != RECORD_CHUNK)	/* tables_chunk() counts those */
		c->r->of_type[type]++;
	if (c->t_ns > c->r->t_last)
		c->r->t_last = c->t_ns;
	return INTAKE_OK;
}

enum intake_result
intake_line_slow(struct tables *t, struct slice line, const char **why)
{
	struct record c = { .t = t, .line = line };
	enum intake_result result;
	cJSON *tree = json_parse(line.p, line.len);

	*why = "not JSON";
	if (tree == NULL || !cJSON_IsObject(tree)) {
		if (tree != NULL)
			*why = "not a JSON object";
		cJSON_Delete(tree);
		t->tally.not_json++;
		return INTAKE_NOT_JSON;
	}
	c.o = tree;
	c.digest = names_hash(line.p, line.len);
	result = take_record(&c);
	*why = c.why;
	t->tally.bad_record += result == INTAKE_BAD_RECORD;
	t->tally.unknown_type += result == INTAKE_IGNORED;
	cJSON_Delete(tree);
	return result;
}

enum intake_result
intake_line(struct tables *t, struct slice line, const char **why)
{
	struct chunk_event e;

	if (fastscan_chunk(line.p, line.len, &e)) {
		tables_chunk(t, &e);
		return INTAKE_OK;
	}
	return intake_line_slow(t, line, why);
}
