#include "verdict.h"

#include <math.h>
#include <string.h>

/* Peak memory must differ by this much to be called a difference: a peak is
 * one number without an interval. */
static const double memory_margin = 1.05;

const char *const VERDICT_RULES[] = {
	"**Speed** is decided on requests with a cold prompt: `ttft_s` and "
	    "`decode_tps` of scenario `simple_gen`, or, where it was not run, "
	    "of the scenario with the most samples. A variant is faster when "
	    "the comparison says `different`: the p value, adjusted after "
	    "Holm over the metrics of the scenario, is below 0.05. The 95 % "
	    "interval beside it is for that metric alone and not adjusted, "
	    "so it may leave out 1 where the adjusted p does not decide.",
	"**No difference** is said only when the whole 95 % interval of the "
	    "ratio lies within 3 % of 1 (`equivalent`).",
	"**Cannot tell** is said in every other case, with the number of "
	    "further pairs of requests that would probably settle it. "
	    "Variants visited once each, one after the other, are not "
	    "compared.",
	"**Memory** is decided on the highest sample of the process tree: "
	    "`footprint` on macOS, `rss` on Linux; both variants must have "
	    "answered requests, and they must differ by 5 % or more. "
	    "`footprint` does not count the weights of a GGUF that is mapped "
	    "from its file, so such a variant is taken as anything between "
	    "its footprint and its footprint plus its file size; the answer "
	    "must be the same for both.",
	"**Stability**: a variant is more stable when the Wilson 95 % "
	    "intervals of the failure ratios do not overlap, when only the "
	    "other lost a worker process, or when only the other has a leak "
	    "(verdict `leak`, and more than a cache that fills would "
	    "explain). Signs that point both ways cancel.",
	"**Recommendation**: a variant that wins at least one question and "
	    "loses none is recommended; when each wins something, the "
	    "trade-off is named; when nothing is won, the report says whether "
	    "that is because they are equal or because it cannot tell.",
	NULL
};

static const char *const question_metric[] = {
	[QUESTION_TTFT] = "ttft_s", [QUESTION_DECODE] = "decode_tps"
};

/* Is a a better row to decide from than b? */
static bool
better_row(const struct row_compare *a, const struct row_compare *b)
{
	bool simple_a = same(a->scenario, "simple_gen");
	bool simple_b = b != NULL && same(b->scenario, "simple_gen");

	if (b == NULL)
		return true;
	if (simple_a != simple_b)
		return simple_a;
	if (isnan(b->n) || isnan(a->n))
		return isnan(b->n) && !isnan(a->n);
	return a->n > b->n;
}

static const struct row_compare *
deciding_row(const struct evidence *ev, const char *pair, const char *base,
    const char *new, const char *metric)
{
	const struct row_compare *c, *best = NULL;
	size_t i, n;

	c = evidence_rows(ev, ROW_COMPARE, &n);
	for (i = 0; i < n; i++)
		if (same(c[i].metric, metric) && same(c[i].pair, pair) &&
		    c[i].by == NULL && !same(c[i].cache, "warm") &&
		    ((same(c[i].base, base) && same(c[i].new, new)) ||
		    (same(c[i].base, new) && same(c[i].new, base))) &&
		    better_row(&c[i], best))
			best = &c[i];
	return best;
}

/* Turn a ratio new/base of the record into winner/other, or as asked. */
static void
orient(struct answer *a, const struct row_compare *c)
{
	bool flip = a->winner != NULL ? same(a->winner, c->base) :
	    same(c->base, a->new);

	a->ratio = flip ? 1 / c->ratio : c->ratio;
	a->lo = flip ? 1 / c->ratio_hi : c->ratio_lo;
	a->hi = flip ? 1 / c->ratio_lo : c->ratio_hi;
}

static void
answer_speed(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_compare *c;

	c = deciding_row(ev, pair, a->base, a->new,
	    question_metric[a->question]);
	if (c == NULL)
		return;
	a->compare = c;
	a->further = c->further_pairs;
	if (same(c->verdict, "different") && c->better != NULL) {
		a->kind = ANSWER_WINNER;
		a->winner = same(c->better, a->base) ? a->base : a->new;
	} else if (same(c->verdict, "equivalent")) {
		a->kind = ANSWER_SAME;
	} else if (same(c->verdict, "confounded-by-order")) {
		a->kind = ANSWER_CONFOUNDED;
	} else {
		a->kind = ANSWER_UNSURE;
	}
	orient(a, c);
}

