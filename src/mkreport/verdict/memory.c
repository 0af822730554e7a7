/* Less memory: by the peaks of the visits. */
#include "answers.h"

#include <math.h>

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

const char *
verdict_counter(const struct evidence *ev, const char *pair)
{
	static const char *const order[] = { "footprint", "rss", "anon" };

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		if (verdict_peak(ev, pair, NULL, order[k]) != NULL)
			return order[k];
	return NULL;
}

/* Samples there are, but not of this pair's model: why, or NULL. */
static const char *
why_no_memory(const struct evidence *ev, const char *pair)
{
	const struct row_integrity *f = NULL;

	while ((f = evidence_find(ev, ROW_INTEGRITY, &(struct row_key){ NULL },
	    f)) != NULL) {
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

void
answer_memory(struct answer *a, const struct evidence *ev, const char *pair)
{
	const struct row_compare *c = NULL;
	struct answer other;

	while ((c = answer_next(ev, ROW_COMPARE, pair, a, "peak_bytes",
	    c)) != NULL) {
		if (a->compare == NULL) {
			answer_take(a, c);
			continue;
		}
		other = *a;
		answer_take(&other, c);
		if (other.kind == a->kind && other.winner == a->winner)
			continue;
		a->kind = ANSWER_UNSURE;
		a->winner = NULL;
		a->further = NAN;
		a->why = "it depends on whether file-backed weights are "
		    "counted";
		answer_orient(a, a->compare);
	}
	if (a->compare != NULL)
		a->counter = a->compare->level;
	else
		a->why = why_no_memory(ev, pair);
	if (a->kind == ANSWER_WINNER &&
	    answer_leaks(ev, pair, a->winner).how == LEAKS_NOT &&
	    answer_leaks(ev, pair, a->winner == a->base ? a->new :
	    a->base).how == LEAKS)
		a->why = "the other leaks: its peak grows with every request";
}
