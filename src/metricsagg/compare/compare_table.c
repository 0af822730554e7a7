#include "compare_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"

enum { VALUE_CAP = 48 };

/* "412 ms", "45.5 tok/s", "1.25 GiB" */
static const char *
value(char text[VALUE_CAP], enum metric m, double v)
{
	const char *unit = metric_unit(m);

	if (strcmp(unit, "s") == 0 && v < 1) {
		v *= 1000;
		unit = "ms";
	} else if (strcmp(unit, "MiB") == 0 && v >= 1024) {
		v /= 1024;
		unit = "GiB";
	} else if (strcmp(unit, "tokens/s") == 0) {
		unit = "tok/s";
	}
	if (isnan(v))
		snprintf(text, VALUE_CAP, "-");
	else if (v >= 1000)
		snprintf(text, VALUE_CAP, "%.0f %s", v, unit);
	else
		snprintf(text, VALUE_CAP, "%.4g %s", v, unit);
	return text;
}

static const char *
words_of(enum metric m)
{
	const struct metric_compared *c = metric_compared;

	while (c->m != m)
		c++;
	return c->words;
}

static void
put_key(const struct side_row *key)
{
	const char *part[4] = { key->pair, key->variant, key->scenario,
	    key->cache };
	char clean[256];

	for (size_t i = 0; i < 4; i++)
		if (part[i] != NULL)
			printf("%s%s", i == 0 ? "" : " / ",
			    diag_clean(clean, sizeof(clean), part[i]));
}

/* ---- the verdict --------------------------------------------------------- */

/* How loudly a line speaks for this verdict; 0: not at all. */
static double
weight(const struct line *at, enum failif_verdict verdict)
{
	double size;

	if (!at->is_judged || at->verdict != verdict)
		return 0;
	size = fabs(log(at->c.ratio));
	return at->is_missing ? 3 : at->m == M_COUNT ? 2 :
	    isfinite(size) ? 0.5 + size / (1 + size) : 0.25;
}

static const struct line *
loudest(const struct lines *l, enum failif_verdict verdict, size_t *n)
{
	const struct line *best = NULL;

	*n = 0;
	for (size_t i = 0; i < l->n; i++) {
		if (!(weight(&l->at[i], verdict) > 0))
			continue;
		++*n;
		if (best == NULL || weight(&l->at[i], verdict) >
		    weight(best, verdict))
			best = &l->at[i];
	}
	return best;
}

static void
put_change(const struct line *at)
{
	const struct comparison *c = &at->c;
	char a[VALUE_CAP], b[VALUE_CAP];

	printf("%s %s before, %s now, %+.2f %%", words_of(at->m),
	    value(a, at->m, c->base), value(b, at->m, c->new),
	    100 * (c->ratio - 1));
	if (!isnan(c->ratio_ci.lo))
		printf(" (95 %% interval %+.2f %% to %+.2f %%)",
		    100 * (c->ratio_ci.lo - 1), 100 * (c->ratio_ci.hi - 1));
}

static void
put_missing_words(const struct lines *l, const struct line *at)
{
	printf("%s was measured in base and ", at->m != M_COUNT ?
	    words_of(at->m) : at->key->scenario == NULL ? "the variant" :
	    "the scenario");
	if (at->m != M_COUNT && at->c.n_new > 0)
		printf("in %zu of %zu runs of new only", at->c.n_new,
		    l->runs_new);
	else
		printf("not in new");
}

/* Was nothing at all of this pair measured in new? */
static bool
is_pair_gone(const struct lines *l, const char *pair)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].key->pair == pair && !(l->at[i].is_missing &&
		    l->at[i].m == M_COUNT))
			return false;
	return true;
}

static bool
have_nothing_in_common(const struct lines *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!is_pair_gone(l, l->at[i].key->pair))
			return false;
	return l->n > 0;
}

/* One line that speaks for all of its kind. */
static void
put_reason(const struct lines *l, enum failif_verdict verdict)
{
	size_t n;
	const struct line *at = loudest(l, verdict, &n);

	if (at == NULL) {
		printf(": no rule had enough to decide from");
		return;
	}
	printf(": ");
	put_key(at->key);
	printf(": ");
	if (at->is_missing)
		put_missing_words(l, at);
	else if (at->m == M_COUNT)
		printf("%zu of %zu requests failed before, %zu of %zu now",
		    at->failed_base, at->c.n_base, at->failed_new,
		    at->c.n_new);
	else
		put_change(at);
	if (verdict == FAILIF_FAIL && at->is_best)
		printf(", in the best visit of each run");
	else if (verdict == FAILIF_FAIL && at->is_beside)
		printf(", as its difference to the other variant of the same "
		    "runs shows");
	if (verdict == FAILIF_UNSURE && at->rule != NULL)
		printf(", the limit is %+g %%", 100 * at->rule->change);
	if (n > 1)
		printf("; and %zu more", n - 1);
}