const char *
verdict_counter(const struct evidence *ev, const char *pair)
{
	static const char *const order[] = { "footprint", "rss", "anon" };
	const struct row_memory *m;
	size_t i, k, n;

	m = evidence_rows(ev, ROW_MEMORY, &n);
	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; i < n; i++)
			if (same(m[i].pair, pair) &&
			    same(m[i].counter, order[k]) &&
			    isfinite(m[i].max_bytes))
				return order[k];
	return NULL;
}

const struct row_memory *
verdict_peak(const struct evidence *ev, const char *pair, const char *variant,
    const char *counter)
{
	const struct row_memory *m, *best = NULL;
	size_t i, n;

	m = evidence_rows(ev, ROW_MEMORY, &n);
	for (i = 0; i < n; i++)
		if (same(m[i].counter, counter) && same(m[i].pair, pair) &&
		    same(m[i].variant, variant) &&
		    isfinite(m[i].max_bytes) &&
		    (best == NULL || m[i].max_bytes > best->max_bytes))
			best = &m[i];
	return best;
}

/* The most the variant may have used: see the memory rule. */
static double
upper_bound(const struct evidence *ev, const char *pair, const char *variant,
    const char *counter, double peak)
{
	const struct row_model *m = subject_model(ev, pair, variant);

	if (same(counter, "rss") || m == NULL || !same(m->format, "gguf") ||
	    isnan(m->size_bytes))
		return peak;
	return peak + m->size_bytes;
}

