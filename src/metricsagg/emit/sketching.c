#include "sketching_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "join/derive.h"
#include "xalloc.h"

/* Rows in a table before the finished ones are thrown away. */
enum { ROWS_MAX = 4096, STEPS_KEPT = 64 };

struct sketching *
sketching_new(struct tables *t)
{
	struct sketching *s = xcalloc(1, sizeof(*s));

	s->t = t;
	return s;
}

static void
free_all(struct sketch **s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(s[i]);
}

static void
state_free(struct run_state *st)
{
	size_t i, ph;

	for (i = 0; i < st->n_groups; i++) {
		free_all(st->groups[i].m, M_COUNT);
		free_all(st->groups[i].server, M_OF_REQUEST);
		free(st->groups[i].load_server);
	}
	for (i = 0; i < st->n_variants; i++)
		for (ph = 0; ph <= PH_WHOLE; ph++)
			free_all(st->variants[i].mem[ph], C_COUNT);
	free_all(st->idle, C_COUNT);
	findings_fini(&st->f);
	free(st->groups);
	free(st->variants);
	free(st);
}

void
sketching_free(struct sketching *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n_states; i++)
		state_free(s->states[i]);
	free(s->states);
	free(s);
}

static struct run_state *
state_of(struct sketching *s, struct run *r)
{
	size_t i;

	for (i = 0; i < s->n_states; i++)
		if (s->states[i]->r == r)
			return s->states[i];
	s->states = xgrow(s->states, s->n_states, &s->cap_states,
	    sizeof(*s->states));
	s->states[s->n_states] = xcalloc(1, sizeof(**s->states));
	s->states[s->n_states]->r = r;
	s->states[s->n_states]->now = PH_BASELINE;
	s->states[s->n_states]->current = SIZE_MAX;
	return s->states[s->n_states++];
}

static void
add(struct sketch **s, double x)
{
	if (isnan(x))
		return;
	if (*s == NULL) {
		*s = xmalloc(sizeof(**s));
		sketch_init(*s);
	}
	sketch_add(*s, x);
}

/* Its index; the array may move. */
static size_t
variant_ix(struct run_state *st, const struct step_row *at)
{
	struct sk_variant *va;
	size_t i;

	for (i = 0; i < st->n_variants; i++)
		if (st->variants[i].v.pair == at->pair &&
		    st->variants[i].v.variant == at->variant)
			return i;
	st->variants = xgrow(st->variants, st->n_variants, &st->cap_variants,
	    sizeof(*st->variants));
	va = &st->variants[st->n_variants];
	memset(va, 0, sizeof(*va));
	va->v = (struct variant){ at->pair, at->kind, at->variant, at->model,
	    at->format, at->step, at->step, NULL, 0, NULL };
	return st->n_variants++;
}

static struct sk_variant *
variant_of(struct run_state *st, const struct step_row *at)
{
	size_t ix = variant_ix(st, at);

	return &st->variants[ix];
}

static struct sk_group *
group_of(struct run_state *st, const struct step_row *at, const char *scenario,
    const char *cache)
{
	struct sk_group *g;
	size_t i;

	for (i = 0; i < st->n_groups; i++) {
		g = &st->groups[i];
		if (g->g.pair == at->pair && g->g.variant == at->variant &&
		    g->g.scenario == scenario && g->g.cache == cache)
			return g;
	}
	st->groups = xgrow(st->groups, st->n_groups, &st->cap_groups,
	    sizeof(*st->groups));
	g = &st->groups[st->n_groups++];
	memset(g, 0, sizeof(*g));
	g->g = (struct group){ .pair = at->pair, .kind = at->kind,
	    .variant = at->variant, .scenario = scenario, .cache = cache,
	    .pair_rank = at->step };
	return g;
}

static const struct step_row *
step_at(const struct run *r, int64_t step)
{
	size_t ix = step == -1 ? IDMAP_NONE :
	    idmap_get(&r->step_at, (uint64_t)step);

	return ix == IDMAP_NONE ? NULL : &r->steps[ix];
}

