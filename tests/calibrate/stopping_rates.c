/*
 * End to end: the records of a simulated run go through the program round by
 * round, and no further once it says that the pair is decided.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calibrate.h"
#include "draw.h"
#include "json.h"
#include "noise_family.h"

enum { ROUNDS = 12, REQUESTS = 2 * ROUNDS * NOISE_PER_VISIT, TOKENS = 11 };

#define MS 1000000.0

/* A run being made: its records so far are in the file. */
struct world {
	const struct noise_family *family;
	double factor;			/* new is so much slower */
	double first[REQUESTS], gap[REQUESTS];	/* ln of their noise */
	uint64_t *rng;
	FILE *raw;
	char path[64], state[72];
	double now;			/* ns */
	int step, request;
};

static void
record(struct world *w, const char *type, double t, const char *rest)
{
	fprintf(w->raw, "{\"type\":\"%s\",\"run\":\"R\",\"t_ns\":%.0f,%s}\n",
	    type, t, rest);
}

static void
step(struct world *w, const char *op, bool is_new, int round)
{
	char rest[200];

	snprintf(rest, sizeof(rest), "\"step\":%d,\"op\":\"%s\",\"pair\":\"p\","
	    "\"variant\":\"%s\",\"model\":\"m\",\"scenario\":\"simple_gen\","
	    "\"block\":%d", ++w->step, op, is_new ? "new" : "base", round + 1);
	record(w, "step", w->now, rest);
}

static void
span(struct world *w, const char *type, bool is_new, int round)
{
	static const char *const phases[] = { "begin", "end" };
	char rest[100];

	step(w, type, is_new, round);
	for (int i = 0; i < 2; i++) {
		snprintf(rest, sizeof(rest), "\"step\":%d,\"phase\":\"%s\","
		    "\"status\":\"ok\"", w->step, phases[i]);
		record(w, type, w->now, rest);
		w->now += 500 * MS;
	}
}

/* 300 ms to the first token, 30 ms for each other. */
static void
request(struct world *w, bool is_new)
{
	double slow = is_new ? w->factor : 1;
	double first = w->now + 300 * MS * slow * exp(w->first[w->request]);
	double gap = 30 * MS * slow * exp(w->gap[w->request]);
	bool fails = is_new && draw_unit(w->rng) < w->family->failing;
	int req = ++w->request;
	char rest[200];

	snprintf(rest, sizeof(rest), "\"req\":%d,\"step\":%d,\"prompt\":\"a\","
	    "\"cache\":\"cold\",\"warmup\":false", req, w->step);
	record(w, "request", w->now, rest);
	for (int i = 0; i < TOKENS && !fails; i++) {
		snprintf(rest, sizeof(rest), "\"req\":%d,\"i\":%d,\"kind\":"
		    "\"content\",\"bytes\":4", req, i);
		record(w, "chunk", first + i * gap, rest);
	}
	w->now = first + TOKENS * gap;
	snprintf(rest, sizeof(rest), "\"req\":%d,\"status\":\"%s\","
	    "\"completion_tokens\":%d,\"tokens_from\":\"usage\"", req,
	    fails ? "http_error" : "ok", TOKENS);
	record(w, "response", w->now, rest);
}

static void
round_of(struct world *w, int round)
{
	for (int i = 0; i < 2; i++) {
		bool is_new = (round + i) % 2 == 1;

		span(w, "load", is_new, round);
		step(w, "request", is_new, round);
		for (int k = 0; k < NOISE_PER_VISIT; k++)
			request(w, is_new);
		span(w, "unload", is_new, round);
	}
	fflush(w->raw);
}

