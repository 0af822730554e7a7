#include "verdict.h"

#include <math.h>
#include <string.h>

const char *const VERDICT_RULES[] = {
	"**A round** is the unit of evidence: one visit of each variant, next to "
	    "each other, the order reversed from round to round. Requests of "
	    "one visit share its load and its stretch of time; ten of them "
	    "are not ten witnesses. From every round comes one ratio, of the "
	    "medians of its two visits.",
	"**Speed** is decided on requests with a cold prompt: `ttft_s` and "
	    "`decode_tps` of scenario `simple_gen`, or, where it was not run, "
	    "of the scenario with the most requests in a visit. A variant is "
	    "faster when "
	    "the evidence E against \"no difference\" has reached 40 (20 for "
	    "each metric that is tested: these two, or what `headline` of "
	    "the configuration names): if the variants are twins, the chance "
	    "that it ever does, looked at after every round, is below 1 in "
	    "40 for each of the two, so below 1 in 20 for both. That is why a run may stop as soon as it "
	    "is certain: the ratio, its interval and E are of the first round "
	    "that decided, and later rounds change nothing.",
	"**No difference** is said when the 95 % interval of the ratio lies "
	    "within 3 % of 1, also where a smaller difference is certain.",
	"**Cannot tell** is said in every other case, with the number of "
	    "further rounds that would probably settle it, where that can be "
	    "told within a factor of two in 9 of 10 cases. Variants of which "
	    "one came first too often are not compared: drift would look the "
	    "same.",
	"Every other metric, scenario and level is described, with the same "
	    "kind of interval, and not tested. Fewer than three rounds have "
	    "no interval.",
	"**Memory** is decided by the same rounds, from the highest sample of "
	    "the process tree in each visit (E of 20): `footprint` on macOS, "
	    "`rss` on Linux. `footprint` does not count the weights of a GGUF "
	    "that is mapped from its file, so it is compared with the file "
	    "added, too; both must say the same.",
	"**Stability**: a variant is more stable when the Wilson 95 % "
	    "intervals of the failure ratios do not overlap, when only the "
	    "other lost worker processes, and so often that it is no chance "
	    "(six times where both had as many requests), or when only "
	    "the other has a leak "
	    "(verdict `leak`, and more than a cache that fills would "
	    "explain). Signs that point both ways cancel.",
	"**As good**: both answer the same questions, made for the run, of which "
	    "a program knows the answer. A variant is better when it has more "
	    "right answers and the exact test over the questions that only "
	    "one of them answered rightly (McNemar) has p < 0.05; that they "
	    "are as good is said when the 95 % interval of the difference lies "
	    "within 5 points, and one of them has a quarter of the answers "
	    "right: where next to none is right, one that answers nothing "
	    "lies within them, too. No answer, or none before the limit, is not right; "
	    "a request that failed is no answer and is left out. A question "
	    "that was asked again counts once, by its first answer. Where "
	    "a kind of questions is certain by itself (adjusted for all "
	    "kinds), all together are no draw, and a kind that favours the "
	    "other is said first. How near the next token, or a whole "
	    "answer, is to that of a reference decides nothing: it is "
	    "described.",
	"**Recommendation**: a variant that wins at least one question and "
	    "loses none is recommended; when each wins something, the "
	    "trade-off is named; when nothing is won, the report says whether "
	    "that is because they are equal or because it cannot tell. It "
	    "depends where a cold scenario or level favours one and another "
	    "the other, each with its whole interval, or a kind of "
	    "questions one and another the other. \"With reserve\" "
	    "names what else differs and moves such answers, so that it may "
	    "not be the format that wins.",
	NULL
};

static const char *const question_metric[] = {
	[QUESTION_TTFT] = "ttft_s", [QUESTION_DECODE] = "decode_tps"
};

