/*
 * End to end: the records of simulated runs go through the program round by
 * round, those of a run no further once it says that its pair is decided.  The
 * runs of a cell share a file, as the program tells runs apart.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "calibrate.h"
#include "draw.h"
#include "json.h"
#include "noise_family.h"
#include "xalloc.h"

enum { ROUNDS = 12, REQUESTS = 2 * ROUNDS * NOISE_PER_VISIT, TOKENS = 11 };

#define MS 1000000.0

struct run {
	double first[REQUESTS], gap[REQUESTS];	/* ln of their noise */
	double now;			/* ns */
	int step, request;
	int rounds;			/* done so far */
	bool is_over;
	struct buf records, chunks;	/* so far */
	int different, same;		/* of the metrics tested */
};

/* A cell. */
struct world {
	const struct noise_family *family;
	double factor;			/* new is so much slower */
	uint64_t *rng;
	struct run *runs, *r;		/* r: the one being made */
	int n_runs;
	char path[64], state[72];
	int tested, covered;
};

static void
record(const struct world *w, struct buf *to, const char *type, double t,
    const char *rest)
{
	buf_addf(to, "{\"type\":\"%s\",\"run\":\"%d\",\"t_ns\":%.0f,%s}\n",
	    type, (int)(w->r - w->runs), t, rest);
}

static void
step(struct world *w, const char *op, bool is_new)
{
	char rest[200];

	snprintf(rest, sizeof(rest), "\"step\":%d,\"op\":\"%s\",\"pair\":\"p\","
	    "\"variant\":\"%s\",\"model\":\"m\",\"scenario\":\"simple_gen\","
	    "\"block\":%d", ++w->r->step, op, is_new ? "new" : "base",
	    w->r->rounds + 1);
	record(w, &w->r->records, "step", w->r->now, rest);
}

static void
span(struct world *w, const char *type, bool is_new)
{
	static const char *const phases[] = { "begin", "end" };
	char rest[100];

	step(w, type, is_new);
	for (int i = 0; i < 2; i++) {
		snprintf(rest, sizeof(rest), "\"step\":%d,\"phase\":\"%s\","
		    "\"status\":\"ok\"", w->r->step, phases[i]);
		record(w, &w->r->records, type, w->r->now, rest);
		w->r->now += 500 * MS;
	}
}

/* 300 ms to the first token, 30 ms for each other. */
static void
request(struct world *w, bool is_new)
{
	struct run *r = w->r;
	double slow = is_new ? w->factor : 1;
	double first = r->now + 300 * MS * slow * exp(r->first[r->request]);
	double gap = 30 * MS * slow * exp(r->gap[r->request]);
	bool fails = is_new && draw_unit(w->rng) < w->family->failing;
	int req = ++r->request;
	char rest[200];

	snprintf(rest, sizeof(rest), "\"req\":%d,\"step\":%d,\"prompt\":\"a\","
	    "\"cache\":\"cold\",\"warmup\":false", req, r->step);
	record(w, &w->r->records, "request", r->now, rest);
	for (int i = 0; i < TOKENS && !fails; i++) {
		snprintf(rest, sizeof(rest), "\"req\":%d,\"i\":%d,\"kind\":"
		    "\"content\",\"bytes\":4", req, i);
		record(w, &w->r->chunks, "chunk", first + i * gap, rest);
	}
	r->now = first + TOKENS * gap;
	snprintf(rest, sizeof(rest), "\"req\":%d,\"status\":\"%s\","
	    "\"completion_tokens\":%d,\"tokens_from\":\"usage\"", req,
	    fails ? "http_error" : "ok", TOKENS);
	record(w, &w->r->records, "response", r->now, rest);
}

static void
round_of(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		bool is_new = (w->r->rounds + i) % 2 == 1;

		span(w, "load", is_new);
		step(w, "request", is_new);
		for (int k = 0; k < NOISE_PER_VISIT; k++)
			request(w, is_new);
		span(w, "unload", is_new);
	}
	w->r->rounds++;
}

/*
 * The records of the runs that go on, or of all; chunks behind all else, so
 * that the program looks once, at the end, and not after each visit.
 */
static void
write_records(const struct world *w, bool all)
{
	FILE *f = fopen(w->path, "w");

	for (int k = 0; k < 2; k++)
		for (int i = 0; i < w->n_runs; i++) {
			const struct run *r = &w->runs[i];
			const struct buf *b = k == 0 ? &r->records : &r->chunks;

			if (all || !r->is_over)
				fwrite(b->data, 1, b->len, f);
		}
	fclose(f);
}

