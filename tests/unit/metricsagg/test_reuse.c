#include <math.h>

#include "stats/reuse.h"
#include "tap.h"

enum { CONVERSATIONS = 3, TURNS = 6, N = CONVERSATIONS * TURNS };

/* From 400 tokens on, 250 more a turn; reused[k] of turn k, at 1 ms a token
 * and 50 of overhead, the conversations at speeds of their own. */
static void
converse(struct reuse_turn t[N], const double reused[TURNS], double token_s)
{
	double all;

	for (int i = 0; i < N; i++) {
		all = 400 + 250 * (i % TURNS);
		t[i] = (struct reuse_turn){ (uint32_t)(i / TURNS),
		    (uint32_t)(i % TURNS) + 1, all, i % TURNS > 0 ? all - 250 :
		    0, 200, (1 + 0.2 * (i / TURNS)) * (0.05 + token_s * (all -
		    reused[i % TURNS])), reused[i % TURNS] };
	}
}

static const double kept[TURNS] = { 0, 400, 650, 900, 1150, 1400 },
    never[TURNS] = { 0, 0, 0, 0, 0, 0 },
    lost_once[TURNS] = { 0, 400, 650, 0, 1150, 1400 },
    lost_from[TURNS] = { 0, 400, 650, 0, 0, 0 },
    first[TURNS] = { 0, 300, 300, 300, 300, 300 };

static void
test_verdict(const double reused[TURNS], enum reuse_verdict wanted,
    uint32_t turn, const char *name)
{
	struct reuse_turn t[N];
	struct reuse r;

	converse(t, reused, 1e-3);
	r = reuse_told(t, N);
	ok(r.verdict == wanted && r.lost_at == turn, "%s, as told", name);
	for (int i = 0; i < N; i++)
		t[i].cached = NAN;
	ok(reuse_told(t, N).verdict == REUSE_NOT_TOLD, "%s, not told", name);
	r = reuse_timed(t, N);
	ok(r.verdict == wanted && r.lost_at == turn, "%s, by the times", name);
	t[7].ttft_s *= 20;		/* a stall */
	r = reuse_timed(t, N);
	ok(r.verdict == wanted || r.verdict == REUSE_NOT_TOLD,
	    "%s, with a stall nothing else", name);
}

static void
test_untold(void)
{
	struct reuse_turn t[N];

	converse(t, kept, 0);
	ok(reuse_timed(t, N).verdict == REUSE_NOT_TOLD,
	    "times that do not depend on the prompt tell nothing");
	converse(t, never, 1e-3);
	ok(reuse_timed(t, TURNS).verdict == REUSE_NOT_TOLD,
	    "one conversation tells nothing");
	for (int i = 0; i < N; i++)
		t[i].ttft_s = NAN;
	ok(reuse_timed(t, N).verdict == REUSE_NOT_TOLD && isnan(reuse_timed(t,
	    N).token_s), "no times");
	ok(reuse_told(t, 0).verdict == REUSE_NOT_TOLD, "no turns");
}

int
main(void)
{
	struct reuse_turn t[N];

	test_verdict(kept, REUSE_KEPT, 0, "kept");
	test_verdict(never, REUSE_LOST, 2, "never kept");
	test_verdict(lost_once, REUSE_LOST, 4, "lost at turn 4");
	test_verdict(lost_from, REUSE_LOST, 4, "lost from turn 4 on");
	test_verdict(first, REUSE_PARTLY, 0, "only the first tokens");
	converse(t, first, 1e-3);
	is_near(reuse_told(t, N).kept_tokens, 300, 0, "how many are kept");
	is_near(reuse_timed(t, N).kept_tokens, 300, 40, "by the times");
	is_near(reuse_share(&t[1]), 0.75, 0, "the share of the prompt before");
	test_untold();
	return tap_done();
}
