/* What a run that was broken off has done, from its records. */
#include "resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "ndjson.h"
#include "steps.h"
#include "xalloc.h"

enum { STEPS_MAX = 10 * 1000 * 1000, CUT_SHOWN = 200 };

/* A step that a record names, which so has begun; or NULL. */
static struct resume_step *
step_of(struct resume *r, int64_t number)
{
	size_t n = (size_t)number + 1;

	if (number < 0 || number > STEPS_MAX)
		return NULL;
	if (n > r->n_steps) {
		r->steps = xreallocarray(r->steps, n, sizeof(*r->steps));
		memset(r->steps + r->n_steps, 0,
		    (n - r->n_steps) * sizeof(*r->steps));
		r->n_steps = n;
	}
	r->steps[number].is_begun = true;
	return &r->steps[number];
}

static void
copy(char *out, size_t cap, const cJSON *o, const char *key)
{
	snprintf(out, cap, "%s", json_get_str(o, key, ""));
}

static void
forget(struct resume *r, struct resume_load *l)
{
	free(l->url);
	free(l->model);
	free(l->instance);
	*l = r->loads[--r->n_loads];
}

static void
take_run(struct resume *r, const cJSON *o)
{
	const cJSON *server = json_get(o, "server"), *host = json_get(o,
	    "host");

	/* What it was at before, it left unfinished. */
	r->current = -1;
	for (size_t i = 0; i < r->n_loads; i++)
		r->loads[i].is_old = true;
	copy(r->run, sizeof(r->run), o, "run");
	copy(r->plan_sha256, sizeof(r->plan_sha256), o, "plan_sha256");
	copy(r->config_sha256, sizeof(r->config_sha256), o, "config_sha256");
	copy(r->boot_id, sizeof(r->boot_id), o, "boot_id");
	copy(r->url, sizeof(r->url), server, "url");
	copy(r->api, sizeof(r->api), server, "api");
	copy(r->version, sizeof(r->version), server, "version");
	copy(r->cpu, sizeof(r->cpu), host, "cpu");
	copy(r->kernel, sizeof(r->kernel), host, "kernel");
	r->memory_bytes = json_get_int(host, "memory_bytes", -1);
	r->origin_ns = strtoll(json_get_str(o, "origin_ns", "0"), NULL, 10);
}

/* A run that goes on unloads what was left at a server before its first step
 * there: what is loaded from then on is of others. */
static void
forget_old(struct resume *r, const char *url)
{
	size_t i = 0;

	while (i < r->n_loads)
		if (r->loads[i].is_old && strcmp(r->loads[i].url, url) == 0)
			forget(r, &r->loads[i]);
		else
			i++;
}

static void
take_step(struct resume *r, const cJSON *o)
{
	int64_t number = json_get_int(o, "step", -1);
	struct resume_step *s = step_of(r, r->current);

	copy(r->step_url, sizeof(r->step_url), o, "server_url");
	forget_old(r, r->step_url);
	if (s != NULL && r->current != number)
		s->is_over = true;
	r->current = number;
	/* Begun again: only what comes now counts. */
	if ((s = step_of(r, number)) != NULL)
		*s = (struct resume_step){ .is_begun = true };
}

static void
take_response(struct resume *r, const cJSON *o)
{
	enum response_status status =
	    response_status_of(json_get_str(o, "status", NULL));
	struct resume_step *s = step_of(r, json_get_int(o, "step", -1));

	bool is_decided = status == STATUS_SKIPPED &&
	    strcmp(json_get_str(o, "error", ""), STEP_DECIDED) == 0;

	if (is_decided)
		r->not_needed++;
	else if (status != STATUS_SKIPPED)	/* those come again */
		r->responses[status]++;
	if (s == NULL)
		return;
	s->is_decided = is_decided;
	if (is_decided)
		s->done++;
	else if (status == STATUS_CANCELLED || status == STATUS_SKIPPED)
		s->is_broken = true;
	else
		s->done++;
}

/* An unload or idle that ended is over, also as the last thing done. */
static void
take_phase(struct resume *r, const cJSON *o)
{
	struct resume_step *s = step_of(r, json_get_int(o, "step", -1));

	if (s == NULL || strcmp(json_get_str(o, "phase", ""), "end") != 0)
		return;
	if (strcmp(json_get_str(o, "status", ""), "ok") == 0)
		s->done++;
	else
		s->is_broken = true;
}

