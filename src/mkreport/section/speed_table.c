#include "speed_table.h"

#include <math.h>

#include "verdict/verdict.h"

void
speed_value_cell(struct md_table *t, const struct row_metric *m)
{
	char text[QUANTITY_CAP], n[QUANTITY_CAP];

	if (m == NULL || !(m->n > 0)) {
		md_cell(t, "not measured");
		return;
	}
	quantity_interval(text, quantity_unit_of(m->metric), m->p50, m->ci_lo,
	    m->ci_hi);
	md_cell(t, "%s, n %s", text, quantity_count(n, m->n));
}

static const struct row_compare *
comparison(const struct report *r, const struct subject *p,
    const struct row_metric *like)
{
	return evidence_find(r->ev, ROW_COMPARE, &(struct row_key){
	    .pair = p->pair, .metric = like->metric,
	    .scenario = evidence_like(like->scenario),
	    .cache = evidence_like(like->cache),
	    .by = evidence_like(like->by),
	    .level = evidence_like(like->level) }, NULL);
}

/* The verdict in words; a description has none. */
static void
verdict_text(struct buf *out, const struct row_compare *c)
{
	char text[QUANTITY_CAP];

	if (same(c->verdict, "confounded-by-order"))
		buf_addf(out, "not compared: %s", verdict_order(c));
	else if (same(c->verdict, "insufficient"))
		buf_adds(out, "too few samples");
	else if (!same(c->verdict, "inconclusive"))
		md_text(out, c->verdict != NULL ? c->verdict : "not known", 40);
	else
		buf_adds(out, "cannot tell");
	if (c->further_rounds > 0)
		buf_addf(out, ", about %s more round%s", quantity_about(text,
		    c->further_rounds), c->further_rounds == 1 ? "" : "s");
}

/* Two variants only: new / base and what the comparison says of it. */
static void
ratio_cell(struct md_table *t, const struct row_compare *c)
{
	char text[QUANTITY_CAP];

	md_cell_begin(t);
	if (c == NULL) {
		buf_adds(t->out, "not compared");
	} else {
		/* What is not compared has no ratio that means anything. */
		bool open = isfinite(c->ratio) &&
		    !same(c->verdict, "confounded-by-order");
		bool describes = same(c->verdict, "description");

		if (open)
			buf_adds(t->out, quantity_range(text, c->ratio,
			    c->ratio_lo, c->ratio_hi));
		if (open && !describes)
			buf_adds(t->out, ", ");
		if (!describes)
			verdict_text(t->out, c);
	}
	md_cell_end(t);
}

/* The heading of the last column: "`mlx` / `gguf`", for two variants. */
static const char *
ratio_heading(const struct subject *p, enum speed_part part,
    struct buf *storage)
{
	if (p->n_variants != 2 || part == SPEED_SESSIONS)
		return NULL;
	md_name_cut(storage, p->variants[1], 24);
	buf_adds(storage, " / ");
	md_name_cut(storage, p->variants[0], 24);
	buf_addc(storage, ':');
	return buf_cstr(storage);
}

/* Has any variant of the pair figures for this key? */
static bool
any_variant(const struct report *r, const struct subject *p,
    const struct row_metric *like)
{
	const struct row_metric *m;

	for (size_t k = 0; k < p->n_variants; k++)
		if ((m = subject_metric(r->ev, p->pair, p->variants[k],
		    like)) != NULL && m->n > 0)
			return true;
	return false;
}

/* Does every variant have the same figures for both metrics? */
static bool
repeats(const struct report *r, const struct subject *p,
    const struct row_metric *like, const char *other)
{
	const struct row_metric *a, *b;
	struct row_metric key = *like;
	size_t k;

	key.metric = other;
	for (k = 0; k < p->n_variants; k++) {
		a = subject_metric(r->ev, p->pair, p->variants[k], like);
		b = subject_metric(r->ev, p->pair, p->variants[k], &key);
		if (a != NULL && (b == NULL || a->n != b->n ||
		    a->p50 != b->p50 || a->mean != b->mean))
			return false;
	}
	return true;
}

