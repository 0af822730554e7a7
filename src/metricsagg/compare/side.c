#include "side.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "emit/aggregate.h"
#include "in/input.h"
#include "judge/holding.h"
#include "ndjson.h"
#include "xalloc.h"

static struct side_row *
add_row(struct side *s)
{
	struct side_row *row;

	s->rows = xgrow(s->rows, s->n, &s->cap, sizeof(*s->rows));
	row = &s->rows[s->n++];
	memset(row, 0, sizeof(*row));
	for (int m = 0; m < M_COUNT; m++)
		row->v[m] = NAN;
	return row;
}

/* A run began then: texts in UTC sort as their times do. */
static void
add_start(struct side *s, struct names *names, const char *wall)
{
	if (wall == NULL || wall[0] == '\0')
		return;
	wall = names_adds(names, wall);
	if (s->first == NULL || strcmp(wall, s->first) < 0)
		s->first = wall;
	if (s->last == NULL || strcmp(wall, s->last) > 0)
		s->last = wall;
}

static void
add_id(struct side *s, const char *id)
{
	s->runs = xreallocarray(s->runs, s->n_runs + 1, sizeof(*s->runs));
	s->runs[s->n_runs++] = id;
}

/* Is one of the runs from first on among those before?  A copy of a run, or
 * another name of its file, is no second witness. */
static bool
is_told_again(const struct side *s, size_t first, const char *file)
{
	for (size_t i = first; i < s->n_runs; i++)
		for (size_t k = 0; k < first; k++)
			if (s->runs[i] == s->runs[k]) {
				diag_warnx("%s: run %s is on this side "
				    "already; a run counts once", file,
				    s->runs[i]);
				return true;
			}
	return false;
}

/* ---- from raw records ------------------------------------------------- */

static void
add_request(struct side *s, struct names *names, const struct tables *t,
    const struct request_row *q)
{
	struct side_row *row;
	enum metric m;

	if (!tables_was_tried(q))
		return;
	row = add_row(s);
	row->pair = names_adds(names, q->at->pair);
	row->variant = names_adds(names, q->at->variant);
	row->scenario = names_adds(names, q->at->scenario);
	row->cache = names_adds(names, q->asked->cache);
	row->prompt_key = names_adds(names, names_text(t->names,
	    q->prompt_key));
	row->start_s = (double)q->t_sent / 1e9;
	row->load = (uint32_t)s->n_loads +
	    (q->visit == NULL ? 0 : q->visit->ordinal);
	row->run = s->n_runs;
	row->is_good = group_counts(q);
	if (row->is_good)
		for (m = 0; m < M_OF_REQUEST; m++)
			row->v[m] = request_v(q, m);
}

/* The most that was held in a visit: footprint where any has it, else rss; NAN
 * where nobody knows whose memory it is. */
static double
peak_bytes(const struct run *r, const struct groups *g, const struct visit *at)
{
	enum counter c = C_RSS;

	for (size_t i = 0; i < g->n_variants; i++)
		if (variant_visited(&g->variants[i], at) &&
		    !holding_is_told(r, &g->variants[i]))
			return NAN;
	for (size_t i = 0; i < r->n_mems && c == C_RSS; i++)
		if (!isnan(r->mems[i].v[C_FOOTPRINT]))
			c = C_FOOTPRINT;
	return holding_peak(at, c);
}

static void
add_load(struct side *s, struct names *names, const struct run *r,
    const struct groups *g, const struct visit *at)
{
	struct side_row *row;

	if (!visit_is_loaded(at) || at->t_loaded < at->t_begin)
		return;
	row = add_row(s);
	row->pair = names_adds(names, at->pair);
	row->variant = names_adds(names, at->variant);
	row->start_s = (double)at->t_begin / 1e9;
	row->load = (uint32_t)s->n_loads + at->ordinal;
	row->run = s->n_runs;
	row->is_load = true;
	row->v[M_LOAD] = visit_load_s(at);
	row->v[M_PEAK_MEMORY] = peak_bytes(r, g, at) / 0x1p20;
}

static void
add_run(struct side *s, struct names *names, struct tables *t, struct run *r)
{
	struct groups g;

	link_run(r);
	groups_of(&g, t, r);
	for (size_t i = 0; i < r->n_visits; i++)
		add_load(s, names, r, &g, &r->visits[i]);
	for (size_t i = 0; i < g.n_groups; i++)
		for (size_t k = 0; k < g.groups[i].n; k++)
			if (!g.groups[i].q[k]->asked->warmup)
				add_request(s, names, t, g.groups[i].q[k]);
	groups_fini(&g);
	add_start(s, names, r->wall);
	s->n_loads += r->n_visits;
	add_id(s, names_adds(names, r->id));
}

static int
load_raw(struct side *s, struct names *names, char *path)
{
	struct input in = { .files = &path, .n = 1 };
	struct tables t;
	int status;
	size_t i;

	tables_init(&t);
	status = input_read(&t, &in);
	link_sort_runs(&t);
	for (i = 0; i < t.n_runs; i++)
		if (!aggregate_refuses(t.runs[i]))
			add_run(s, names, &t, t.runs[i]);
		else
			status = EXIT_INPUT;
	tables_fini(&t);
	return status;
}

