/* run, integrity, self: what was read, and whether to believe it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "version.h"

/* Fewer a weight hold no model: the size or the parameters are another's. */
#define LEAST_BITS 0.5

enum { FLUSH = 64 * 1024 };

/* Begin a record of the view's run. */
static void
begin(struct view *v, struct json *j, const char *type)
{
	if (v->flush != NULL && v->out->len >= FLUSH)
		v->flush(v->out);
	record_begin(j, v->out, type, v->r->id, v->r->t_last);
	v->records++;
}

void
emit_row(struct view *v, enum row_type type, const void *row, unsigned cases)
{
	const struct schema *s = schema_of(type);
	struct json j;

	begin(v, &j, s->type);
	field_write(s, row, FIELD_WHOLE | cases, &j);
	json_end_line(&j);
}

void
emit_init(enum row_type type, void *row, const struct group *g)
{
	const struct schema *s = schema_of(type);

	field_init(s, row);
	field_set_text(s, row, "pair", g->pair);
	field_set_text(s, row, "kind", g->kind);
	field_set_text(s, row, "variant", g->variant);
	field_set_text(s, row, "scenario", g->scenario);
	field_set_text(s, row, "cache", g->cache);
}

void
emit_init_variant(enum row_type type, void *row, const struct variant *va)
{
	const struct group g = { .pair = va->pair, .kind = va->kind,
	    .variant = va->variant };

	emit_init(type, row, &g);
}

void
emit_pairs(struct view *v, void (*put)(struct view *v,
    const struct variant *va, size_t n))
{
	const struct variant *va = v->g.variants;
	size_t n;

	for (size_t at = 0; at < v->g.n_variants; at += n) {
		for (n = 1; at + n < v->g.n_variants &&
		    va[at + n].pair == va[at].pair; n++)
			;
		put(v, &va[at], n);
	}
}

/* "8B", "1.5B", "270M", "26B-A4B": what is in a name, rounded.  Not of "8x7B",
 * whose experts share a part. */
static double
parameters_of(const struct raw_span *m)
{
	char *end;
	double n;

	if (m->parameters > 0)
		return (double)m->parameters;
	if (m->params == NULL)
		return NAN;
	n = strtod(m->params, &end);
	if (end == m->params || !(n > 0) || *end == '\0' ||
	    strchr("BM", *end) == NULL || (end[1] != '\0' && end[1] != '-'))
		return NAN;
	return n * (*end == 'B' ? 1e9 : 1e6);
}

static void
put_model(struct json *j, const struct variant *va)
{
	const struct raw_span *m = va->info;
	struct raw_span none;
	struct row_model row;

	if (m == NULL) {
		raw_init(RECORD_LOAD, &none);
		m = &none;
	}
	emit_init_variant(ROW_MODEL, &row, va);
	row.model = m->model != NULL ? m->model : va->model;
	row.instance = m->instance;
	row.format = m->format != NULL ? m->format : va->format;
	row.quantization = m->quantization;
	row.bits_per_weight = m->bits_per_weight;
	row.effective_bits_per_weight = 8 * tables_known(m->size_bytes) /
	    parameters_of(m);
	if (row.effective_bits_per_weight < LEAST_BITS)
		row.effective_bits_per_weight = NAN;
	row.params = m->params;
	row.parameters = tables_known(m->parameters);
	row.architecture = m->architecture;
	row.size_bytes = tables_known(m->size_bytes);
	row.context_length = tables_known(m->context_length);
	row.requested_context_length =
	    tables_known(m->requested_context_length);
	row.parallel = tables_known(m->parallel);
	row.options = va->options;
	row.options_from = va->options_from;
	row.sampling = va->sampling;
	row.server_sampling = m->server_sampling;
	row.draft_tokens = tables_known(va->draft_tokens);
	row.accepted_tokens = tables_known(va->accepted_tokens);
	row.runtime = va->runtime;
	row.server_url = m->server_url;
	row.api = m->api;
	row.server_name = m->server_name;
	row.server_version = m->server_version;
	row.loads = (double)va->loads;
	json_object(j, NULL);
	field_write(schema_of(ROW_MODEL), &row, 0, j);
	json_close(j);
}

/* The list of models, as text, to be freed. */
static char *
models_of(const struct groups *g)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_init(&j, &out);
	json_array(&j, NULL);
	for (size_t i = 0; i < g->n_variants; i++)
		put_model(&j, &g->variants[i]);
	json_close(&j);
	return buf_steal(&out);
}

/* By the run record, or by a note: a server that is started for its load, and
 * that of another variant, say only later what they are. */
static bool
is_simulated(const struct view *v)
{
	for (size_t i = 0; i < v->f.n; i++)
		if (strcmp(v->f.f[i].code, "simulated") == 0)
			return true;
	return false;
}

/* The raw run record, as it is, into row. */
static void
read_line(struct view *v, struct row_run *row)
{
	const struct field_reader reader = { .wants_whole = true,
	    .keep = names_keep, .arg = v->t->names };
	const char *line = v->r->line;
	cJSON *o = line == NULL ? NULL : json_parse(line, strlen(line));

	field_init(schema_of(ROW_RUN), row);
	field_read(schema_of(ROW_RUN), row, o, &reader);
	cJSON_Delete(o);
}

void
emit_run(struct view *v)
{
	const struct schema *s = schema_of(ROW_RUN);
	const struct run *r = v->r;
	struct row_run row;
	struct json j;
	char *models;

	read_line(v, &row);
	row.source = row.tool;
	row.tool = "metricsagg " LMGAUGE_VERSION;
	if (is_simulated(v))
		row.simulated = true;
	row.duration_s = (double)r->t_last / 1e9;
	row.requests = (double)v->requests;
	row.failed = (double)v->failed;
	row.interrupted = false;
	for (size_t i = 0; i < r->n_ends; i++)
		row.interrupted |= r->ends[i].interrupted;
	row.complete = tables_is_complete(r);
	row.models = models = models_of(&v->g);
	begin(v, &j, s->type);
	json_int(&j, "v", RECORD_VERSION);
	json_str(&j, "stream", "metrics");
	field_write(s, &row, FIELD_WHOLE, &j);
	json_end_line(&j);
	free(models);
}

void
emit_findings(struct view *v)
{
	struct row_integrity row;
	const struct finding *f;

	findings_sort(&v->f);
	for (f = v->f.f; f < v->f.f + v->f.n; f++) {
		row = (struct row_integrity){ .count = (double)f->count,
		    .level = finding_level_name(f->level), .code = f->code,
		    .pair = f->pair, .variant = f->variant,
		    .scenario = f->scenario, .message = f->message };
		emit_row(v, ROW_INTEGRITY, &row, 0);
	}
}

void
emit_self(struct view *v)
{
	const struct end_row *e;
	struct row_self row;

	for (e = v->r->ends; e < v->r->ends + v->r->n_ends; e++) {
		if (e->cpu_ns == -1 && e->wall_ns == -1)
			continue;
		row = (struct row_self){ .tool = e->tool,
		    .cpu_ns = tables_known(e->cpu_ns),
		    .wall_ns = tables_known(e->wall_ns),
		    .cpu_ratio = e->wall_ns > 0 ? tables_known(e->cpu_ns) /
		    (double)e->wall_ns : (double)NAN,
		    .max_rss_bytes = tables_known(e->max_rss_bytes),
		    .samples = tables_known(e->samples),
		    .missed = tables_known(e->missed),
		    .worst_late_ns = tables_known(e->worst_late_ns) };
		emit_row(v, ROW_SELF, &row, 0);
	}
}