/* What the program says of the records, line by line, to fn. */
static void
ask(const struct world *w, const char *options,
    void (*fn)(const cJSON *, void *), void *arg)
{
	static char line[1 << 16];
	char command[256];
	FILE *out;
	cJSON *o;

	snprintf(command, sizeof(command), "metricsagg %s '%s'", options,
	    w->path);
	if ((out = popen(command, "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), out) != NULL) {
		o = json_parse(line, strlen(line));
		fn(o, arg);
		cJSON_Delete(o);
	}
	pclose(out);
}

/* Is the scenario over? */
static void
see_decided(const cJSON *o, void *arg)
{
	if (strcmp(json_get_str(o, "type", ""), "decided") == 0 &&
	    json_get_str(o, "metric", NULL) == NULL)
		*(bool *)arg = true;
}

struct outcome {
	double factor;
	int tested, different, covered;
	int rounds;
};

/* What the report is made of, once the run is over. */
static void
see_compare(const cJSON *o, void *arg)
{
	struct outcome *u = arg;
	const char *metric = json_get_str(o, "metric", "");
	double truth = strcmp(metric, "ttft_s") == 0 ? u->factor :
	    1 / u->factor;

	if (strcmp(json_get_str(o, "type", ""), "compare") != 0 ||
	    !json_get_bool(o, "headline", false) ||
	    strcmp(metric, "peak_bytes") == 0)
		return;
	u->tested++;
	u->different += strcmp(json_get_str(o, "verdict", ""),
	    "different") == 0;
	u->covered += !(json_get_num(o, "ratio_lo", -INFINITY) > truth) &&
	    !(json_get_num(o, "ratio_hi", INFINITY) < truth);
}

static struct outcome
run(struct world *w)
{
	struct outcome u = { .factor = w->factor };
	char options[100];
	bool is_over = false;

	w->now = w->step = w->request = 0;
	w->family->noise(w->first, REQUESTS, w->rng);
	w->family->noise(w->gap, REQUESTS, w->rng);
	w->raw = fopen(w->path, "w");
	record(w, "run", 0, "\"v\":1,\"tool\":\"lmsdrive 0\"");
	snprintf(options, sizeof(options), "--decide '%s' 2>/dev/null", w->state);
	while (u.rounds < ROUNDS && !is_over) {
		round_of(w, u.rounds++);
		if (u.rounds > 2)	/* two never decide */
			ask(w, options, see_decided, &is_over);
	}
	ask(w, "2>/dev/null", see_compare, &u);
	fclose(w->raw);
	return u;
}

static int
row(struct world *w, int runs)
{
	static const double factors[] = { 1, 1.1 };
	/* So many that a true .05, or a coverage of .95, rarely miss. */
	double slack = 2.5 * sqrt(0.05 * 0.95 / runs);
	int missed = 0;

	printf("%-22s", w->family->name);
	for (int k = 0; k < 2; k++) {
		int different = 0, covered = 0, tested = 0, rounds = 0;

		w->factor = factors[k];
		for (int i = 0; i < runs; i++) {
			struct outcome u = run(w);

			different += u.different > 0;
			covered += u.covered;
			tested += u.tested;
			rounds += u.rounds;
		}
		printf(" %7.3f%s %7.3f%s %7.1f ", (double)different / runs,
		    k == 0 && different > (0.05 + slack) * runs ? "!" : " ",
		    (double)covered / tested, covered < (0.95 - slack) *
		    tested ? "!" : " ", (double)rounds / runs);
		missed += (k == 0 && different > (0.05 + slack) * runs) +
		    (covered < (0.95 - slack) * tested);
	}
	putchar('\n');
	return missed;
}

int
calibrate_stopping(int runs, uint64_t seed)
{
	struct world w = { .path = "/tmp/lmgauge-calibrate.XXXXXX",
	    .rng = &seed };
	int missed = 0, fd = mkstemp(w.path);

	if (fd == -1) {
		perror(w.path);
		return 1;
	}
	close(fd);
	snprintf(w.state, sizeof(w.state), "%s.state", w.path);
	printf("\nStopping, end to end: records through metricsagg --decide "
	    "round by round, %d runs a cell,\nboth headline metrics; rounds of "
	    "%d; ! misses .05, or a coverage of .95, by more than chance\n"
	    "%-22s %7s %8s %8s  %7s %8s %8s\n%-22s %7s %8s %8s  %7s\n", runs,
	    ROUNDS, "family", "A/A", "covered", "rounds", "10 %", "covered",
	    "rounds", "", "differ", "", "", "differ");
	for (w.family = noise_families; w.family->name != NULL; w.family++)
		missed += row(&w, runs);
	unlink(w.path);
	return missed;
}
