#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "holm.h"
#include "order.h"
#include "ranktest.h"
#include "xalloc.h"

#define ALPHA 0.05

/* ---- units: pairs of requests, requests, loads ---------------------------*/

static int
by_prompt_and_start(const void *va, const void *vb)
{
	const struct compare_obs *a = va, *b = vb;

	if (a->prompt != b->prompt)
		return a->prompt < b->prompt ? -1 : 1;
	return (a->start_s > b->start_s) - (a->start_s < b->start_s);
}

static int
by_load(const void *va, const void *vb)
{
	const struct compare_obs *a = va, *b = vb;

	if (a->load != b->load)
		return a->load < b->load ? -1 : 1;
	return (a->start_s > b->start_s) - (a->start_s < b->start_s);
}

static struct compare_obs *
sorted_copy(const struct compare_obs *o, size_t n,
    int (*by)(const void *, const void *))
{
	struct compare_obs *copy = xreallocarray(NULL, n + 1, sizeof(*copy));

	if (n > 0) {
		memcpy(copy, o, n * sizeof(*o));
		qsort(copy, n, sizeof(*o), by);
	}
	return copy;
}

/* A pair of logarithms: their difference to *a, their middle to *b. */
static void
part_pair(double *a, double *b)
{
	double base = *a, new = *b;

	*a = new - base;
	*b = (new + base) / 2;
}

/*
 * ln(new / base) of every pair into d, NAN where either was not measured, and
 * ln of their middle; the k-th occurrence of a prompt meets the k-th, so
 * walking both lists in step while the prompts agree is enough.  Returns the
 * pairs.
 */
static size_t
pair_requests(double *d, double *middle, const struct compare_obs *base,
    size_t nb, const struct compare_obs *new, size_t nn)
{
	size_t i = 0, j = 0, n = 0;

	while (i < nb && j < nn) {
		uint64_t b = base[i].prompt, w = new[j].prompt;

		if (b == w) {
			d[n] = log(base[i++].value);
			middle[n] = log(new[j++].value);
			part_pair(&d[n], &middle[n]);
			n++;
		} else if (b < w)
			i++;
		else
			j++;
	}
	return n;
}

/* ln of the values measured; returns how many. */
static size_t
logs_of(double *x, const struct compare_obs *o, size_t n)
{
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (isfinite(o[i].value))
			x[m++] = log(o[i].value);
	return m;
}

/* The median of ln value of every load, in order of loads (o sorted so). */
static size_t
load_medians(double *x, const struct compare_obs *o, size_t n)
{
	double *v = xreallocarray(NULL, n + 1, sizeof(*v));
	size_t loads = 0;

	for (size_t i = 0, end; i < n; i = end) {
		size_t m;

		for (end = i + 1; end < n && o[end].load == o[i].load; end++)
			continue;
		m = logs_of(v, o + i, end - i);
		order_sort(v, m);
		x[loads++] = quantile_median(v, m);
	}
	free(v);
	return loads;
}

/* ---- the comparison ------------------------------------------------------*/

/* middle: ln of where the figures of both are. */
static void
adopt(struct comparison *c, enum compare_method method, size_t n,
    struct ranktest r, double middle)
{
	c->method = method;
	c->n = n;
	c->p = r.p;
	c->ratio = exp(r.estimate);
	c->base = exp(middle - r.estimate / 2);
	c->new = exp(middle + r.estimate / 2);
	c->ratio_ci.lo = exp(r.ci.lo);
	c->ratio_ci.hi = exp(r.ci.hi);
}

/* The n differences (finite or not) of pairs or loads, and their middles. */
static void
test_differences(struct comparison *c, double *d, double *middle, size_t n)
{
	double at;

	(void)order_finite(middle, n);
	n = order_finite(d, n);
	order_sort(d, n);
	order_sort(middle, n);
	at = quantile_median(middle, n);
	c->paired = true;
	c->n = n;
	if (n < 3)
		return;
	if (n < 6 || c->analysis == COMPARE_BY_LOAD)
		adopt(c, COMPARE_PAIRED_T, n, ranktest_t(d, n), at);
	else
		adopt(c, COMPARE_SIGNED_RANK, n, ranktest_paired(d, n), at);
}