/* The load of this model (no instance yet), or of this instance; or NULL. */
static struct resume_load *
find_load(struct resume *r, const char *url, const char *model,
    const char *instance)
{
	struct resume_load *l;

	for (size_t i = 0; i < r->n_loads; i++) {
		l = &r->loads[i];
		if (strcmp(l->url, url) == 0 && (l->instance == NULL ?
		    strcmp(l->model, model) == 0 :
		    strcmp(l->instance, instance) == 0))
			return l;
	}
	return NULL;
}

/* What is loaded at the end of the records, by us. */
static void
take_load(struct resume *r, const cJSON *o)
{
	const char *model = json_get_str(o, "model", "");
	int64_t at_ns = r->origin_ns + json_get_int(o, "t_ns", 0);
	struct resume_load *l;

	if (strcmp(json_get_str(o, "phase", ""), "begin") == 0) {
		r->loads = xreallocarray(r->loads, r->n_loads + 1,
		    sizeof(*r->loads));
		r->loads[r->n_loads++] = (struct resume_load){
		    .url = xstrdup(r->step_url), .model = xstrdup(model),
		    .begun_ns = at_ns };
		return;
	}
	l = find_load(r, r->step_url, model, "");
	if (l != NULL && strcmp(json_get_str(o, "status", ""), "ok") == 0) {
		l->instance = xstrdup(json_get_str(o, "instance", ""));
		if (at_ns - l->begun_ns > r->longest_load_ns)
			r->longest_load_ns = at_ns - l->begun_ns;
	} else if (l != NULL)
		forget(r, l);
}

static void
take_unload(struct resume *r, const cJSON *o)
{
	struct resume_load *l = find_load(r, r->step_url, "",
	    json_get_str(o, "instance", ""));

	if (l != NULL && strcmp(json_get_str(o, "status", ""), "ok") == 0)
		forget(r, l);
}

/* A number is used by whatever names it: a request that was in flight has
 * records, but no response. */
static void
take_numbers(struct resume *r, const cJSON *o)
{
	int64_t req = json_get_int(o, "req", -1);
	int64_t step = json_get_int(o, "step", -1);

	if (req > r->last_req)
		r->last_req = req;
	if (step > r->last_step)
		r->last_step = step;
}

static void
take_line(struct resume *r, const cJSON *o)
{
	take_numbers(r, o);
	switch (record_type_of(json_get_str(o, "type", NULL))) {
	case RECORD_RUN:
		take_run(r, o);
		break;
	case RECORD_STEP:
		take_step(r, o);
		break;
	case RECORD_RESPONSE:
		take_response(r, o);
		break;
	case RECORD_LOAD:
		take_load(r, o);
		take_phase(r, o);
		break;
	case RECORD_UNLOAD:
		take_unload(r, o);
		take_phase(r, o);
		break;
	case RECORD_IDLE:
		take_phase(r, o);
		break;
	case RECORD_DECIDED:
		decisions_take(&r->decided, o, false);
		break;
	default:
		break;
	}
}

/* The last line, if it is half a record: that is what broken off means. */
static void
take_cut(struct resume *r, const struct ndjson *in, const struct slice *line,
    bool is_record)
{
	if (!ndjson_was_cut(in))
		return;
	r->cut_bytes = is_record ? 0 : line->len;
	r->cut_text = xstrndup(line->p, line->len < CUT_SHOWN ? line->len :
	    CUT_SHOWN);
}

int
resume_read(struct resume *r, const char *folder)
{
	enum ndjson_result got;
	struct ndjson *in;
	struct slice line;
	cJSON *o;

	memset(r, 0, sizeof(*r));
	r->current = -1;
	r->path = xasprintf("%s/raw.ndjson", folder);
	if ((in = ndjson_open(r->path)) == NULL)
		return -1;
	while ((got = ndjson_next(in, &line)) == NDJSON_LINE ||
	    got == NDJSON_TOO_LONG) {
		o = got == NDJSON_LINE ? json_parse(line.p, line.len) : NULL;
		take_line(r, o);
		if (got == NDJSON_LINE)
			take_cut(r, in, &line, cJSON_IsObject(o));
		cJSON_Delete(o);
	}
	if (got != NDJSON_ERROR && r->run[0] == '\0')
		diag_warnx("%s: there is no run record: nothing to resume",
		    ndjson_name(in));
	ndjson_close(in);
	return got == NDJSON_ERROR || r->run[0] == '\0' ? -1 : 0;
}

void
resume_fini(struct resume *r)
{
	while (r->n_loads > 0)
		forget(r, &r->loads[0]);
	decisions_fini(&r->decided);
	free(r->loads);
	free(r->steps);
	free(r->path);
	free(r->cut_text);
	*r = (struct resume){ .steps = NULL };
}