static int
status_of(const struct lines *l)
{
	bool is_judged = false, is_unsure = false, fails = false;

	for (size_t i = 0; i < l->n; i++) {
		if (!l->at[i].is_judged)
			continue;
		is_judged = true;
		fails |= l->at[i].verdict == FAILIF_FAIL;
		is_unsure |= l->at[i].verdict == FAILIF_UNSURE;
	}
	return l->is_identical ? EXIT_DONE : fails ? EXIT_NO :
	    is_unsure || !is_judged ? EXIT_UNSURE : EXIT_DONE;
}

/* What runs that scatter like those of the loudest line can find. */
static void
put_power(const struct lines *l)
{
	size_t n;
	const struct line *at = loudest(l, FAILIF_UNSURE, &n);

	if (!l->by_runs || at == NULL || at->rule == NULL ||
	    at->power >= 0.95)
		return;
	printf("note: with %zu and %zu runs that scatter like these, %+g %% is "
	    "found in about %.0f of 100 cases, with %zu a side in %.0f\n",
	    l->runs_base, l->runs_new, 200 * at->rule->change,
	    100 * at->power, at->runs_then > 0 ? at->runs_then :
	    (size_t)RUNS_FORETOLD, 100 * at->power_then);
}

/* What these runs cannot know. */
static void
put_note(const struct lines *l)
{
	if (l->by_runs && l->is_apart)
		printf("note: all runs of one side came before those of the "
		    "other: what else changed in between is in these figures, "
		    "too; runs by turns can tell it apart\n");
	else if (l->by_runs)
		return;
	else if (l->runs_base == 1 && l->runs_new == 1)
		printf("note: one run a side: whatever else differed between "
		    "the two runs (heat, other programs) is in these figures, "
		    "too; three runs a side can tell it apart\n");
	else
		printf("note: %zu and %zu runs: too few to know what differs "
		    "from run to run, so requests are compared as if each "
		    "side were one run; three runs a side can tell\n",
		    l->runs_base, l->runs_new);
}

static void
put_verdict(const struct lines *l, int status)
{
	size_t n;

	if (status == EXIT_NO) {
		printf("regression");
		put_reason(l, FAILIF_FAIL);
	} else if (have_nothing_in_common(l)) {
		printf("cannot tell: no pair of base was measured in new; "
		    "both sides need the same pair, by name");
	} else if (status == EXIT_UNSURE) {
		printf("cannot tell");
		put_reason(l, FAILIF_UNSURE);
	} else if (l->is_identical) {
		printf("no regression: both are the same figures");
	} else {
		loudest(l, FAILIF_PASS, &n);
		printf("no regression: %zu comparison%s within the limits", n,
		    n == 1 ? "" : "s");
	}
	printf("\n");
	if (!l->is_identical && !have_nothing_in_common(l))
		put_note(l);
	if (status == EXIT_UNSURE)
		put_power(l);
}

/* ---- the table ----------------------------------------------------------- */

/* Behind what the interval says, which is not what decides between runs. */
static const char *
remark(const struct line *at)
{
	if (!at->is_judged || at->verdict == FAILIF_PASS)
		return "";
	if (at->verdict != FAILIF_FAIL)
		return "  cannot tell";
	return at->is_best ? " in the best visits  REGRESSION" :
	    at->m == M_COUNT || at->c.verdict == COMPARE_DIFFERENT ?
	    "  REGRESSION" : at->is_beside ? " by its interval  REGRESSION by "
	    "the difference to the other variant" : " by its interval  "
	    "REGRESSION by the ways to name the runs";
}

/* What would have been found. */
static void
put_finds(const struct line *at)
{
	if (at->is_judged && at->verdict != FAILIF_FAIL && isfinite(at->finds))
		printf("%s %+.1f %% would show", at->verdict == FAILIF_PASS ?
		    "  " : ",", 100 * at->finds);
	printf("\n");
}

static void
put_failures(const struct line *at)
{
	char base[32], new[32];

	snprintf(base, sizeof(base), "%zu/%zu", at->failed_base, at->c.n_base);
	snprintf(new, sizeof(new), "%zu/%zu", at->failed_new, at->c.n_new);
	printf("  %-15s  %11s  %11s  %9s  %s%s\n", "failed", base, new, "~",
	    at->verdict == FAILIF_FAIL ? "more" :
	    at->verdict == FAILIF_PASS ? "not-more" : "perhaps-more",
	    remark(at));
}

