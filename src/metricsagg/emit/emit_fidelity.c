/* fidelity: the next token after a prefix, against a reference variant. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "sheet.h"
#include "stats/divergence.h"
#include "stats/holm.h"
#include "stats/mcnemar.h"
#include "stats/summary.h"
#include "xalloc.h"

enum { FIDELITY_SEED = 42, CHOICES_MOST = 1000 };

/* A prefix, and what may follow it. */
struct probe {
	struct sheet_row row;
	const char *first;		/* the most likely, whatever its text */
	struct choice *v;
	size_t n;
};

/* ---- what was answered ------------------------------------------------- */

/* Texts that name no token: parts of a character, and special ones. */
static bool
is_nameless(const char *text)
{
	return text[0] == '\0' || strstr(text, "\xef\xbf\xbd") != NULL;
}

/* Two tokens of one text cannot be told apart: neither is taken. */
static size_t
without_twins(struct choice *v, size_t n)
{
	bool *is_twin = xcalloc(n + 1, sizeof(*is_twin));
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			is_twin[i] |= k != i && strcmp(v[i].text, v[k].text) ==
			    0;
	for (size_t i = 0; i < n; i++)
		if (!is_twin[i])
			v[kept++] = v[i];
	free(is_twin);
	return kept;
}

static void
read_choices(struct view *v, struct probe *p)
{
	const char *choices = p->row.q->answered->choices;
	cJSON *list = json_parse(choices, strlen(choices));
	const cJSON *one, *text, *ln_p;
	double most = -INFINITY;
	const char *name;

	p->v = xcalloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*p->v));
	cJSON_ArrayForEach(one, list) {
		text = cJSON_GetArrayItem(one, 0);
		ln_p = cJSON_GetArrayItem(one, 1);
		if (!cJSON_IsString(text) || !cJSON_IsNumber(ln_p) ||
		    !(ln_p->valuedouble <= 0) || p->n == CHOICES_MOST)
			continue;
		name = names_add(v->t->names, text->valuestring,
		    strlen(text->valuestring));
		if (ln_p->valuedouble > most) {
			most = ln_p->valuedouble;
			p->first = name;
		}
		if (!is_nameless(name))
			p->v[p->n++] = (struct choice){ name,
			    ln_p->valuedouble };
	}
	p->n = without_twins(p->v, p->n);
	cJSON_Delete(list);
}

static bool
has_choices(const struct request_row *q)
{
	return q->answered->choices != NULL && group_counts(q);
}

/* A prefix that was asked again tells nothing new. */
static const struct sheet_form form = { sizeof(struct probe), has_choices,
    NULL, NULL };

/* ---- against the reference --------------------------------------------- */

struct fidelity {
	double *kl, seen;
	size_t n, equal;
	const struct probe *worst;
};

static void
compare_probe(struct fidelity *f, const struct probe *ref,
    const struct probe *other, double *most)
{
	double seen, kl = divergence_kl(ref->v, ref->n, other->v, other->n,
	    &seen);

	if (isnan(kl))
		return;
	f->kl[f->n++] = kl;
	f->seen += seen;
	f->equal += strcmp(ref->first, other->first) == 0;
	if (f->worst == NULL || kl > *most) {
		f->worst = ref;
		*most = kl;
	}
}

static const struct probe *
probe_like(const struct sheet *s, const struct probe *p)
{
	return bsearch(p, s->rows, s->n, sizeof(*p), sheet_cmp);
}

/* The same prefix with the same. */
static struct fidelity
fidelity_of(const struct sheet *ref, const struct sheet *other)
{
	struct fidelity f = { .kl = xcalloc(ref->n + 1, sizeof(double)) };
	const struct probe *p = ref->rows, *o;
	double most = 0;

	for (; p < (const struct probe *)ref->rows + ref->n; p++)
		if ((o = probe_like(other, p)) != NULL)
			compare_probe(&f, p, o, &most);
	return f;
}

/* The probes of the variants of a pair, and which the others are to be near
 * to. */
struct panel {
	struct sheet *p;
	size_t n;
	struct sheet_reference ref;
};

static void
put_fidelity(struct view *v, const struct panel *all,
    const struct sheet *other)
{
	const struct sheet *ref = &all->p[all->ref.at];
	struct fidelity f = fidelity_of(ref, other);
	/* Without a text in common the two name tokens by other rules. */
	size_t n = f.seen > 0 ? f.n : 0;
	struct interval ci = divergence_mean_ci(f.kl, n, FIDELITY_SEED),
	    equal = summary_wilson(f.equal, n);
	struct summary s = summary_of(f.kl, n);
	struct row_fidelity row;

	emit_init_variant(ROW_FIDELITY, &row, other->of);
	row.reference = ref->of->variant;
	row.reference_from = all->ref.from;
	row.reference_missing = all->ref.missing;
	row.prefixes = (double)f.n;
	if (f.n > 0)
		row.seen_ratio = f.seen / (double)f.n;
	if (n > 0) {
		row.equal_first = (double)f.equal;
		row.equal_ratio = (double)f.equal / (double)n;
		row.worst_step = (double)f.worst->row.q->step;
	}
	row.equal_lo = equal.lo;
	row.equal_hi = equal.hi;
	row.kl_mean = s.mean;
	row.kl_mean_lo = ci.lo;
	row.kl_mean_hi = ci.hi;
	row.kl_p50 = s.p50;
	row.kl_p95 = s.p95;
	row.kl_max = s.max;
	emit_row(v, ROW_FIDELITY, &row, 0);
	free(f.kl);
}