void
speed_scenario_cell(struct md_table *t, const struct row_metric *m)
{
	md_cell_begin(t);
	if (m->scenario == NULL)
		buf_adds(t->out, "loads");
	else
		md_name_cut(t->out, m->scenario, 32);
	if (m->cache != NULL)
		buf_addf(t->out, ", %s", same(m->cache, "warm") ? "warm" :
		    "cold");
	md_cell_end(t);
}

/* "256 tokens", "4 at once", "`math`" */
static void
level_cell(struct md_table *t, const struct row_metric *m)
{
	static const char *const words[][3] = {
		{ "target_tokens", "", " tokens" },
		{ "concurrency", "", " at once" },
		{ "rate_per_s", "", " per second" },
		{ "turn", "turn ", "" }
	};
	const char *before = NULL, *behind = "";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (same(m->by, words[i][0]))
			before = words[i][1], behind = words[i][2];
	md_cell_begin(t);
	if (m->by == NULL) {
		buf_addc(t->out, ' ');
	} else if (before == NULL) {
		md_name_cut(t->out, m->level, 24);
	} else {
		buf_adds(t->out, before);
		md_text(t->out, m->level != NULL ? m->level : "", 24);
		buf_adds(t->out, behind);
	}
	md_cell_end(t);
}

/* Does the pair's scenario vary a dimension? */
static bool
is_varied(const struct report *r, const char *pair,
    const char *scenario)
{
	const struct row_key key = { .pair = pair,
	    .scenario = evidence_like(scenario) };
	const struct row_metric *m = NULL;

	while ((m = evidence_find(r->ev, ROW_METRIC, &key, m)) != NULL)
		if (m->by != NULL)
			return true;
	return false;
}

bool
speed_is_session(const struct report *r, const char *pair,
    const char *scenario)
{
	const struct row_key key = { .pair = pair, .scenario = scenario };
	const struct row_compare *c = NULL;
	bool confounded = false;

	if (scenario == NULL ||
	    evidence_find(r->ev, ROW_LEAK, &key, NULL) == NULL)
		return false;
	while ((c = evidence_find(r->ev, ROW_COMPARE, &key, c)) != NULL) {
		if (!same(c->verdict, "confounded-by-order"))
			return false;
		confounded = true;
	}
	return confounded;
}

/* Is m the first row of its pair with this scenario, cache and level? */
static bool
first_of_group(const struct evidence *ev, const struct row_metric *m)
{
	const struct row_key key = { .pair = m->pair,
	    .scenario = evidence_like(m->scenario),
	    .cache = evidence_like(m->cache), .by = evidence_like(m->by),
	    .level = evidence_like(m->level) };

	return evidence_find(ev, ROW_METRIC, &key, NULL) == m;
}

/* The least and the most of the medians of a metric where like is. */
static void
range(const struct report *r, const struct subject *p,
    const struct row_metric *like, const char *metric, double *lo, double *hi)
{
	struct row_metric key = *like;
	const struct row_metric *m;
	size_t k;

	key.metric = metric;
	*lo = INFINITY;
	*hi = 0;
	for (k = 0; k < p->n_variants; k++) {
		m = subject_metric(r->ev, p->pair, p->variants[k], &key);
		if (m == NULL || !(m->p50 > 0))
			continue;
		*lo = fmin(*lo, m->p50);
		*hi = fmax(*hi, m->p50);
	}
}

bool
speed_is_apart(const struct report *r, const struct subject *p,
    const struct row_metric *like, const char *metric)
{
	double lo, hi;

	range(r, p, like, metric, &lo, &hi);
	return hi > lo * 1.02;
}

static bool
has_bursts(const struct report *r, const struct subject *p,
    const struct row_metric *like)
{
	double lo, hi;

	range(r, p, like, "tokens_per_burst", &lo, &hi);
	return hi >= 1.25;
}

static bool
wanted(const struct report *r, const struct subject *p,
    const struct row_metric *like, int when)
{
	if ((when & ROW_UNVARIED) != 0 && like->by != NULL)
		return false;
	if ((when & ROW_VARIED) != 0 && like->by == NULL)
		return false;
	if ((when & ROW_IF_COUNTED_APART) != 0 &&
	    !speed_is_apart(r, p, like, "prompt_tokens"))
		return false;
	if ((when & ROW_IF_BURSTS) != 0 && !has_bursts(r, p, like))
		return false;
	return any_variant(r, p, like) && ((when & ROW_IF_OTHER) == 0 ||
	    !repeats(r, p, like, "ttft_s"));
}