static bool
test_loads(struct comparison *c, const struct compare_obs *base, size_t nb,
    const struct compare_obs *new, size_t nn)
{
	struct compare_obs *b = sorted_copy(base, nb, by_load);
	struct compare_obs *w = sorted_copy(new, nn, by_load);
	double *x = xreallocarray(NULL, nb + nn + 1, sizeof(*x)), *y = x + nb;
	size_t lb = load_medians(x, b, nb), lw = load_medians(y, w, nn);
	size_t loads = lb < lw ? lb : lw;

	for (size_t i = 0; i < loads; i++)
		part_pair(&x[i], &y[i]);
	if (loads >= 3) {
		c->analysis = COMPARE_BY_LOAD;
		test_differences(c, x, y, loads);
	}
	free(x);
	free(b);
	free(w);
	return loads >= 3;
}

static void
test_requests(struct comparison *c, const struct compare_obs *base, size_t nb,
    const struct compare_obs *new, size_t nn)
{
	struct compare_obs *b = sorted_copy(base, nb, by_prompt_and_start);
	struct compare_obs *w = sorted_copy(new, nn, by_prompt_and_start);
	double *x = xreallocarray(NULL, nb + nn + 1, sizeof(*x)), *y = x + nb;
	size_t pairs = pair_requests(x, y, b, nb, w, nn);

	if (2 * pairs >= (nb > nn ? nb : nn)) {
		test_differences(c, x, y, pairs);
	} else {
		size_t n = logs_of(x, b, nb), m = logs_of(y, w, nn);

		if (n >= 3 && m >= 3)
			adopt(c, COMPARE_MANN_WHITNEY, 0,
			    ranktest_unpaired(x, n, y, m),
			    log(c->base * c->new) / 2);
	}
	free(x);
	free(b);
	free(w);
}

static bool
all_positive(const struct compare_obs *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (isfinite(o[i].value) && !(o[i].value > 0))
			return false;
	return true;
}

static double
median_of(const struct compare_obs *o, size_t n, size_t *measured)
{
	double *x = xreallocarray(NULL, n + 1, sizeof(*x)), median;

	for (size_t i = 0; i < n; i++)
		x[i] = o[i].value;
	*measured = order_finite(x, n);
	order_sort(x, *measured);
	median = quantile_median(x, *measured);
	free(x);
	return median;
}

struct comparison
compare_test(const struct compare_obs *base, size_t n_base,
    const struct compare_obs *new, size_t n_new, double margin)
{
	struct comparison c = { .ratio = NAN, .ratio_ci = { NAN, NAN },
	    .p = NAN, .p_holm = NAN, .p_floor = NAN, .margin = margin };

	c.base = median_of(base, n_base, &c.n_base);
	c.new = median_of(new, n_new, &c.n_new);
	if (!all_positive(base, n_base) || !all_positive(new, n_new))
		return c;
	if (!test_loads(&c, base, n_base, new, n_new))
		test_requests(&c, base, n_base, new, n_new);
	return c;
}

/* ---- verdicts ------------------------------------------------------------*/

static void
decide(struct comparison *c)
{
	if (c->method == COMPARE_NO_TEST || isnan(c->p))
		c->verdict = COMPARE_INSUFFICIENT;
	else if (c->p_holm < ALPHA)
		c->verdict = COMPARE_DIFFERENT;
	else if (c->ratio_ci.lo >= 1 - c->margin &&
	    c->ratio_ci.hi <= 1 + c->margin)
		c->verdict = COMPARE_EQUIVALENT;
	else
		c->verdict = COMPARE_INCONCLUSIVE;
}

/* The smallest p value the test can give: one order of all there are. */
static double
smallest_p(const struct comparison *c)
{
	double orders = 0.5;

	if (c->method == COMPARE_SIGNED_RANK)
		return exp2(1 - (double)c->n);
	if (c->method != COMPARE_MANN_WHITNEY)
		return NAN;
	for (size_t i = 1; i <= c->n_base && orders < 1e300; i++)
		orders *= (double)(c->n_new + i) / (double)i;
	return 1 / orders;
}

void
compare_verdicts(struct comparison *c, size_t k)
{
	double *p = xreallocarray(NULL, k + 1, sizeof(*p));
	size_t tests = 0;

	for (size_t i = 0; i < k; i++) {
		p[i] = c[i].p;
		if (!isnan(p[i]))
			tests++;
	}
	holm(p, p, k);
	for (size_t i = 0; i < k; i++) {
		c[i].p_holm = p[i];
		c[i].p_floor = isnan(p[i]) ? NAN :
		    (double)tests * smallest_p(&c[i]);
		if (c[i].p_floor > 1)
			c[i].p_floor = 1;
		decide(&c[i]);
	}
	free(p);
}
