/* More stable: failures, lost workers, leaks. */
#include "answers.h"

#include <math.h>

#include "json.h"

/* Where one request in five may fail unseen (fewer than 16 were sent), that
 * none did says nothing. */
#define FAIL_HI_MAX 0.2

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

struct leaking_by
answer_leaks(const struct evidence *ev, const char *pair, const char *variant)
{
	const struct row_key key = { .pair = pair, .variant = variant };
	struct leaking_by most = { LEAKS_NOT, NULL, false };
	const struct row_leak *l = NULL;
	enum leaking one;

	while ((l = evidence_find(ev, ROW_LEAK, &key, l)) != NULL) {
		if (!same(l->verdict, "leak") ||
		    (l->deciding == 0 && !is_other_counter(l->counter)))
			continue;
		/* What nobody knows the cache of may still be filling it. */
		one = l->within_cache_budget == 1 || l->deciding == 0 ||
		    isnan(l->cache_budget_bytes) ? LEAKS_PERHAPS : LEAKS;
		if (one > most.how || (one == most.how &&
		    most.counter != NULL))	/* of rss, a part: shmem */
			most.counter = l->deciding == 0 ? l->counter : NULL;
		most.how = one > most.how ? one : most.how;
		most.is_cache_unknown |= isnan(l->cache_budget_bytes) != 0;
	}
	return most;
}

/*
 * Did it happen to only one of them (to base so often, to new so often), and
 * so often that chance would hardly have spared the other?  Each time falls on
 * a side by its share of the requests: all of k on one side, whichever, has
 * the chance of 2 share^k.
 */
static bool
is_one_sided(const struct answer *a, double base, double new)
{
	double all = a->st_base->requests + a->st_new->requests;

	return (base > 0) != (new > 0) && 2 * pow((base > 0 ? a->st_base :
	    a->st_new)->requests / all, fmax(base, new)) < 0.05;
}

/* How many answers ended before their end. */
static double
cut_off(const struct row_stability *s)
{
	cJSON *o = s->by_status != NULL ? cJSON_Parse(s->by_status) : NULL;
	double v = json_get_num(o, "truncated", 0);

	cJSON_Delete(o);
	return v;
}

static void
settle(struct answer *a, enum answer_kind kind, const char *why)
{
	a->kind = kind;
	a->why = why;
}

/* What the leaks say where nothing else does. */
static void
settle_leaks(struct answer *a, enum leaking base, enum leaking new)
{
	a->leaks = true;
	if (base == LEAKS && new == LEAKS)
		settle(a, ANSWER_SAME, "both leak memory");
	else if (base != LEAKS_NOT && new != LEAKS_NOT)
		settle(a, ANSWER_UNSURE, "memory grows in both, which may be "
		    "leaks or caches that fill");
	else
		settle(a, ANSWER_UNSURE, "memory grows in one of them, which "
		    "may be a leak or a cache that fills");
}

void
answer_stable(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_stability *b, *n;
	struct leaking_by by_b = answer_leaks(ev, pair, a->base);
	struct leaking_by by_n = answer_leaks(ev, pair, a->new);
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
	if (is_one_sided(a, b->worker_exits, n->worker_exits)) {
		score += n->worker_exits > 0 ? 1 : -1;
		a->why = "the other lost worker processes again and again";
	}
	a->cut_off[0] = cut_off(b);
	a->cut_off[1] = cut_off(n);
	if (is_one_sided(a, a->cut_off[0], a->cut_off[1])) {
		score += a->cut_off[1] > 0 ? 1 : -1;
		a->why = "answers of the other were cut off again and again";
	}
	a->leaks_by[0] = by_b.counter;
	a->leaks_by[1] = by_n.counter;
	a->is_cache_unknown = by_b.is_cache_unknown || by_n.is_cache_unknown;
	a->leaks = leak_b != leak_n;
	if ((leak_b == LEAKS && leak_n == LEAKS_NOT) ||
	    (leak_n == LEAKS && leak_b == LEAKS_NOT)) {
		score += leak_n == LEAKS ? 1 : -1;
		a->why = "the other leaks memory";
	} else if (score == 0 && (leak_b != LEAKS_NOT || leak_n != LEAKS_NOT)) {
		settle_leaks(a, leak_b, leak_n);
		return;
	}
	if (score != 0) {
		a->kind = ANSWER_WINNER;
		a->winner = score > 0 ? a->base : a->new;
	} else if (a->why != NULL)
		settle(a, ANSWER_UNSURE, "signs point both ways");
	else if (b->worker_exits != n->worker_exits)
		settle(a, ANSWER_UNSURE, "one lost more worker processes, "
		    "which may be chance");
	else if (a->cut_off[0] != a->cut_off[1])
		settle(a, ANSWER_UNSURE, "answers of one were cut off more "
		    "often, which may be chance");
	else if (b->failed != n->failed)
		settle(a, ANSWER_UNSURE, "one failed more, which may be "
		    "chance");
	else if (b->failed == 0 && fmax(b->fail_hi, n->fail_hi) > FAIL_HI_MAX)
		settle(a, ANSWER_UNSURE, "too few requests to see what fails "
		    "now and then");
	else
		a->kind = ANSWER_SAME;
}