/* What the program says of the records, line by line, to fn. */
static void
ask(struct world *w, const char *options,
    void (*fn)(struct world *, struct run *, const cJSON *))
{
	static char line[1 << 16];
	char command[256];
	const char *run;
	FILE *out;
	cJSON *o;

	snprintf(command, sizeof(command), "metricsagg %s '%s' 2>/dev/null",
	    options, w->path);
	if ((out = popen(command, "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), out) != NULL) {
		o = json_parse(line, strlen(line));
		if ((run = json_get_str(o, "run", NULL)) != NULL)
			fn(w, &w->runs[atoi(run)], o);
		cJSON_Delete(o);
	}
	pclose(out);
}

/* Is the scenario over? */
static void
see_decided(struct world *w, struct run *r, const cJSON *o)
{
	(void)w;
	if (strcmp(json_get_str(o, "type", ""), "decided") == 0 &&
	    json_get_str(o, "metric", NULL) == NULL)
		r->is_over = true;
}

/* What the report is made of, once the run is over. */
static void
see_compare(struct world *w, struct run *r, const cJSON *o)
{
	const char *metric = json_get_str(o, "metric", "");
	const char *verdict = json_get_str(o, "verdict", "");
	double truth = strcmp(metric, "ttft_s") == 0 ? w->factor :
	    1 / w->factor;

	if (strcmp(json_get_str(o, "type", ""), "compare") != 0 ||
	    !json_get_bool(o, "headline", false) ||
	    strcmp(metric, "peak_bytes") == 0)
		return;
	w->tested++;
	r->different += strcmp(verdict, "different") == 0;
	r->same += strcmp(verdict, "equivalent") == 0;
	w->covered += !(json_get_num(o, "ratio_lo", -INFINITY) > truth) &&
	    !(json_get_num(o, "ratio_hi", INFINITY) < truth);
}

static void
begin(struct world *w)
{
	w->tested = w->covered = 0;
	for (w->r = w->runs; w->r < w->runs + w->n_runs; w->r++) {
		struct buf records = w->r->records, chunks = w->r->chunks;

		*w->r = (struct run){ .records = records, .chunks = chunks };
		buf_clear(&w->r->records);
		buf_clear(&w->r->chunks);
		w->family->noise(w->r->first, REQUESTS, w->rng);
		w->family->noise(w->r->gap, REQUESTS, w->rng);
		record(w, &w->r->records, "run", 0,
		    "\"v\":1,\"tool\":\"lmsdrive 0\"");
	}
}

struct rates {
	double any, different, same, covered, rounds;
};

/* All runs with this factor. */
static struct rates
cell(struct world *w, double factor)
{
	struct rates s = { 0, 0, 0, 0, 0 };
	char options[100];

	w->factor = factor;
	begin(w);
	snprintf(options, sizeof(options), "--decide '%s'", w->state);
	for (int k = 1; k <= ROUNDS; k++) {
		for (w->r = w->runs; w->r < w->runs + w->n_runs; w->r++)
			if (!w->r->is_over)
				round_of(w);
		if (k <= 2 || k == ROUNDS)	/* two never decide */
			continue;
		write_records(w, false);
		ask(w, options, see_decided);
	}
	write_records(w, true);
	ask(w, "--no-samples", see_compare);
	for (w->r = w->runs; w->r < w->runs + w->n_runs; w->r++) {
		s.any += (double)(w->r->different > 0) / w->n_runs;
		s.different += (double)w->r->different / w->tested;
		s.same += (double)w->r->same / w->tested;
		s.rounds += (double)w->r->rounds / w->n_runs;
	}
	s.covered = (double)w->covered / w->tested;
	return s;
}

/* At most .05, or at least some rate: missed is what n cases rarely miss if it
 * is true. */
static int
print(double rate, double least, double most, int n)
{
	double far = 2.5 * sqrt(0.05 * 0.95 / n);
	int missed = rate < least - far || rate > most + far;

	printf(" %6.3f%s", rate, missed ? "!" : " ");
	return missed;
}

static int
row(struct world *w)
{
	static const double effect[] = { 1.05, 1.1, 1.3 };
	struct rates s = cell(w, 1);
	double used[5] = { s.rounds };
	int missed, n = w->n_runs;

	printf("%-24s", w->family->name);
	missed = print(s.any, 0, 0.05, n);
	missed += print(s.covered, 0.95, 1, n);
	s = cell(w, 1.03);
	used[1] = s.rounds;
	missed += print(s.same, 0, 0.05, n);
	missed += print(s.covered, 0.95, 1, n);
	for (size_t k = 0; k < 3; k++) {
		s = cell(w, effect[k]);
		used[2 + k] = s.rounds;
		missed += print(s.different, w->family->wanted[k], 1, n);
	}
	for (size_t k = 0; k < 5; k++)
		printf(" %4.2f", used[k] / ROUNDS);
	putchar('\n');
	fflush(stdout);
	return missed;
}

static void
head(int runs)
{
	printf("\nStopping, end to end: records through metricsagg --decide "
	    "round by round, %d runs a cell,\nboth headline metrics (A/A: any "
	    "of the two; else: each); used: of the requests of %d rounds;\n! "
	    "misses its target by more than chance\n%-24s %7s %7s %7s %7s %7s "
	    "%7s %7s %24s\n%-24s %7s %7s %7s %7s %31s %4s %4s %4s %4s\n%-24s "
	    "%7s %7s %7s %7s %25s\n", runs, ROUNDS, "family", "A/A", "A/A",
	    "3 %", "3 %",
	    "5 %", "10 %", "30 %", "used", "", "differ", "covered", "same",
	    "covered", "0", "3 %", "5 %", "10 %", "30 %", "target", "0.050",
	    "0.950", "0.050", "0.950", "as decide.md");
}

int
calibrate_stopping(int runs, uint64_t seed)
{
	struct world w = { .path = "/tmp/lmgauge-calibrate.XXXXXX",
	    .rng = &seed, .n_runs = runs };
	int missed = 0, fd = mkstemp(w.path);

	if (fd == -1) {
		perror(w.path);
		return 1;
	}
	close(fd);
	snprintf(w.state, sizeof(w.state), "%s.state", w.path);
	w.runs = xcalloc((size_t)runs, sizeof(*w.runs));
	head(runs);
	for (w.family = noise_families; w.family->name != NULL; w.family++)
		missed += row(&w);
	for (w.r = w.runs; w.r < w.runs + runs; w.r++) {
		buf_fini(&w.r->records);
		buf_fini(&w.r->chunks);
	}
	free(w.runs);
	unlink(w.path);
	return missed;
}
