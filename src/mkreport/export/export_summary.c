/* The verdicts of each run and their figures as JSON, for scripts. */

#include <math.h>

#include "export.h"
#include "json.h"
#include "read/subject.h"
#include "verdict/verdict.h"

static const char *const question_name[QUESTIONS] = {
	[QUESTION_TTFT] = "first_token", [QUESTION_DECODE] = "decode",
	[QUESTION_MEMORY] = "memory", [QUESTION_STABLE] = "stability",
	[QUESTION_QUALITY] = "quality"
};
static const char *const answer_name[] = {
	[ANSWER_WINNER] = "different", [ANSWER_SAME] = "same",
	[ANSWER_UNSURE] = "cannot-tell",
	[ANSWER_CONFOUNDED] = "confounded-by-order",
	[ANSWER_DESCRIBED] = "described", [ANSWER_MISSING] = "not-measured"
};
static const char *const advice_name[] = {
	[ADVICE_TAKE] = "take", [ADVICE_TRADE] = "trade-off",
	[ADVICE_EITHER] = "either", [ADVICE_UNSURE] = "cannot-tell",
	[ADVICE_ONLY] = "only-one-worked", [ADVICE_NEITHER] = "neither"
};

static void
flag(struct json *j, const char *key, int value)
{
	if (value == -1)
		json_null(j, key);
	else
		json_bool(j, key, value == 1);
}

/* How near base and new are to what they were held against; of that itself
 * null. */
static void
put_described(struct json *j, const struct answer *a)
{
	static const char *const equal[] = { "equal_base", "equal_new" },
	    *const kl[] = { "kl_base", "kl_new" };

	json_str(j, "reference", a->reference);
	for (size_t i = 0; i < 2; i++) {
		json_num(j, equal[i], a->nearness[i] != NULL ?
		    a->nearness[i]->equal_ratio : a->sameness[i] != NULL ?
		    a->sameness[i]->equal_ratio : (double)NAN);
		json_num(j, kl[i], a->nearness[i] != NULL ?
		    a->nearness[i]->kl_mean : (double)NAN);
	}
	json_str(j, "nearer", a->nearer);
}

static void
put_answer(struct json *j, const struct answer *a)
{
	json_object(j, NULL);
	json_str(j, "question", a->question == QUESTION_OTHER ?
	    a->compare->metric : question_name[a->question]);
	json_str(j, "base", a->base);
	json_str(j, "new", a->new);
	json_str(j, "answer", answer_name[a->kind]);
	json_str(j, "winner", a->winner);
	json_num(j, "ratio", a->ratio);
	json_num(j, "ratio_lo", a->lo);
	json_num(j, "ratio_hi", a->hi);
	json_num(j, "further_rounds", a->further);
	json_num(j, "right_base", a->quality == NULL ? (double)NAN :
	    verdict_figure(a, a->base));
	json_num(j, "right_new", a->quality == NULL ? (double)NAN :
	    verdict_figure(a, a->new));
	if (a->question == QUESTION_QUALITY)
		put_described(j, a);
	json_str(j, "scenario", a->compare != NULL ? a->compare->scenario :
	    NULL);
	json_str(j, "counter", a->counter);
	json_close(j);
}

static void
put_comparison(struct json *j, const struct evidence *ev,
    const struct subject *p, struct subject_two two)
{
	const char *base = p->variants[two.base], *new = p->variants[two.new];
	struct answer a[ANSWERS];
	size_t n = verdict_answers(a, ev, p->pair, base, new);
	struct advice advice = verdict_advice(a, n);

	json_object(j, NULL);
	json_str(j, "base", base);
	json_str(j, "new", new);
	json_array(j, "answers");
	for (size_t q = 0; q < n; q++)
		put_answer(j, &a[q]);
	json_close(j);
	json_str(j, "recommendation", advice_name[advice.kind]);
	json_str(j, "take", advice.take);
	json_num(j, "further_rounds", advice.further);
	json_close(j);
}

/* The leak verdict by the deciding counter, the worst of its parts, or NULL. */
static const char *
leak_verdict(const struct evidence *ev, const char *pair, const char *variant)
{
	const struct row_key key = { .pair = pair, .variant = variant };
	const struct row_leak *l = NULL;

	while ((l = evidence_find(ev, ROW_LEAK, &key, l)) != NULL)
		if (l->deciding == 1)
			return l->verdict;
	return NULL;
}