/* ---- what arrives ----------------------------------------------------- */

static void
take_response(struct run_state *st)
{
	struct request_row *q = &st->r->requests[st->r->last_request];
	const struct step_row *at = step_at(st->r, q->step);
	struct sk_group *g;
	size_t i;
	enum metric m;

	if (q->sent.n == 0 || at == NULL || at->pair == NULL ||
	    at->variant == NULL || q->done.n > 1) {
		st->orphans += q->done.n <= 1;
		chunk_list_fini(&q->chunks);
		return;
	}
	derive_request(q);
	chunk_list_fini(&q->chunks);
	st->requests++;
	st->failed += !derive_is_good(q);
	st->lost += (uint64_t)q->d.lost;
	st->backwards += (uint64_t)q->d.backwards;
	st->contradictory += (uint64_t)q->d.contradictory;
	stability_add(&variant_of(st, at)->stability, q);
	g = group_of(st, at, at->scenario, q->cache);
	if (group_counts(q)) {
		for (m = 0; m < M_OF_REQUEST; m++) {
			add(&g->m[m], q->d.v[m]);
			add(&g->server[m], q->d.server[m]);
		}
		for (i = 0; i < q->d.n_gaps; i++)
			add(&g->m[M_ICL], q->d.gap_s[i]);
		if (!isnan(q->d.v[M_PREFILL_TPS])) {
			g->from_events += q->d.prefill_from_events;
			g->from_ttft += !q->d.prefill_from_events;
		}
	}
	free(q->d.gap_s);
	q->d.gap_s = NULL;
	st->now = PH_BETWEEN;
}

static void
begin_load(struct run_state *st, const struct step_row *at)
{
	struct sk_variant *va;
	enum counter c;

	st->current = variant_ix(st, at);
	st->now = PH_LOAD;
	va = &st->variants[st->current];
	for (c = 0; c < C_COUNT; c++) {		/* idle until now: its baseline */
		if (st->idle[c] == NULL)
			continue;
		if (va->mem[PH_BASELINE][c] == NULL) {
			va->mem[PH_BASELINE][c] = st->idle[c];
			st->idle[c] = NULL;
			continue;
		}
		sketch_merge(va->mem[PH_BASELINE][c], st->idle[c]);
		sketch_init(st->idle[c]);
	}
}

static void
end_load(struct run_state *st, const struct step_row *at,
    const struct span_event *e)
{
	struct sk_variant *va = variant_of(st, at);
	struct sk_group *g;

	st->now = PH_LOADED;
	if (names_cmp(e->status, "ok") != 0 || e->t_ns < st->load_begin)
		return;
	if (va->v.loads++ == 0)
		va->info = e->info;
	if (!e->is_timed)
		return;
	g = group_of(st, at, NULL, NULL);
	add(&g->m[M_LOAD], (double)(e->t_ns - st->load_begin) / 1e9);
	add(&g->load_server, e->server_load_s);
}

/* A load or unload record was read: it is the last event. */
static void
take_event(struct run_state *st)
{
	const struct span_event *e = &st->r->events[st->r->n_events - 1];
	const struct step_row *at = step_at(st->r, e->step);

	st->r->n_events = 0;
	if (at == NULL || at->pair == NULL || at->variant == NULL)
		return;
	if (e->info.runtime != NULL)
		variant_of(st, at)->v.runtime = e->info.runtime;
	if (e->op == SPAN_LOAD && !e->is_end) {
		st->load_begin = e->t_ns;
		begin_load(st, at);
	} else if (e->op == SPAN_LOAD) {
		end_load(st, at, e);
	} else if (e->op == SPAN_UNLOAD) {
		st->now = e->is_end ? PH_AFTER_UNLOAD : PH_UNLOAD;
	}
}

/* Prefill and decode show in the requests under way. */
static enum phase
phase_now(const struct run_state *st)
{
	const struct request_row *q;
	bool prefill = false;
	size_t i;

	for (i = st->n_done; i < st->r->n_requests; i++) {
		q = &st->r->requests[i];
		if (q->sent.n == 0 || q->done.n > 0)
			continue;
		if (chunk_list_has_token(&q->chunks))
			return PH_DECODE;
		prefill = true;
	}
	return prefill ? PH_PREFILL : st->now;
}

