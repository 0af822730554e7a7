#include "summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "tokens.h"
#include "xalloc.h"

/* Of the answer to a question, which ends long before max_tokens. */
enum { CHECK_ANSWER_TOKENS = 20 };

/* A row: all steps of one scenario, pair and variant. */
struct row {
	char *pair, *variant, *scenario;	/* borrowed; scenario "" */
	int64_t steps, loads, requests, warmups, idle_ns;
	int64_t timed_ns;			/* of steps with a time limit */
	int64_t with_gap;			/* requests, without warm-up */
	double prompt_tokens, output_tokens;
};

struct tally {
	struct row *rows, sum;
	size_t n, cap;
};

static char no_scenario[] = "-";

static struct row *
row_of(struct tally *t, const struct step *s)
{
	char *scenario = s->scenario != NULL ? s->scenario : no_scenario;

	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].pair, s->pair) == 0 &&
		    strcmp(t->rows[i].variant, s->variant) == 0 &&
		    strcmp(t->rows[i].scenario, scenario) == 0)
			return &t->rows[i];
	t->rows = xgrow(t->rows, t->n, &t->cap, sizeof(*t->rows));
	memset(&t->rows[t->n], 0, sizeof(*t->rows));
	t->rows[t->n].pair = s->pair;
	t->rows[t->n].variant = s->variant;
	t->rows[t->n].scenario = scenario;
	return &t->rows[t->n++];
}

/* A step with a time limit: how many requests it may make, 0 for unknown. */
static int64_t
timed_requests(const struct step *s)
{
	double rate = isnan(s->rate_end_per_s) ? s->rate_per_s :
	    (s->rate_per_s + s->rate_end_per_s) / 2;
	double n = rate * (double)s->duration_ns / (double)NS_PER_S;

	if (s->arrival == ARRIVAL_CLOSED)
		return 0;
	return n < (double)s->requests ? (int64_t)n : s->requests;
}

static void
count_requests(struct row *r, const struct step *s)
{
	double turns = tokens_times(s);

	r->warmups += s->warmup ? s->requests : 0;
	r->with_gap += s->warmup || s->gap_ns <= 0 ? 0 : s->requests;
	if (s->duration_ns >= 0) {
		r->requests += timed_requests(s);
		r->timed_ns += s->duration_ns;
		return;
	}
	r->requests += s->requests;
	r->idle_ns += s->gap_ns * s->requests;
	r->prompt_tokens += (double)s->requests * turns * tokens_prompt(s);
	r->output_tokens += (double)s->requests * (s->prompt.check != NULL ?
	    (double)CHECK_ANSWER_TOKENS : (double)s->sampling.max_tokens);
}

static void
count_step(struct row *r, const struct step *s)
{
	r->steps++;
	r->loads += s->op == OP_LOAD;
	if (s->op == OP_IDLE)
		r->idle_ns += s->idle_ns;
	if (s->op == OP_REQUEST)
		count_requests(r, s);
}

static void
count(void *arg, const struct step *s)
{
	struct tally *t = arg;

	count_step(row_of(t, s), s);
	count_step(&t->sum, s);
}

static double
seconds(const struct row *r, double decode_tps, double prefill_tps)
{
	return (double)(r->idle_ns + r->timed_ns) / (double)NS_PER_S +
	    r->prompt_tokens / prefill_tps + r->output_tokens / decode_tps;
}

/* One chunk, and the other records of a request; a sample of the memory. */
enum { CHUNK_BYTES = 130, REQUEST_BYTES = 1800, SAMPLE_BYTES = 700 };

void
summary_cost(const struct step *steps, size_t n, double *s, double *bytes)
{
	struct row all = { .steps = 0 };

	for (size_t i = 0; i < n; i++)
		count_step(&all, &steps[i]);
	*s = seconds(&all, SUMMARY_DECODE_TPS, SUMMARY_PREFILL_TPS);
	*bytes = all.output_tokens * CHUNK_BYTES +
	    (double)all.requests * REQUEST_BYTES + (n == 0 ? 0 :
	    *s * (double)NS_PER_S / (double)steps[0].memory_interval_ns *
	    SAMPLE_BYTES);
}

char *
summary_duration(char *out, size_t cap, double s)
{
	if (s >= 3600)
		snprintf(out, cap, "%.0f h %02.0f min", floor(s / 3600),
		    floor(fmod(s, 3600) / 60));
	else if (s >= 60)
		snprintf(out, cap, "%.0f min", floor(s / 60));
	else
		snprintf(out, cap, "%.0f s", ceil(s));
	return out;
}

static void
print_duration(FILE *fp, double s)
{
	char text[64];

	fputs(summary_duration(text, sizeof(text), s), fp);
}

static int
widest(int width, const char *s)
{
	int len = (int)strlen(s);	/* names have at most 64 bytes */

	return len > width ? len : width;
}

static void
print_rows(FILE *fp, const struct tally *t)
{
	int pair = 4, variant = 7, scenario = 8;	/* the headings */
	const struct row *r;

	for (size_t i = 0; i < t->n; i++) {
		pair = widest(pair, t->rows[i].pair);
		variant = widest(variant, t->rows[i].variant);
		scenario = widest(scenario, t->rows[i].scenario);
	}
	fprintf(fp, "%-*s  %-*s  %-*s  %6s  %5s  %8s  %7s  %12s  %12s\n",
	    pair, "pair", variant, "variant", scenario, "scenario", "steps",
	    "loads", "requests", "warm-up", "prompt tok", "output tok");
	for (size_t i = 0; i < t->n; i++) {
		r = &t->rows[i];
		fprintf(fp, "%-*s  %-*s  %-*s  %6" PRId64 "  %5" PRId64 "  %8"
		    PRId64 "  %7" PRId64 "  %12.0f  %12.0f\n", pair, r->pair,
		    variant, r->variant, scenario, r->scenario, r->steps,
		    r->loads, r->requests, r->warmups, r->prompt_tokens,
		    r->output_tokens);
	}
}