static void
put_metrics(struct json *j, const struct evidence *ev, const char *pair,
    const char *variant)
{
	const struct row_key key = { .pair = pair, .variant = variant,
	    .by = evidence_none };
	const struct row_metric *m = NULL;

	json_array(j, "metrics");
	while ((m = evidence_find(ev, ROW_METRIC, &key, m)) != NULL) {
		json_object(j, NULL);
		json_str(j, "scenario", m->scenario);
		json_str(j, "cache", m->cache);
		json_str(j, "metric", m->metric);
		json_num(j, "n", m->n);
		json_num(j, "p50", m->p50);
		json_num(j, "ci_lo", m->ci_lo);
		json_num(j, "ci_hi", m->ci_hi);
		json_close(j);
	}
	json_close(j);
}

static void
put_variant(struct json *j, const struct evidence *ev,
    const struct subject *p, const char *variant)
{
	const struct row_model *m = subject_model(ev, p->pair, variant);
	const struct row_stability *s;
	const char *counter = verdict_counter(ev, p->pair);
	const struct row_memory *peak;

	s = subject_stability(ev, p->pair, variant);
	peak = verdict_peak(ev, p->pair, variant, counter);
	json_object(j, NULL);
	json_str(j, "variant", variant);
	json_str(j, "model", m != NULL ? m->model : NULL);
	json_str(j, "format", m != NULL ? m->format : NULL);
	json_num(j, "requests", s != NULL ? s->requests : (double)NAN);
	json_num(j, "failed", s != NULL ? s->failed : (double)NAN);
	json_str(j, "memory_counter", counter);
	json_num(j, "peak_memory_bytes", peak != NULL ? peak->max_bytes :
	    (double)NAN);
	json_str(j, "leak", leak_verdict(ev, p->pair, variant));
	put_metrics(j, ev, p->pair, variant);
	json_close(j);
}

static void
put_findings(struct json *j, const struct evidence *ev)
{
	const struct row_integrity *f = ev->rows[ROW_INTEGRITY].v;

	json_array(j, "findings");
	for (size_t i = 0; i < ev->rows[ROW_INTEGRITY].n; i++) {
		json_object(j, NULL);
		json_str(j, "level", f[i].level);
		json_str(j, "code", f[i].code);
		json_num(j, "count", f[i].count);
		json_str(j, "pair", f[i].pair);
		json_str(j, "variant", f[i].variant);
		json_str(j, "scenario", f[i].scenario);
		json_str(j, "message", f[i].message);
		json_close(j);
	}
	json_close(j);
}

static void
put_run(struct json *j, const struct evidence *ev)
{
	const struct row_run *run = evidence_run(ev);
	struct subjects s = subjects_of(ev);
	struct subject_two two;

	json_object(j, NULL);
	json_str(j, "run", ev->run);
	json_str(j, "wall", run->wall);
	flag(j, "simulated", run->simulated);
	flag(j, "complete", run->complete);
	flag(j, "interrupted", run->interrupted);
	json_num(j, "requests", run->requests);
	json_num(j, "failed", run->failed);
	json_num(j, "duration_s", run->duration_s);
	json_array(j, "pairs");
	for (size_t i = 0; i < s.n; i++) {
		json_object(j, NULL);
		json_str(j, "pair", s.v[i].pair);
		json_str(j, "kind", s.v[i].kind);
		json_array(j, "variants");
		for (size_t k = 0; k < s.v[i].n_variants; k++)
			put_variant(j, ev, &s.v[i], s.v[i].variants[k]);
		json_close(j);
		json_array(j, "comparisons");
		for (two = SUBJECT_TWO_FIRST; subject_next_two(&s.v[i],
		    &two);)
			put_comparison(j, ev, &s.v[i], two);
		json_close(j);
		json_close(j);
	}
	json_close(j);
	put_findings(j, ev);
	json_close(j);
	subjects_fini(&s);
}

void
export_summary(struct buf *out, const struct evidence_set *set)
{
	struct json j;

	json_begin(&j, out);
	json_int(&j, "v", 1);
	json_array(&j, "runs");
	for (size_t i = 0; i < set->n; i++)
		put_run(&j, &set->v[i]);
	json_end_line(&j);
}
