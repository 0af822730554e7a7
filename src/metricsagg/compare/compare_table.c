#include "compare_table.h"

#include <math.h>
#include <stdio.h>

#include "diag.h"

static const char *
remark(const struct line *at)
{
	return !at->is_judged || at->verdict == FAILIF_PASS ? "" :
	    at->verdict == FAILIF_FAIL ? "  REGRESSION" : "  cannot tell";
}

static void
put_failures(const struct line *at)
{
	char base[32], new[32];

	snprintf(base, sizeof(base), "%zu/%zu", at->failed_base, at->c.n_base);
	snprintf(new, sizeof(new), "%zu/%zu", at->failed_new, at->c.n_new);
	printf("  %-15s %11s %11s %9s  %s%s\n", "failed", base, new, "~",
	    at->verdict == FAILIF_FAIL ? "more" :
	    at->verdict == FAILIF_PASS ? "not-more" : "perhaps-more",
	    remark(at));
}

static void
put_line(const struct line *at)
{
	char change[64], range[64], p[32];
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
		snprintf(p, sizeof(p), "p=%.3f", c->p_holm);
	printf("  %-15s %11.4g %11.4g %9s %20s %8s  n=%zu%s  %s%s\n",
	    metric_name(at->m), c->p50_base, c->p50_new, change, range, p,
	    c->n > 0 ? c->n : c->n_base + c->n_new,
	    c->analysis == COMPARE_BY_LOAD ? " loads" :
	    c->paired ? " pairs" : "",
	    compare_verdict_name(c->verdict),
	    remark(at));
}

/* M_COUNT: nothing of the whole scenario was measured. */
static void
put_missing(const struct line *at)
{
	printf("  %-15s %11zu %11s %9s  not measured in new  cannot tell\n",
	    at->m == M_COUNT ? "requests" : metric_name(at->m), at->c.n_base,
	    "-", "~");
}

static void
put_title(const struct side_row *key)
{
	const char *part[4] = { key->pair, key->variant, key->scenario,
	    key->cache };
	char clean[256];
	size_t i;

	printf("\n");
	for (i = 0; i < 4; i++)
		if (part[i] != NULL)
			printf("%s%s", i == 0 ? "" : " / ",
			    diag_clean(clean, sizeof(clean), part[i]));
	printf("\n");
}

int
compare_table(const struct lines *l, const struct side *base,
    const struct side *new)
{
	char a[256], b[256];
	int status = EXIT_DONE;
	bool is_judged = false;
	size_t i;

	printf("base: %s\nnew:  %s\n", diag_clean(a, sizeof(a), base->path),
	    diag_clean(b, sizeof(b), new->path));
	for (i = 0; i < l->n; i++) {
		if (i == 0 || l->at[i].key != l->at[i - 1].key) {
			put_title(l->at[i].key);
			printf("  %-15s %11s %11s %9s %20s\n", "median", "base",
			    "new", "change", "95 % interval");
		}
		if (l->at[i].is_missing)
			put_missing(&l->at[i]);
		else if (l->at[i].m == M_COUNT)
			put_failures(&l->at[i]);
		else
			put_line(&l->at[i]);
		if (!l->at[i].is_judged)
			continue;
		is_judged = true;
		if (l->at[i].verdict == FAILIF_FAIL)
			status = EXIT_NO;
		else if (l->at[i].verdict == FAILIF_UNSURE &&
		    status == EXIT_DONE)
			status = EXIT_UNSURE;
	}
	if (!is_judged)
		status = EXIT_UNSURE;
	if (l->is_identical)
		status = EXIT_DONE;
	else if (base->n_runs == 1 && new->n_runs == 1)
		printf("\nnote: one run a side: whatever else differed between "
		    "the two runs (heat, other programs) is in these figures, "
		    "too\n");
	printf("\n%s\n", status == EXIT_DONE ? "no regression" :
	    status == EXIT_NO ? "regression" : "cannot tell");
	return status;
}