/* The steps of one pair, up to some round. */
struct part {
	const char *pair;
	int64_t rounds, all;
	struct row row;
};

static void
count_part(void *arg, const struct step *s)
{
	struct part *p = arg;

	/* With a budget, what does not decide has its own after these. */
	if (strcmp(s->pair, p->pair) == 0 &&
	    (s->block - 1) % p->all < p->rounds)
		count_step(&p->row, s);
}

/* How long each pair takes for 4, 8 and all rounds. */
static void
print_rounds(FILE *fp, const struct config *c, const struct plan_select *sel)
{
	int64_t all = sel->blocks > 0 ? sel->blocks : c->blocks;
	const int64_t rounds[] = { 4, 8, all };
	struct part p;

	for (size_t i = 0; i < c->n_pairs; i++) {
		const char *sep = ":";

		for (size_t k = 0; k < 3; k++) {
			if (k < 2 && rounds[k] >= all)
				continue;
			p = (struct part){ .pair = c->pairs[i].name,
			    .rounds = rounds[k], .all = all };
			plan_make(c, sel, count_part, &p);
			if (p.row.requests + p.row.idle_ns == 0)
				break;
			if (sep[0] == ':')
				fprintf(fp, "%s", p.pair);
			fprintf(fp, "%s %" PRId64 " rounds about ", sep,
			    rounds[k]);
			print_duration(fp, seconds(&p.row,
			    (double)sel->decode_tps,
			    (double)sel->prefill_tps));
			sep = ",";
		}
		if (sep[0] == ',')
			fprintf(fp, "\n");
	}
	if (all > 4)
		fprintf(fp, "a suite ends a pair when it is decided: a "
		    "difference of 30 %% after about 4 rounds, of 10 %% after "
		    "5, of 5 %% after 8\n");
}

/*
 * How often a leak of 1 MiB a request is found, of 100 runs of n requests with
 * idle time between them: measured, the mean over the shapes of "make
 * calibrate".
 */
static const struct {
	double n, found;
} power[] = {
	{ 12, 0 }, { 20, 30 }, { 30, 62 }, { 40, 74 }, { 50, 85 }, { 60, 93 },
	{ 80, 98 }, { 120, 99 }
};
enum { N_POWER = sizeof(power) / sizeof(power[0]) };

static double
power_of(double n)
{
	size_t i;

	for (i = 1; i < N_POWER && power[i].n < n; i++)
		continue;
	if (i == N_POWER)
		return power[N_POWER - 1].found;
	return fmax(0, power[i - 1].found + (n - power[i - 1].n) *
	    (power[i].found - power[i - 1].found) /
	    (power[i].n - power[i - 1].n));
}

/* Of each scenario with idle time between its requests: what leak it sees. */
static void
print_leaks(FILE *fp, const struct tally *t)
{
	const struct row *r;
	size_t k;

	for (size_t i = 0; i < t->n; i++) {
		r = &t->rows[i];
		for (k = 0; k < i; k++)
			if (strcmp(t->rows[k].scenario, r->scenario) == 0 &&
			    t->rows[k].with_gap == r->with_gap)
				break;
		if (k < i || r->with_gap == 0)
			continue;
		fprintf(fp, "%s: %" PRId64 " requests find a leak of 1 MiB a "
		    "request in about %.0f of 100 runs\n", r->scenario,
		    r->with_gap, power_of((double)r->with_gap));
	}
}

/* What a plan that loads once cannot tell. */
static void
print_loads(FILE *fp, const struct config *c)
{
	if (!c->reload)
		fprintf(fp, "reload is false: each variant is loaded once, so "
		    "a verdict will be of these loads only\n");
}

/* Comparisons that the order of the visits will spoil. */
static void
print_order(FILE *fp, const struct config *c, const struct plan_select *sel)
{
	int64_t blocks = sel->blocks > 0 ? sel->blocks : c->blocks;
	bool is_fair = c->pattern == ORDER_RANDOM ? blocks >= 4 :
	    c->pattern == ORDER_ABBA && blocks % 2 == 0;

	for (size_t i = 0; i < c->n_pairs; i++)
		if (c->pairs[i].n_variants > 1 && !is_fair) {
			fprintf(fp, "note: with this order, variants that come "
			    "later are measured on a warmer machine; an even "
			    "number of rounds in pattern abba avoids that\n");
			return;
		}
}

int64_t
summary_print(FILE *fp, const struct config *c, const struct plan_select *sel)
{
	struct tally t = { .rows = NULL };
	const struct row *sum = &t.sum;
	int64_t n = plan_make(c, sel, count, &t);

	if (n > 0) {
		print_rows(fp, &t);
		fprintf(fp, "\n%" PRId64 " steps, %" PRId64 " loads, %" PRId64
		    " requests; at %" PRId64 " tokens/s of output and "
		    "%" PRId64 " of prompt about ", sum->steps, sum->loads,
		    sum->requests, sel->decode_tps, sel->prefill_tps);
		print_duration(fp, seconds(sum, (double)sel->decode_tps,
		    (double)sel->prefill_tps));
		fprintf(fp, " without loading, of it ");
		print_duration(fp, (double)sum->idle_ns / (double)NS_PER_S);
		fprintf(fp, " idle\n");
		print_rounds(fp, c, sel);
		print_leaks(fp, &t);
		fprintf(fp, "results go to %s/\n", c->results);
		print_loads(fp, c);
		print_order(fp, c, sel);
	}
	free(t.rows);
	return n;
}