/* Is c a comparison of these two variants in this metric? */
static bool
is_between(const struct row_compare *c, const char *pair, const char *base,
    const char *new, const char *metric)
{
	return same(c->metric, metric) && same(c->pair, pair) &&
	    ((same(c->base, base) && same(c->new, new)) ||
	    (same(c->base, new) && same(c->new, base)));
}

/* The comparison in this metric that is tested; with a scenario, the one
 * there, tested or not. */
static const struct row_compare *
deciding_row(const struct evidence *ev, const char *pair, const char *base,
    const char *new, const char *metric, const char *scenario)
{
	const struct row_compare *c;
	size_t n;

	c = evidence_rows(ev, ROW_COMPARE, &n);
	for (size_t i = 0; i < n; i++)
		if (is_between(&c[i], pair, base, new, metric) &&
		    (scenario != NULL ? same(c[i].scenario, scenario) :
		    c[i].headline == 1))
			return &c[i];
	return NULL;
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

double
verdict_figure(const struct answer *a, const char *variant)
{
	const struct row_compare *c = a->compare;

	if (a->quality != NULL)
		return same(a->quality->base, variant) ?
		    a->quality->right_base : a->quality->right_new;
	if (c == NULL)
		return NAN;
	return same(c->base, variant) ? c->p50_base : c->p50_new;
}

char *
verdict_figure_text(char out[QUANTITY_CAP], const struct evidence *ev,
    const struct answer *a, const char *variant)
{
	const struct row_compare *c = a->compare;
	const struct row_metric *m;
	double v = verdict_figure(a, variant);

	if (a->quality != NULL || c == NULL)
		return quantity(out, a->quality != NULL ? QUANTITY_RATIO :
		    QUANTITY_PLAIN, v);
	m = subject_metric(ev, c->pair, variant, &(struct row_metric){
	    .metric = c->metric, .scenario = c->scenario, .cache = c->cache,
	    .by = c->by, .level = c->level });
	return quantity_within(out, quantity_unit_of(c->metric), v,
	    m == NULL ? (double)NAN : m->ci_lo,
	    m == NULL ? (double)NAN : m->ci_hi);
}

/* What one tested comparison says. */
static void
take_verdict(struct answer *a, const struct row_compare *c)
{
	a->compare = c;
	a->further = c->further_rounds;
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

/* The next answer about another metric behind *from, which is moved on. */
static bool
next_other(const struct evidence *ev, const char *pair, const char *base,
    const char *new, size_t *from, struct answer *a)
{
	const struct row_compare *c;
	size_t n;

	c = evidence_rows(ev, ROW_COMPARE, &n);
	for (; *from < n; (*from)++) {
		if (c[*from].headline != 1 || c[*from].scenario == NULL ||
		    !is_between(&c[*from], pair, base, new, c[*from].metric) ||
		    same(c[*from].metric, question_metric[QUESTION_TTFT]) ||
		    same(c[*from].metric, question_metric[QUESTION_DECODE]))
			continue;
		*a = (struct answer){ .question = QUESTION_OTHER,
		    .base = base, .new = new };
		take_verdict(a, &c[(*from)++]);
		return true;
	}
	return false;
}

static void
answer_speed(struct answer *a, const struct evidence *ev, const char *pair)
{
	const char *metric = question_metric[a->question];
	const struct row_compare *c;
	struct answer other;
	size_t i = 0;

	c = deciding_row(ev, pair, a->base, a->new, metric, NULL);
	if (c != NULL) {
		take_verdict(a, c);
		return;
	}
	c = deciding_row(ev, pair, a->base, a->new, question_metric[
	    a->question == QUESTION_TTFT ? QUESTION_DECODE : QUESTION_TTFT],
	    NULL);
	if (c == NULL && next_other(ev, pair, a->base, a->new, &i, &other))
		c = other.compare;
	if (c != NULL && deciding_row(ev, pair, a->base, a->new, metric,
	    c->scenario) != NULL)
		a->why = "not among the metrics that this run tests";
}

const char *
verdict_counter(const struct evidence *ev, const char *pair)
{
	static const char *const order[] = { "footprint", "rss", "anon" };
	const struct row_memory *m;
	size_t n;

	m = evidence_rows(ev, ROW_MEMORY, &n);
	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; i < n; i++)
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
	const struct row_key key = { .pair = pair, .variant = variant,
	    .counter = evidence_like(counter) };
	const struct row_memory *m = NULL, *best = NULL;

	while ((m = evidence_find(ev, ROW_MEMORY, &key, m)) != NULL)
		if (isfinite(m->max_bytes) &&
		    (best == NULL || m->max_bytes > best->max_bytes))
			best = m;
	return best;
}

enum leaking { LEAKS_NOT, LEAKS_PERHAPS, LEAKS };

struct leaking_by {
	enum leaking how;
	const char *counter;	/* that has it, where the deciding one has
				   not; or NULL */
	bool is_cache_unknown;	/* a cache may explain it, or none */
};

/* Does it count what the deciding counter may not? */
static bool
is_other_counter(const char *counter)
{
	static const char *const others[] = { "shmem", "vram", "rss",
	    "footprint" };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (same(counter, others[i]))
			return true;
	return false;
}

/*
 * Has the variant a leak, in any part of a load?  By the deciding counter, or,
 * perhaps, by one that counts what that does not.  Growth that a cache still
 * filling would explain is none that anything can be decided from.
 */
static struct leaking_by
leaks(const struct evidence *ev, const char *pair, const char *variant)
{
	struct leaking_by most = { LEAKS_NOT, NULL, false };
	enum leaking one;
	const struct row_leak *l;
	size_t n;

	l = evidence_rows(ev, ROW_LEAK, &n);
	for (size_t i = 0; i < n; i++) {
		if (!same(l[i].pair, pair) || !same(l[i].variant, variant) ||
		    !same(l[i].verdict, "leak") ||
		    (l[i].deciding == 0 && !is_other_counter(l[i].counter)))
			continue;
		/* What nobody knows the cache of may still be filling it. */
		one = l[i].within_cache_budget == 1 || l[i].deciding == 0 ||
		    isnan(l[i].cache_budget_bytes) ? LEAKS_PERHAPS : LEAKS;
		if (one > most.how || (one == most.how &&
		    most.counter != NULL))	/* of rss, a part: shmem */
			most.counter = l[i].deciding == 0 ? l[i].counter : NULL;
		most.how = one > most.how ? one : most.how;
		most.is_cache_unknown |= isnan(l[i].cache_budget_bytes) != 0;
	}
	return most;
}

/* Samples there are, but not of this pair's model: why, or NULL. */
static const char *
why_no_memory(const struct evidence *ev, const char *pair)
{
	const struct row_integrity *f;
	size_t n;

	f = evidence_rows(ev, ROW_INTEGRITY, &n);
	for (; n > 0; n--, f++) {
		if (same(f->code, "memory_summed"))
			return "only the sum over several servers was recorded";
		if (same(f->code, "memory_shared") && same(f->pair, pair))
			return "one server held both at the same time";
		if (same(f->code, "memory_elsewhere") && same(f->pair, pair))
			return "the sampled process does not hold the model: "
			    "the engine is another one";
	}
	return NULL;
}

/* The comparisons of peaks must agree, with the mapped file and without. */
static void
answer_memory(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_compare *c;
	struct answer other;
	size_t n;

	c = evidence_rows(ev, ROW_COMPARE, &n);
	for (size_t i = 0; i < n; i++) {
		if (!is_between(&c[i], pair, a->base, a->new, "peak_bytes"))
			continue;
		if (a->compare == NULL) {
			take_verdict(a, &c[i]);
			continue;
		}
		other = *a;
		take_verdict(&other, &c[i]);
		if (other.kind == a->kind && other.winner == a->winner)
			continue;
		a->kind = ANSWER_UNSURE;
		a->winner = NULL;
		a->further = NAN;
		a->why = "it depends on whether file-backed weights are "
		    "counted";
		orient(a, a->compare);
	}
	if (a->compare != NULL)
		a->counter = a->compare->level;
	else
		a->why = why_no_memory(ev, pair);
	if (a->kind == ANSWER_WINNER && leaks(ev, pair, a->winner).how ==
	    LEAKS_NOT && leaks(ev, pair, a->winner == a->base ? a->new :
	    a->base).how == LEAKS)
		a->why = "the other leaks: its peak grows with every request";
}

/*
 * Did only one of them lose workers, and so often that chance would hardly
 * have spared the other?  Each exit falls on a side by its share of the
 * requests: all of k on one side, whichever, has the chance of 2 share^k.
 */
static bool
exits_tell(const struct row_stability *b, const struct row_stability *n)
{
	const struct row_stability *loser = b->worker_exits > 0 ? b : n,
	    *other = loser == b ? n : b;

	return loser->worker_exits > 0 && !(other->worker_exits > 0) &&
	    2 * pow(loser->requests / (loser->requests + other->requests),
	    loser->worker_exits) < 0.05;
}

static void
answer_stable(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_stability *b, *n;
	struct leaking_by by_b = leaks(ev, pair, a->base);
	struct leaking_by by_n = leaks(ev, pair, a->new);
	enum leaking leak_b = by_b.how, leak_n = by_n.how;
	int score = 0;		/* > 0: base is more stable */

	b = a->st_base = subject_stability(ev, pair, a->base);
	n = a->st_new = subject_stability(ev, pair, a->new);
	if (b == NULL || n == NULL || !(b->requests > 0) || !(n->requests > 0))
		return;
	if (b->fail_hi < n->fail_lo || n->fail_hi < b->fail_lo) {
		score += b->fail_hi < n->fail_lo ? 1 : -1;
		a->why = "fewer failed requests";
	}
	if (exits_tell(b, n)) {
		score += n->worker_exits > 0 ? 1 : -1;
		a->why = "the other lost worker processes again and again";
	}
	a->leaks_by[0] = by_b.counter;
	a->leaks_by[1] = by_n.counter;
	a->is_cache_unknown = by_b.is_cache_unknown || by_n.is_cache_unknown;
	a->leaks = leak_b != leak_n;
	if ((leak_b == LEAKS && leak_n == LEAKS_NOT) ||
	    (leak_n == LEAKS && leak_b == LEAKS_NOT)) {
		score += leak_n == LEAKS ? 1 : -1;
		a->why = "the other leaks memory";
	} else if (leak_b == LEAKS && leak_n == LEAKS && score == 0) {
		a->leaks = true;
		a->kind = ANSWER_SAME;
		a->why = "both leak memory";
		return;
	} else if (leak_b != LEAKS_NOT && leak_n != LEAKS_NOT && score == 0) {
		a->leaks = true;
		a->kind = ANSWER_UNSURE;
		a->why = "memory grows in both, which may be leaks or caches "
		    "that fill";
		return;
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
	} else if (b->worker_exits != n->worker_exits) {
		a->kind = ANSWER_UNSURE;
		a->why = "one lost more worker processes, which may be chance";
	} else if (b->failed != n->failed) {
		a->kind = ANSWER_UNSURE;
		a->why = "one failed more, which may be chance";
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
	a.ratio = a.lo = a.hi = a.further = NAN;
	if (q == QUESTION_MEMORY)
		answer_memory(&a, ev, pair);
	else if (q == QUESTION_STABLE)
		answer_stable(&a, ev, pair);
	else if (q == QUESTION_QUALITY)
		verdict_quality(&a, ev, pair);
	else
		answer_speed(&a, ev, pair);
	return a;
}

size_t
verdict_answers(struct answer a[ANSWERS], const struct evidence *ev,
    const char *pair, const char *base, const char *new)
{
	size_t n, from = 0;

	for (n = 0; n < QUESTIONS; n++)
		a[n] = verdict_answer(ev, pair, base, new, (enum question)n);
	while (n < ANSWERS && next_other(ev, pair, base, new, &from, &a[n]))
		n++;
	return n;
}

/* Is the whole interval of the row on the side of the variant? */
static bool
is_on_side(const struct row_compare *c, enum question q, const char *variant)
{
	bool less = c->ratio_hi < 1, more = c->ratio_lo > 1;

	return same(variant, c->new) ? (q == QUESTION_TTFT ? less : more) :
	    same(variant, c->base) && (q == QUESTION_TTFT ? more : less);
}

/* The description of a cold scenario or level that favours variant. */
static const struct row_compare *
speed_favours(const struct evidence *ev, const char *pair,
    const struct answer *a, const char *variant)
{
	const struct row_compare *c;
	size_t n;

	c = evidence_rows(ev, ROW_COMPARE, &n);
	for (size_t i = 0; i < n; i++)
		if (is_between(&c[i], pair, a->base, a->new,
		    question_metric[a->question]) &&
		    !same(c[i].cache, "warm") &&
		    same(c[i].verdict, "description") &&
		    is_on_side(&c[i], a->question, variant))
			return &c[i];
	return NULL;
}

struct favour
verdict_favours(const struct evidence *ev, const char *pair,
    const struct answer *a, const char *variant)
{
	bool is_speed = a->question == QUESTION_TTFT ||
	    a->question == QUESTION_DECODE;
	struct favour f = { NULL, NULL };

	if (!is_speed && a->question != QUESTION_QUALITY)
		return f;
	if (a->kind == ANSWER_WINNER && a->winner == variant)
		return (struct favour){ a->compare, a->quality };
	if (is_speed)
		f.compare = speed_favours(ev, pair, a, variant);
	else
		f.quality = verdict_quality_kind(ev, pair, a, variant);
	return f;
}

bool
verdict_is_favour(struct favour f)
{
	return f.compare != NULL || f.quality != NULL;
}

bool
verdict_depends(const struct evidence *ev, const char *pair,
    const struct answer answers[QUESTIONS])
{
	const struct answer *a;

	for (a = answers; a < answers + QUESTIONS; a++)
		if (verdict_is_favour(verdict_favours(ev, pair, a, a->base)) &&
		    verdict_is_favour(verdict_favours(ev, pair, a, a->new)))
			return true;
	return false;
}

/* Did every request of the variant fail, or did none get that far? */
static bool
useless(const struct row_stability *s)
{
	return s != NULL && s->failed >= s->requests;
}

static void
add_further(struct advice *advice, const struct answer *a)
{
	if (isnan(advice->round_s))
		advice->round_s = a->compare->round_s;
	if (advice->further > a->further || isnan(a->further))
		return;
	advice->further = a->further;
	advice->round_s = a->compare->round_s;
}

struct advice
verdict_advice(const struct answer *answers, size_t n)
{
	const struct answer *stable = &answers[QUESTION_STABLE];
	struct advice advice = { ADVICE_UNSURE, NULL, NAN, NAN };
	int wins_base = 0, wins_new = 0, even = 0, open = 0;
	bool is_told = true;
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
	for (a = answers; a < answers + n; a++) {
		if (a->kind == ANSWER_WINNER)
			*(a->winner == a->base ? &wins_base : &wins_new) += 1;
		else if (a->kind == ANSWER_SAME && a != stable)
			even++;
		else if (a->kind == ANSWER_UNSURE ||
		    a->kind == ANSWER_CONFOUNDED)
			open++;
		if (a->kind == ANSWER_UNSURE && a->compare != NULL) {
			add_further(&advice, a);
			is_told &= !isnan(a->further);
		}
	}
	if (!is_told)
		advice.further = NAN;
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