/* ---- from metric records ---------------------------------------------- */

/* The place of the run of a record among those of its side. */
static size_t
run_of(struct side *s, struct names *names, const cJSON *o, size_t first)
{
	const char *id = names_adds(names, json_get_str(o, "run", ""));
	size_t i = first;

	while (i < s->n_runs && s->runs[i] != id)
		i++;
	if (i == s->n_runs)
		add_id(s, id);
	return i;
}

/* A number that stands for the load of a sample: its run and its ordinal. */
static uint32_t
load_id(const cJSON *o, double load)
{
	const char *run = json_get_str(o, "run", "");
	uint64_t h = names_hash(run, strlen(run));

	return (uint32_t)(h ^ h >> 32) + (load > 0 ? (uint32_t)load : 0);
}

static void
add_sample(struct side *s, struct names *names, const cJSON *o, size_t first)
{
	const struct field_reader reader = { .keep = names_keep, .arg = names };
	const struct schema *schema = schema_of(ROW_SAMPLE);
	struct row_sample q;
	struct side_row *row;
	enum metric m;

	field_init(schema, &q);
	field_read(schema, &q, o, &reader);
	if (q.warmup == 1 || names_cmp(q.status, "cancelled") == 0 ||
	    names_cmp(q.status, "skipped") == 0 ||
	    names_cmp(q.status, "cut") == 0)
		return;
	row = add_row(s);
	row->pair = q.pair;
	row->variant = q.variant;
	row->scenario = q.scenario;
	row->cache = q.cache;
	row->prompt_key = q.prompt_key;
	row->start_s = isnan(q.sent_s) ? 0 : q.sent_s;
	row->load = load_id(o, q.load);
	row->run = run_of(s, names, o, first);
	row->is_good = names_cmp(q.status, "ok") == 0 ||
	    names_cmp(q.status, "truncated") == 0;
	if (row->is_good)
		for (m = 0; m < M_OF_REQUEST; m++)
			row->v[m] = *row_sample_metric(&q, m);
}

static int
load_metrics(struct side *s, struct names *names, const char *path)
{
	struct ndjson *in = ndjson_open(path);
	struct tally bad = { 0 };
	enum ndjson_result result;
	struct slice line;
	size_t first = s->n_runs;
	cJSON *o;

	if (in == NULL)
		return EXIT_SYSTEM;
	while ((result = ndjson_next(in, &line)) == NDJSON_LINE ||
	    result == NDJSON_TOO_LONG) {
		if (result == NDJSON_LINE && line.len == 0)
			continue;
		o = result == NDJSON_LINE ? json_parse(line.p, line.len) :
		    NULL;
		if (o == NULL) {
			bad.not_json++;
			input_complain(&bad, in, result == NDJSON_LINE ?
			    "not JSON" : "longer than any record");
		} else if (strcmp(json_get_str(o, "type", ""), "sample") == 0)
			add_sample(s, names, o, first);
		else if (strcmp(json_get_str(o, "type", ""), "run") == 0)
			add_start(s, names, json_get_str(o, "wall", NULL));
		cJSON_Delete(o);
	}
	ndjson_close(in);
	return result == NDJSON_ERROR ? EXIT_SYSTEM : bad.not_json > 0 ?
	    EXIT_INPUT : EXIT_DONE;
}

/* Is it a metrics stream?  Its first line is a run record that says so. */
static bool
is_metrics(const char *path)
{
	struct ndjson *in = ndjson_open(path);
	struct slice line;
	bool answer = false;
	cJSON *o;

	if (in == NULL)
		return false;
	if (ndjson_next(in, &line) == NDJSON_LINE) {
		o = json_parse(line.p, line.len);
		answer = strcmp(json_get_str(o, "stream", ""), "metrics") == 0;
		cJSON_Delete(o);
	}
	ndjson_close(in);
	return answer;
}

int
side_load(struct side *s, struct names *names, const char *path)
{
	struct stat st;
	size_t before = s->n, first = s->n_runs;
	char *file;
	int status;

	if (stat(path, &st) == -1) {
		diag_warn("%s", path);
		return EXIT_SYSTEM;
	}
	file = xasprintf("%s%s", path, S_ISDIR(st.st_mode) ? "/raw.ndjson" :
	    "");
	if (S_ISDIR(st.st_mode) && access(file, R_OK) == -1) {
		free(file);
		file = xasprintf("%s/metrics.ndjson", path);
	}
	if (access(file, R_OK) == -1) {
		diag_warn("%s%s", path, S_ISDIR(st.st_mode) ? "/raw.ndjson" :
		    "");
		free(file);
		return EXIT_SYSTEM;
	}
	/* What is not a file can be read only once. */
	status = (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)) &&
	    is_metrics(file) ? load_metrics(s, names, file) :
	    load_raw(s, names, file);
	if (status == EXIT_DONE && s->n == before) {
		diag_warnx("%s: no requests to compare; it takes raw records, or "
		    "what metricsagg --samples writes", file);
		status = EXIT_INPUT;
	}
	if (is_told_again(s, first, file))
		status = EXIT_USAGE;
	free(file);
	return status;
}

void
side_fini(struct side *s)
{
	free(s->rows);
	free(s->runs);
}