/* Was memory sampled while the variant worked, and not only beside it? */
static bool
worked(const struct evidence *ev, const char *pair, const char *variant,
    const char *counter)
{
	static const char *const phases[] = { "prefill", "decode", "between" };
	size_t i;

	for (i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		if (subject_memory(ev, pair, variant, phases[i], counter) !=
		    NULL)
			return true;
	return false;
}

enum leaking { LEAKS_NOT, LEAKS_PERHAPS, LEAKS };

/*
 * Has the variant a leak by the deciding counter?  Growth that a cache still
 * filling would explain is none that anything can be decided from.
 */
static enum leaking
leaks(const struct evidence *ev, const char *pair, const char *variant)
{
	enum leaking most = LEAKS_NOT, one;
	const struct row_leak *l;
	size_t i, n;

	l = evidence_rows(ev, ROW_LEAK, &n);
	for (i = 0; i < n; i++) {
		if (!same(l[i].pair, pair) || !same(l[i].variant, variant) ||
		    l[i].deciding == 0 || !same(l[i].verdict, "leak"))
			continue;
		one = l[i].within_cache_budget == 1 ? LEAKS_PERHAPS : LEAKS;
		most = one > most ? one : most;
	}
	return most;
}

static void
answer_memory(struct answer *a, const struct evidence *ev, const char *pair)
{
	double lo_base, lo_new;

	a->counter = verdict_counter(ev, pair);
	a->mem_base = verdict_peak(ev, pair, a->base, a->counter);
	a->mem_new = verdict_peak(ev, pair, a->new, a->counter);
	if (a->mem_base == NULL || a->mem_new == NULL ||
	    !worked(ev, pair, a->base, a->counter) ||
	    !worked(ev, pair, a->new, a->counter))
		return;
	lo_base = a->mem_base->max_bytes;
	lo_new = a->mem_new->max_bytes;
	a->hi_base = upper_bound(ev, pair, a->base, a->counter, lo_base);
	a->hi_new = upper_bound(ev, pair, a->new, a->counter, lo_new);
	if (a->hi_base * memory_margin <= lo_new)
		a->winner = a->base;
	else if (a->hi_new * memory_margin <= lo_base)
		a->winner = a->new;
	a->ratio = a->winner == a->base ? lo_base / lo_new : lo_new / lo_base;
	if (a->winner != NULL) {
		a->kind = ANSWER_WINNER;
		if (leaks(ev, pair, a->winner) == LEAKS_NOT && leaks(ev, pair,
		    a->winner == a->base ? a->new : a->base) == LEAKS)
			a->why = "the other leaks: its peak grows with every "
			    "request";
	} else if (a->hi_base > lo_base || a->hi_new > lo_new) {
		a->kind = ANSWER_UNSURE;
		a->why = "it depends on whether file-backed weights are counted";
	} else {
		a->kind = ANSWER_SAME;
	}
}

static void
answer_stable(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_stability *b, *n;
	enum leaking leak_b, leak_n;
	int score = 0;		/* > 0: base is more stable */

	b = a->st_base = subject_stability(ev, pair, a->base);
	n = a->st_new = subject_stability(ev, pair, a->new);
	if (b == NULL || n == NULL || !(b->requests > 0) || !(n->requests > 0))
		return;
	if (b->fail_hi < n->fail_lo || n->fail_hi < b->fail_lo) {
		score += b->fail_hi < n->fail_lo ? 1 : -1;
		a->why = "fewer failed requests";
	}
	if ((b->worker_exits > 0) != (n->worker_exits > 0)) {
		score += n->worker_exits > 0 ? 1 : -1;
		a->why = "the other lost a worker process";
	}
	leak_b = leaks(ev, pair, a->base);
	leak_n = leaks(ev, pair, a->new);
	a->leaks = leak_b != leak_n;
	if ((leak_b == LEAKS && leak_n == LEAKS_NOT) ||
	    (leak_n == LEAKS && leak_b == LEAKS_NOT)) {
		score += leak_n == LEAKS ? 1 : -1;
		a->why = "the other leaks memory";
	} else if (a->leaks && score == 0) {
		a->kind = ANSWER_UNSURE;
		a->why = "memory grows in one of them, which may be a leak or "
		    "a cache that fills";
		return;
	}
	if (score != 0) {
		a->kind = ANSWER_WINNER;
		a->winner = score > 0 ? a->base : a->new;
	} else if (a->why != NULL) {
		a->kind = ANSWER_UNSURE;
		a->why = "signs point both ways";
	} else {
		a->kind = ANSWER_SAME;
	}
}

struct answer
verdict_answer(const struct evidence *ev, const char *pair, const char *base,
    const char *new, enum question q)
{
	struct answer a;

	memset(&a, 0, sizeof(a));
	a.question = q;
	a.kind = ANSWER_MISSING;
	a.base = base;
	a.new = new;
	a.ratio = a.lo = a.hi = a.further = a.hi_base = a.hi_new = NAN;
	if (q == QUESTION_MEMORY)
		answer_memory(&a, ev, pair);
	else if (q == QUESTION_STABLE)
		answer_stable(&a, ev, pair);
	else
		answer_speed(&a, ev, pair);
	return a;
}

/* Did every request of the variant fail, or did none get that far? */
static bool
useless(const struct row_stability *s)
{
	return s != NULL && s->failed >= s->requests;
}

struct advice
verdict_advice(const struct answer answers[QUESTIONS])
{
	const struct answer *stable = &answers[QUESTION_STABLE];
	struct advice advice = { ADVICE_UNSURE, NULL, NAN };
	int wins_base = 0, wins_new = 0, even = 0, open = 0;
	const struct answer *a;

	if (useless(stable->st_base) || useless(stable->st_new)) {
		advice.kind = ADVICE_ONLY;
		if (!useless(stable->st_base))
			advice.take = stable->base;
		else if (!useless(stable->st_new))
			advice.take = stable->new;
		else
			advice.kind = ADVICE_NEITHER;
		return advice;
	}
	for (a = answers; a < answers + QUESTIONS; a++) {
		if (a->kind == ANSWER_WINNER)
			*(a->winner == a->base ? &wins_base : &wins_new) += 1;
		else if (a->kind == ANSWER_SAME && a != stable)
			even++;
		else if (a->kind == ANSWER_UNSURE ||
		    a->kind == ANSWER_CONFOUNDED)
			open++;
		if (a->kind == ANSWER_UNSURE && !isnan(a->further) &&
		    !(advice.further > a->further))
			advice.further = a->further;
	}
	if (wins_base > 0 && wins_new > 0) {
		advice.kind = ADVICE_TRADE;
	} else if (wins_base + wins_new > 0) {
		advice.kind = ADVICE_TAKE;
		advice.take = wins_base > 0 ? stable->base : stable->new;
	} else if (even > 0 && open == 0) {
		advice.kind = ADVICE_EITHER;
	}
	return advice;
}