static void
put_line(const struct line *at, bool by_runs)
{
	char a[VALUE_CAP], b[VALUE_CAP], change[64], range[64], p[32], n[64];
	const struct comparison *c = &at->c;

	snprintf(change, sizeof(change), "%s", "~");
	snprintf(range, sizeof(range), "%s", "");
	snprintf(p, sizeof(p), "%s", "");
	if (!isnan(c->ratio) && c->verdict == COMPARE_DIFFERENT)
		snprintf(change, sizeof(change), "%+.2f%%",
		    100 * (c->ratio - 1));
	if (!isnan(c->ratio_ci.lo))
		snprintf(range, sizeof(range), "[%+.2f%%, %+.2f%%]",
		    100 * (c->ratio_ci.lo - 1), 100 * (c->ratio_ci.hi - 1));
	if (!isnan(c->p_holm))
		snprintf(p, sizeof(p), c->p_holm < 0.001 ? "p<0.001" :
		    "p=%.3f", c->p_holm);
	if (by_runs)
		snprintf(n, sizeof(n), "%zu+%zu runs", c->n_base, c->n_new);
	else
		snprintf(n, sizeof(n), "%zu%s", c->n > 0 ? c->n :
		    c->n_base + c->n_new, c->analysis == COMPARE_BY_LOAD ?
		    " loads" : c->paired ? " pairs" : "");
	printf("  %-15s  %11s  %11s  %9s  %20s  %7s  n=%s  %s%s",
	    metric_name(at->m), value(a, at->m, c->base),
	    value(b, at->m, c->new), change, range, p, n,
	    compare_verdict_name(c->verdict), remark(at));
	put_finds(at);
}

/* M_COUNT: nothing of the scenario, or of the variant's loads, was measured. */
static void
put_missing(const struct lines *l, const struct line *at)
{
	char base[VALUE_CAP], new[VALUE_CAP];
	const char *name = at->key->scenario == NULL ? "loads" : "requests";

	snprintf(base, sizeof(base), "%zu", at->c.n_base);
	snprintf(new, sizeof(new), "-");
	if (at->m != M_COUNT) {
		name = metric_name(at->m);
		value(base, at->m, at->c.base);
		value(new, at->m, at->c.new);
	}
	printf("  %-15s  %11s  %11s  %9s  ", name, base, new, "~");
	if (at->m != M_COUNT && at->c.n_new > 0)
		printf("measured in %zu of %zu runs of new only",
		    at->c.n_new, l->runs_new);
	else
		printf("not measured in new");
	printf("  cannot tell\n");
}

static void
put_names(const char *what, char *const *name, size_t n)
{
	char clean[256];

	printf("%s", what);
	for (size_t i = 0; i < n; i++)
		printf(" %s", diag_clean(clean, sizeof(clean), name[i]));
	printf("\n");
}

/* A pair whose scenarios would all say the same, at the first of its lines:
 * those of its loads and of its requests stand apart. */
static void
put_gone(const struct lines *l, const struct line *at)
{
	const char *pair = at->key->pair;
	char clean[256];

	for (const struct line *before = l->at; before < at; before++)
		if (before->key->pair == pair)
			return;
	printf("\n%s\n  not measured in new\n", pair == NULL ? "-" :
	    diag_clean(clean, sizeof(clean), pair));
}

int
compare_table(const struct lines *l, const struct table_names *names)
{
	const struct line *at;
	int status = status_of(l);

	put_verdict(l, status);
	put_names("\nbase:", names->base, names->n_base);
	put_names("new: ", names->new, names->n_new);
	if (!have_nothing_in_common(l))
		printf("figures: those that the change is of, %s; not the "
		    "medians of all requests\n", l->by_runs ? "the mean of "
		    "the runs" : "the middle of the pairs of requests, or of "
		    "the loads");
	for (at = l->at; at < l->at + l->n; at++) {
		if (is_pair_gone(l, at->key->pair)) {
			put_gone(l, at);
			continue;
		}
		if (at == l->at || at->key != at[-1].key) {
			printf("\n");
			put_key(at->key);
			printf("\n  %-15s  %11s  %11s  %9s  %20s\n", "figure",
			    "base", "new", "change", "95 % interval");
		}
		if (at->is_missing)
			put_missing(l, at);
		else if (at->m == M_COUNT)
			put_failures(at);
		else
			put_line(at, l->by_runs);
	}
	return status;
}
