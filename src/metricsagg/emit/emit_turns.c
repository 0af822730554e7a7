/* prompt_cache, turn: what a conversation costs, turn by turn. */
#include <math.h>
#include <stdlib.h>

#include "emit.h"
#include "judge/turns.h"
#include "stats/order.h"
#include "xalloc.h"

/* What a turn k is asked for. */
enum of_turn { OF_ALL, OF_NEW, OF_CACHED, OF_SHARE, OF_ANSWER, OF_TTFT };

static double
value(const struct reuse_turn *t, enum of_turn what)
{
	return what == OF_ALL ? t->all : what == OF_NEW ? t->all - t->before :
	    what == OF_CACHED ? t->cached : what == OF_SHARE ? reuse_share(t) :
	    what == OF_ANSWER ? t->answer : t->ttft_s;
}

/* Of turn k of all conversations. */
static struct summary
summary_at(const struct turns *s, uint32_t k, enum of_turn what)
{
	double *x = xreallocarray(NULL, s->n + 1, sizeof(*x));
	struct summary sum;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->t[i].turn == k)
			x[n++] = value(&s->t[i], what);
	sum = summary_of(x, n);
	free(x);
	return sum;
}

static void
put_turn(struct view *v, const struct turns *s, uint32_t k)
{
	struct summary ttft = summary_at(s, k, OF_TTFT);
	struct row_turn row;

	emit_init(ROW_TURN, &row, &s->of);
	row.turn = k;
	row.n = (double)summary_at(s, k, OF_ALL).n;
	row.prompt_tokens = summary_at(s, k, OF_ALL).p50;
	row.new_tokens = summary_at(s, k, OF_NEW).p50;
	row.cached_tokens = summary_at(s, k, OF_CACHED).p50;
	row.reused_ratio = summary_at(s, k, OF_SHARE).p50;
	row.ttft_s = ttft.p50;
	row.ttft_lo_s = ttft.ci.lo;
	row.ttft_hi_s = ttft.ci.hi;
	if (s->timed.verdict != REUSE_NOT_TOLD) {
		row.new_only_s = s->timed.token_s * (s->timed.overhead +
		    row.new_tokens - s->timed.answer *
		    summary_at(s, k, OF_ANSWER).p50);
		row.whole_s = s->timed.token_s * (s->timed.overhead +
		    row.prompt_tokens);
	}
	emit_row(v, ROW_TURN, &row, 0);
}

static void
put_turns(struct view *v, const struct turns *s)
{
	const struct reuse *r = turns_verdict(s);
	struct row_prompt_cache row;
	uint32_t last = 0;

	for (size_t i = 0; i < s->n; i++)
		if (s->t[i].turn > last)
			last = s->t[i].turn;
	emit_init(ROW_PROMPT_CACHE, &row, &s->of);
	row.conversations = s->conversations;
	row.turns = last;
	row.verdict = reuse_verdict_name(r->verdict);
	row.from = r == &s->told ? "counts" :
	    r->verdict != REUSE_NOT_TOLD ? "times" : NULL;
	row.lost_at = r->lost_at > 0 ? r->lost_at : (double)NAN;
	row.kept_tokens = r->kept_tokens;
	row.by_times = reuse_verdict_name(s->timed.verdict);
	row.overhead_tokens = s->timed.overhead;
	row.token_s = s->timed.token_s;
	emit_row(v, ROW_PROMPT_CACHE, &row, 0);
	for (uint32_t k = 1; k <= last; k++)
		put_turn(v, s, k);
}

void
emit_turns(struct view *v)
{
	turns_each(v, put_turns);
}