/* ---- one against the other, as seen from the reference ----------------- */

/* Prefixes of which all three tell something, in two and their reference. */
struct apart {
	const struct sheet *side[2];
	double *kl;			/* of the second less the first */
	size_t n, only[2];		/* keeps the first choice alone */
};

static void
compare_three(struct apart *a, const struct probe *ref,
    const struct probe *one, const struct probe *two)
{
	double seen[2], kl[2];
	bool keeps[2];

	kl[0] = divergence_kl(ref->v, ref->n, one->v, one->n, &seen[0]);
	kl[1] = divergence_kl(ref->v, ref->n, two->v, two->n, &seen[1]);
	if (isnan(kl[0]) || isnan(kl[1]) || !(seen[0] > 0 && seen[1] > 0))
		return;
	keeps[0] = strcmp(ref->first, one->first) == 0;
	keeps[1] = strcmp(ref->first, two->first) == 0;
	a->only[0] += keeps[0] && !keeps[1];
	a->only[1] += keeps[1] && !keeps[0];
	a->kl[a->n++] = kl[1] - kl[0];
}

static struct apart
apart_of(const struct sheet *ref, const struct sheet *base,
    const struct sheet *new)
{
	struct apart a = { .side = { base, new },
	    .kl = xcalloc(ref->n + 1, sizeof(*a.kl)) };
	const struct probe *p = ref->rows, *one, *two;

	for (; p < (const struct probe *)ref->rows + ref->n; p++) {
		one = probe_like(base, p);
		two = probe_like(new, p);
		if (one != NULL && two != NULL)
			compare_three(&a, p, one, two);
	}
	return a;
}

/* p is adjusted for the k pairs of variants that are compared; the interval
 * is as much wider. */
static void
put_apart(struct view *v, const struct panel *all, const struct apart *a,
    double p, size_t k)
{
	struct interval ci = divergence_difference_ci(a->kl, a->n,
	    DIVERGENCE_ALPHA / (double)k, FIDELITY_SEED);
	enum compare_verdict verdict = isnan(ci.lo) ? COMPARE_INSUFFICIENT :
	    ci.lo > 0 || ci.hi < 0 ? COMPARE_DIFFERENT : COMPARE_INCONCLUSIVE;
	struct row_fidelity_compare row;

	field_init(schema_of(ROW_FIDELITY_COMPARE), &row);
	row.pair = a->side[0]->of->pair;
	row.kind = a->side[0]->of->kind;
	row.reference = all->p[all->ref.at].of->variant;
	row.base = a->side[0]->of->variant;
	row.new = a->side[1]->of->variant;
	row.prefixes = (double)a->n;
	row.pairs_compared = (double)k;
	row.base_only = (double)a->only[0];
	row.new_only = (double)a->only[1];
	row.p = p;
	row.kl_difference = summary_of(a->kl, a->n).mean;
	row.kl_difference_lo = ci.lo;
	row.kl_difference_hi = ci.hi;
	row.verdict = compare_verdict_name(verdict);
	if (verdict == COMPARE_DIFFERENT)
		row.nearer = ci.lo > 0 ? row.base : row.new;
	emit_row(v, ROW_FIDELITY_COMPARE, &row, 0);
}

static void
put_all_apart(struct view *v, const struct panel *all)
{
	const struct sheet *p = all->p;
	struct apart *a = xcalloc(all->n * all->n, sizeof(*a));
	double *of = xcalloc(all->n * all->n, sizeof(*of));
	size_t n = 0, ref = all->ref.at;

	for (size_t i = 0; i < all->n; i++)
		for (size_t k = i + 1; k < all->n; k++)
			if (i != ref && k != ref && p[i].n > 0 && p[k].n > 0)
				a[n++] = apart_of(&p[ref], &p[i], &p[k]);
	for (size_t i = 0; i < n; i++)
		of[i] = a[i].n > 0 ? mcnemar_p(a[i].only[0], a[i].only[1]) :
		    (double)NAN;
	holm(of, of, n);
	for (size_t i = 0; i < n; i++) {
		put_apart(v, all, &a[i], of[i], n);
		free(a[i].kl);
	}
	free(a);
	free(of);
}

/* ---- a pair ------------------------------------------------------------ */

static void
put_pair(struct view *v, const struct variant *va, size_t n)
{
	struct panel all = { .p = sheets_of(v, va, n, &form), .n = n };
	struct probe *p;
	size_t i, k;

	for (i = 0; i < n; i++)
		for (p = all.p[i].rows, k = 0; k < all.p[i].n; k++)
			read_choices(v, &p[k]);
	all.ref = sheet_reference(all.p, n);
	for (i = 0; i < n; i++)
		if (i != all.ref.at && all.p[all.ref.at].n > 0 &&
		    all.p[i].n > 0)
			put_fidelity(v, &all, &all.p[i]);
	put_all_apart(v, &all);
	for (i = 0; i < n; i++)
		for (p = all.p[i].rows, k = 0; k < all.p[i].n; k++)
			free(p[k].v);
	sheets_free(all.p, n);
}

void
emit_fidelity(struct view *v)
{
	emit_pairs(v, put_pair);
}