static void
take_mem(struct run_state *st)
{
	const struct mem_row *m = &st->r->mems[st->r->n_mems - 1];
	enum phase now = phase_now(st);
	struct sk_variant *va;
	double x;
	enum counter c;

	if (!isnan(m->v[C_SWAP]))
		st->swap = m->v[C_SWAP];
	va = st->current == SIZE_MAX ? NULL : &st->variants[st->current];
	for (c = 0; c < C_COUNT; c++) {
		x = c == C_ANON_SWAP ? m->v[C_ANON] + st->swap : m->v[c];
		if (now == PH_BASELINE || now == PH_AFTER_UNLOAD)
			add(&st->idle[c], x);
		if (va == NULL || now == PH_BASELINE)
			continue;
		add(&va->mem[now][c], x);
		if (now != PH_AFTER_UNLOAD)
			add(&va->mem[PH_WHOLE][c], x);
	}
	st->samples++;
	st->r->n_mems = 1;		/* the last one, for the live line */
	st->r->mems[0] = *m;
}

static void
take_note(struct run_state *st)
{
	const struct note_row *n = &st->r->notes[st->r->n_notes - 1];
	const struct step_row *at = step_at(st->r, n->step);

	if (strcmp(n->code, "worker_exit") == 0 && st->current != SIZE_MAX &&
	    st->now != PH_LOAD)
		st->variants[st->current].stability.worker_exits++;
	audit_note(&st->f, n, at);
	st->r->n_notes = 0;
}

/* ---- forgetting ------------------------------------------------------- */

static void
forget_requests(struct run *r)
{
	size_t i, kept = 0;

	idmap_fini(&r->request_at);
	for (i = 0; i < r->n_requests; i++) {
		if (r->requests[i].sent.n == 0 || r->requests[i].done.n > 0) {
			chunk_list_fini(&r->requests[i].chunks);
			continue;
		}
		r->requests[kept] = r->requests[i];
		idmap_put(&r->request_at, (uint64_t)r->requests[kept].req,
		    kept);
		kept++;
	}
	r->n_requests = kept;
	r->last_request = 0;
}

/* The last few steps, and those of requests under way. */
static void
forget_steps(struct run *r)
{
	size_t i, k, kept = 0;
	bool is_used;

	idmap_fini(&r->step_at);
	for (i = 0; i < r->n_steps; i++) {
		is_used = i + STEPS_KEPT >= r->n_steps;
		for (k = 0; k < r->n_requests && !is_used; k++)
			is_used = r->requests[k].step == r->steps[i].step;
		if (!is_used)
			continue;
		r->steps[kept] = r->steps[i];
		idmap_put(&r->step_at, (uint64_t)r->steps[kept].step, kept);
		kept++;
	}
	r->n_steps = kept;
}

static void
forget(struct run_state *st)
{
	struct run *r = st->r;

	while (st->n_done < r->n_requests &&
	    r->requests[st->n_done].done.n > 0)
		st->n_done++;
	if (r->n_requests >= ROWS_MAX) {
		forget_requests(r);
		st->n_done = 0;
	}
	if (r->n_steps >= ROWS_MAX)
		forget_steps(r);
	r->n_procs = r->n_events = 0;
}

void
sketching_take(struct sketching *s)
{
	struct run *r = s->t->last_run;
	struct run_state *st;

	if (r == NULL || s->t->last_type == RECORD_CHUNK)
		return;
	st = state_of(s, r);
	switch (s->t->last_type) {
	case RECORD_RESPONSE:
		take_response(st);
		break;
	case RECORD_LOAD:
	case RECORD_UNLOAD:
		take_event(st);
		break;
	case RECORD_MEM:
		take_mem(st);
		break;
	case RECORD_NOTE:
		take_note(st);
		break;
	default:
		break;
	}
	s->t->last_type = RECORD_UNKNOWN;
	forget(st);
}
