/* run, integrity, self: what was read, and whether to believe it. */
#include <math.h>
#include <string.h>

#include "emit.h"
#include "version.h"

enum { DEPTH_MAX = 16, FLUSH = 64 * 1024 };

void
emit_begin(struct view *v, struct json *j, const char *type)
{
	if (v->flush != NULL && v->out->len >= FLUSH)
		v->flush(v->out);
	record_begin(j, v->out, type, v->r->id, v->r->t_last);
	v->records++;
}

double
emit_count(int64_t n)
{
	return n < 0 ? (double)NAN : (double)n;
}

void
emit_row(struct view *v, enum row_type type, const void *row, unsigned cases)
{
	const struct schema *s = schema_of(type);
	struct json j;

	emit_begin(v, &j, s->type);
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
emit_who(struct json *j, const struct group *g)
{
	json_str(j, "pair", g->pair);
	json_str(j, "kind", g->kind);
	json_str(j, "variant", g->variant);
	json_str(j, "scenario", g->scenario);
}

/* Write the tree o again. */
static void
copy(struct json *j, const char *key, const cJSON *o, int depth)
{
	const cJSON *item;

	if (cJSON_IsString(o)) {
		json_str(j, key, o->valuestring);
	} else if (cJSON_IsNumber(o)) {
		json_num(j, key, o->valuedouble);
	} else if (cJSON_IsBool(o)) {
		json_bool(j, key, cJSON_IsTrue(o));
	} else if ((cJSON_IsObject(o) || cJSON_IsArray(o)) &&
	    depth < DEPTH_MAX) {
		if (cJSON_IsObject(o))
			json_object(j, key);
		else
			json_array(j, key);
		cJSON_ArrayForEach(item, o)
			copy(j, cJSON_IsObject(o) ? item->string : NULL, item,
			    depth + 1);
		json_close(j);
	} else {
		json_null(j, key);
	}
}

static bool
has_end(const struct run *r, const char *tool)
{
	size_t i;

	for (i = 0; i < r->n_ends; i++)
		if (strcmp(r->ends[i].tool, tool) == 0)
			return true;
	return false;
}

/* Did every tool that wrote to the stream also write its end? */
static bool
is_complete(const struct run *r)
{
	if (r->n_steps > 0 && !has_end(r, "lmsdrive"))
		return false;
	if (r->n_mems > 0 && !has_end(r, "memsample"))
		return false;
	return r->n_ends > 0;
}

static void
emit_model(struct json *j, const struct variant *va)
{
	const struct model_info none = { .size_bytes = -1,
	    .context_length = -1, .requested_context_length = -1,
	    .parallel = -1, .bits_per_weight = NAN };
	const struct model_info *m = va->info == NULL ? &none : va->info;

	json_object(j, NULL);
	json_str(j, "pair", va->pair);
	json_str(j, "kind", va->kind);
	json_str(j, "variant", va->variant);
	json_str(j, "model", m->model != NULL ? m->model : va->model);
	json_str(j, "instance", m->instance);
	json_str(j, "format", m->format != NULL ? m->format : va->format);
	json_str(j, "quantization", m->quantization);
	json_num(j, "bits_per_weight", m->bits_per_weight);
	json_str(j, "params", m->params);
	json_str(j, "architecture", m->architecture);
	json_count(j, "size_bytes", m->size_bytes);
	json_count(j, "context_length", m->context_length);
	json_count(j, "requested_context_length", m->requested_context_length);
	json_count(j, "parallel", m->parallel);
	json_str(j, "runtime", va->runtime);
	json_str(j, "server_url", m->server_url);
	json_str(j, "api", m->server_api);
	json_str(j, "server_name", m->server_name);
	json_str(j, "server_version", m->server_version);
	json_int(j, "loads", va->loads);
	json_close(j);
}

/* By the run record, or by a note: a server that is started for its load, and
 * that of another variant, say only later what they are. */
static bool
is_simulated(const struct view *v)
{
	size_t i;

	for (i = 0; i < v->f.n; i++)
		if (strcmp(v->f.f[i].code, "simulated") == 0)
			return true;
	return false;
}

void
emit_run(struct view *v)
{
	static const char *const keys[] = { "wall", "origin_ns", "boot_id",
	    "host", "server", "config", "config_sha256", "plan_sha256",
	    "steps", "simulated", "clock", "memory_interval_ns",
	    "calibration" };
	const struct run *r = v->r;
	cJSON *o = r->line == NULL ? NULL :
	    json_parse(r->line, strlen(r->line));
	bool interrupted = false;
	struct json j;
	size_t i;

	emit_begin(v, &j, "run");
	json_int(&j, "v", RECORD_VERSION);
	json_str(&j, "stream", "metrics");
	json_str(&j, "tool", "metricsagg " LMGAUGE_VERSION);
	json_str(&j, "source", json_get_str(o, "tool", NULL));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], "simulated") == 0 && is_simulated(v))
			json_bool(&j, "simulated", true);
		else
			copy(&j, keys[i], json_get(o, keys[i]), 0);
	cJSON_Delete(o);
	for (i = 0; i < r->n_ends; i++)
		interrupted |= r->ends[i].interrupted;
	json_num(&j, "duration_s", (double)r->t_last / 1e9);
	json_int(&j, "requests", v->requests);
	json_int(&j, "failed", v->failed);
	json_bool(&j, "interrupted", interrupted);
	json_bool(&j, "complete", is_complete(r));
	json_array(&j, "models");
	for (i = 0; i < v->g.n_variants; i++)
		emit_model(&j, &v->g.variants[i]);
	json_end_line(&j);
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
		    .cpu_ns = emit_count(e->cpu_ns), .wall_ns = emit_count(e->wall_ns),
		    .cpu_ratio = e->wall_ns > 0 ? emit_count(e->cpu_ns) /
		    (double)e->wall_ns : (double)NAN,
		    .max_rss_bytes = emit_count(e->max_rss_bytes),
		    .samples = emit_count(e->samples), .missed = emit_count(e->missed),
		    .worst_late_ns = emit_count(e->worst_late_ns) };
		emit_row(v, ROW_SELF, &row, 0);
	}
}