/* A table being written. */
struct writer {
	struct md_table t;
	const struct report *r;
	const struct subject *p;
	const struct speed_row *rows;
	size_t n_rows;
	enum speed_part part;
};

/* The rows of one scenario (and level) that has the key of group. */
static size_t
group_rows(struct writer *w, const struct row_metric *group)
{
	const struct subject *p = w->p;
	struct md_table *t = &w->t;
	struct row_metric like = *group;
	size_t shown = 0;

	for (size_t i = 0; i < w->n_rows; i++) {
		like.metric = w->rows[i].metric;
		if (!wanted(w->r, p, &like, w->rows[i].when))
			continue;
		if (shown++ == 0) {
			speed_scenario_cell(t, group);
			level_cell(t, group);
		} else {
			md_cell(t, " ");
			md_cell(t, " ");
		}
		md_cell(t, "%s", w->rows[i].label);
		for (size_t k = 0; k < p->n_variants; k++)
			speed_value_cell(t, subject_metric(w->r->ev, p->pair,
			    p->variants[k], &like));
		if (p->n_variants == 2 && w->part != SPEED_SESSIONS)
			ratio_cell(t, comparison(w->r, p, &like));
		md_row_end(t);
	}
	return shown;
}

/*
 * What the variants' comparison says over all levels of a scenario that has
 * some: visits are compared with their like, so unlike the medians the ratio
 * means something there, and it rests on more requests than a level's.
 */
static size_t
overall_rows(struct writer *w, const struct row_metric *group)
{
	const struct row_compare *c;
	struct md_table *t = &w->t;
	struct row_metric like = *group;
	size_t shown = 0;

	for (size_t i = 0; i < w->n_rows && w->p->n_variants == 2; i++) {
		like.metric = w->rows[i].metric;
		c = comparison(w->r, w->p, &like);
		if (c == NULL || !(c->rounds > 0) ||
		    same(c->verdict, "confounded-by-order") ||
		    !wanted(w->r, w->p, &like,
		    w->rows[i].when & ~ROW_VARIED) ||
		    (w->rows[i].when & ROW_UNVARIED) != 0)
			continue;
		if (shown == 0)
			speed_scenario_cell(t, group);
		else
			md_cell(t, " ");
		md_cell(t, "%s", shown++ == 0 ? "all levels" : " ");
		md_cell(t, "%s", w->rows[i].label);
		md_cell(t, "-");
		md_cell(t, "-");
		ratio_cell(t, c);
		md_row_end(t);
	}
	return shown;
}

size_t
speed_table(const struct report *r, const struct subject *p,
    const struct speed_row *rows, size_t n_rows, enum speed_part part)
{
	struct writer w = { { NULL, 0 }, r, p, rows, n_rows, part };
	const struct row_key key = { .pair = p->pair };
	const struct row_metric *m = NULL;
	struct buf heading = BUF_INIT;
	size_t shown = 0, start = r->out->len;

	md_table_begin_names(&w.t, r->out, "Scenario|Level|Metric",
	    p->variants, p->n_variants, ratio_heading(p, part, &heading));
	while ((m = evidence_find(r->ev, ROW_METRIC, &key, m)) != NULL) {
		if (!first_of_group(r->ev, m) ||
		    speed_is_session(r, p->pair, m->scenario) !=
		    (part == SPEED_SESSIONS) ||
		    (part == SPEED_DOMAINS && !same(m->by, "domain")) ||
		    (part == SPEED_COMPARED && same(m->by, "domain")))
			continue;
		if (m->by != NULL || !is_varied(r, p->pair, m->scenario))
			shown += group_rows(&w, m);
		else if (part == SPEED_COMPARED)
			shown += overall_rows(&w, m);
	}
	md_table_end(&w.t);
	buf_fini(&heading);
	if (shown == 0)
		r->out->len = start;
	return shown;
}
