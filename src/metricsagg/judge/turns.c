#include "turns.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "stats/order.h"
#include "xalloc.h"

/*
 * Request q, behind request last (or NULL) of the same scenario.  A prompt that
 * is not longer than the one before it was not counted as a whole, and behind
 * a turn that failed nobody knows what could be reused: both are left out.
 */
static void
add_turn(struct turns *s, const struct request_row *q,
    const struct request_row *last)
{
	bool goes_on = last != NULL && last->visit == q->visit &&
	    q->asked->turn == last->asked->turn + 1;

	s->conversations += !goes_on;
	if (!group_counts(q) || q->prompt_tokens < 1 || (q->asked->turn > 1 &&
	    (!goes_on || last->prompt_tokens < 1 ||
	    last->prompt_tokens >= q->prompt_tokens)))
		return;
	s->t[s->n++] = (struct reuse_turn){
		.conversation = s->conversations,
		.turn = (uint32_t)q->asked->turn,
		.all = (double)q->prompt_tokens,
		.before = q->asked->turn > 1 ? (double)last->prompt_tokens : 0,
		.answer = q->asked->turn > 1 && last->completion_tokens > 0 ?
		    (double)last->completion_tokens : 0,
		.ttft_s = request_v(q, M_TTFT),
		.cached = tables_known(q->cached_tokens)
	};
}

/* The conversations among the requests of g, cold and warm. */
static void
read_turns(struct turns *s, const struct group *g)
{
	struct request_row **q = xreallocarray(NULL, g->n + 1, sizeof(*q));
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->q[i]->asked->turn > 0 && !g->q[i]->asked->warmup)
			q[n++] = g->q[i];
	order_rows(q, n, sizeof(*q), visit_cmp_sent);
	*s = (struct turns){ .of = *g };
	s->t = xreallocarray(NULL, n + 1, sizeof(*s->t));
	for (size_t i = 0; i < n; i++)
		add_turn(s, q[i], i > 0 ? q[i - 1] : NULL);
	free(q);
	s->told = reuse_told(s->t, s->n);
	s->timed = reuse_timed(s->t, s->n);
}

void
turns_each(struct view *v, turns_fn *fn)
{
	struct group g;
	struct turns s;

	for (size_t i = 0; i < v->g.n_groups;) {
		i = group_whole_scenario(&v->g, i, &g);
		read_turns(&s, &g);
		if (s.n > 0)
			fn(v, &s);
		free(s.t);
	}
}

const struct reuse *
turns_verdict(const struct turns *t)
{
	return t->told.verdict != REUSE_NOT_TOLD ? &t->told : &t->timed;
}

static void
audit_scenario(struct view *v, const struct turns *s)
{
	const struct reuse *r = turns_verdict(s);
	const char *by = r == &s->told ? "the server's counts" : "the times";
	struct finding f = { .level = FINDING_WARN, .pair = s->of.pair,
	    .variant = s->of.variant, .scenario = s->of.scenario };

	f.code = "prompt_cache_lost";
	findings_add(&v->f, &f, r->verdict == REUSE_LOST, "the prompt cache "
	    "was lost at turn %" PRIu32 " of the conversation, by %s: the whole "
	    "prompt was processed again", r->lost_at, by);
	f.code = "prompt_cache_partly";
	findings_add(&v->f, &f, r->verdict == REUSE_PARTLY, "about the first "
	    "%.0f tokens of the conversation were kept in the prompt cache, by "
	    "%s: what comes behind them was processed in each turn again",
	    r->kept_tokens, by);
	f.code = "prompt_cache_belied";
	findings_add(&v->f, &f, s->told.verdict != REUSE_NOT_TOLD &&
	    s->timed.verdict != REUSE_NOT_TOLD &&
	    (s->told.verdict == REUSE_KEPT) != (s->timed.verdict ==
	    REUSE_KEPT), "by the server's counts of cached tokens the prompt "
	    "cache was %s, by the times to the first token it was %s",
	    reuse_verdict_name(s->told.verdict),
	    reuse_verdict_name(s->timed.verdict));
}

void
audit_turns(struct view *v)
{
	turns_each(v, audit_scenario);
}
