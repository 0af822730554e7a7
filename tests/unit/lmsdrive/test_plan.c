#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "diag.h"
#include "plan/plan.h"
#include "tap.h"

enum { VARIANTS_MAX = 4, SEEDS_MAX = 4096 };

/* What a plan holds for each variant a, b, c, d. */
struct seen {
	int64_t requests[VARIANTS_MAX], loads[VARIANTS_MAX];
	double rank_sum[VARIANTS_MAX];	/* of the loads, from 1 */
	int64_t n_loads, n_requests;
	int64_t last_rep[VARIANTS_MAX];
	bool reps_rise, blocks_rise;
	int64_t last_block;
	uint64_t seeds[SEEDS_MAX];
};

static void
see(void *arg, const struct step *s)
{
	struct seen *seen = arg;
	int v = s->variant[0] - 'a';

	seen->blocks_rise &= s->block >= seen->last_block;
	seen->last_block = s->block;
	if (s->op == OP_LOAD) {
		seen->loads[v]++;
		seen->rank_sum[v] += (double)++seen->n_loads;
	}
	if (s->op != OP_REQUEST || s->warmup)
		return;
	seen->requests[v] += s->requests;
	seen->reps_rise &= s->rep == seen->last_rep[v] + 1;
	seen->last_rep[v] = s->rep;
	if (v == 0 && seen->n_requests < SEEDS_MAX)
		seen->seeds[seen->n_requests++] = s->prompt.seed;
}

static bool
plan(struct seen *seen, int variants, int blocks, int repeat,
    const char *pattern)
{
	const struct plan_select all = { .seed = -1, .blocks = -1,
	    .budget_ns = -1 };
	char suite[512];
	struct config *c;
	int len;

	len = snprintf(suite, sizeof(suite), "order: {blocks: %d, pattern: "
	    "%s}\npairs: [{name: p, variants: {%.*s}}]\nscenarios: [{s: "
	    "{prompts: hi, repeat: %d}}]\n", blocks, pattern,
	    variants * 15 - 2, "a: {model: m}, b: {model: m}, c: {model: m}, "
	    "d: {model: m}, ", repeat);
	memset(seen, 0, sizeof(*seen));
	seen->reps_rise = seen->blocks_rise = true;
	c = config_parse("suite.yaml", suite, (size_t)len, NULL,
	    "hi: Say hello.\n");
	if (c == NULL)
		return false;
	plan_make(c, &all, see, seen);
	config_free(c);
	return true;
}

/* Every variant gets its repeats, whatever the number of visits. */
static void
test_shares(void)
{
	static struct seen seen;
	int bad = 0;

	for (int k = 1; k <= VARIANTS_MAX; k++)
		for (int b = 1; b <= 5; b++)
			for (int r = 1; r <= 12; r++) {
				if (!plan(&seen, k, b, r, "abba"))
					bad++;
				for (int v = 0; v < k; v++)
					bad += seen.requests[v] != r ||
					    seen.loads[v] != (r < b ? r : b);
				bad += !seen.reps_rise || !seen.blocks_rise;
			}
	ok(bad == 0, "each variant does every repetition once, and no visit "
	    "is empty (%d of 240 plans are wrong)", bad);
}

/* Order imbalance: the mean rank of the loads is the same for all. */
static void
test_balance(void)
{
	static struct seen seen;
	double imbalance, expect;
	int bad = 0;

	for (int k = 2; k <= VARIANTS_MAX; k++)
		for (int b = 2; b <= 6; b += 2) {
			plan(&seen, k, b, 12, "abba");
			for (int v = 1; v < k; v++)
				bad += seen.rank_sum[v] != seen.rank_sum[0];
		}
	ok(bad == 0, "ABBA with an even number of visits: order imbalance 0");
	plan(&seen, 2, 2, 12, "abab");
	imbalance = 2 * fabs(seen.rank_sum[1] - seen.rank_sum[0]) / 2 / 4;
	is_near(imbalance, 0.5, 1e-12, "ABAB: 0.5");
	plan(&seen, 2, 2, 12, "sequential");
	expect = (3 + 4) - (1 + 2);
	is_near(seen.rank_sum[1] - seen.rank_sum[0], expect, 1e-12,
	    "sequential: all of a, then all of b");
}

static void
test_random(void)
{
	static struct seen seen;
	int bad = 0;

	plan(&seen, 4, 50, 50, "random");
	for (int v = 0; v < 4; v++) {
		bad += seen.loads[v] != 50;
		/* mean rank 100.5, its sd about 58 / sqrt(50) * 0.1 */
		bad += fabs(seen.rank_sum[v] / 50 - 100.5) > 2;
	}
	ok(bad == 0, "random: each variant once in each round");
}

static int
by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
test_seeds(void)
{
	static struct seen seen;
	int64_t same = 0;

	plan(&seen, 1, 3, 1000, "abba");
	qsort(seen.seeds, (size_t)seen.n_requests, sizeof(seen.seeds[0]),
	    by_value);
	for (int64_t i = 1; i < seen.n_requests; i++)
		same += seen.seeds[i] == seen.seeds[i - 1];
	ok(seen.n_requests == 1000 && same == 0, "1000 cold prompts have 1000 "
	    "seeds");
	ok(seen.seeds[seen.n_requests - 1] < UINT64_C(1) << 53,
	    "seeds are exact in every JSON reader");
}

struct said {
	int64_t requests, keys;		/* and those of them that are set */
};

static void
count_said(void *arg, const struct step *s)
{
	struct said *said = arg;

	said->requests += s->op == OP_REQUEST;
#define COUNT(m, kind, key, kind_there, lo, hi) \
	said->keys += s->op == OP_REQUEST && s->m != 0;
	MANNER(COUNT)
#undef COUNT
}

/* What a scenario says of its requests is on the step of each. */
static void
test_manner(void)
{
#define SET_BOOL "true"
#define SET_COUNT "1"
#define SET_TIME "1s"
#define SET(m, kind, key, kind_there, lo, hi) key ": " SET_##kind_there ", "
#define EACH(m, kind, key, kind_there, lo, hi) + 1
	static const char suite[] = "pairs: [{name: p, variants: {a: "
	    "{model: m}}}]\nscenarios: [{s: {prompts: hi, " MANNER(SET)
	    "repeat: 3}}, {t: {prompts: hi, " MANNER(SET)
	    "concurrency: [2, 4]}}]\n";
	const struct plan_select all = { .seed = -1, .blocks = 1,
	    .budget_ns = -1 };
	struct config *c = config_parse("suite.yaml", suite, sizeof(suite) - 1,
	    NULL, "hi: Say hello.\n");
	struct said said = { 0, 0 };

	if (c != NULL)
		plan_make(c, &all, count_said, &said);
	config_free(c);
	/* Warm-ups of both, three repetitions, two levels. */
	ok(said.requests == 7 && said.keys == said.requests * (0 MANNER(EACH)),
	    "%d requests have %d keys", (int)said.requests, (int)said.keys);
}

int
main(void)
{
	diag_quiet(true);
	test_shares();
	test_balance();
	test_random();
	test_seeds();
	test_manner();
	return tap_done();
}
