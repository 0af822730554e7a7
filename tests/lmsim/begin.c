/* From the body of a request to a job: which model, which faults, or why
 * not. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "sim.h"
#include "tell.h"
#include "text.h"
#include "xalloc.h"

static const struct {
	enum fault fault;
	int status;
	const char *type, *message;
} http_faults[] = {
	{ FAULT_HTTP_401, 401, "invalid_request", "Invalid API key" },
	{ FAULT_HTTP_404, 404, "model_not_found", "No models loaded" },
	{ FAULT_HTTP_429, 429, "invalid_request", "Too many requests" },
	{ FAULT_HTTP_500, 500, "internal_error", "Internal error" },
	{ FAULT_HTTP_503, 503, "internal_error", "Loading model" },
	{ FAULT_ERROR_V1, 400, "invalid_request",
	    "The request is not valid (shape 1)" },
	{ FAULT_ERROR_OPENAI, 400, "invalid_request",
	    "The request is not valid (shape 2)" },
	{ FAULT_ERROR_STRING, 400, "invalid_request",
	    "The request is not valid (shape 3)" }
};

/* A fault that replies instead of generating; true when it did. */
static bool
reply_fault(struct job *job)
{
	struct exchange *x = job->x;
	void (*shape)(struct buf *, const struct problem *) =
	    job->dialect->problem;
	struct problem p;
	size_t i;

	if (fault_has(job->faults, FAULT_REDIRECT)) {
		x->location = "http://192.0.2.1/elsewhere";
		exchange_reply(x, 307);
		return true;
	}
	if (fault_has(job->faults, FAULT_NOT_JSON)) {
		buf_adds(&x->reply, "<html>not what you asked for</html>\n");
		x->content_type = "text/html";
		exchange_reply(x, 200);
		return true;
	}
	for (i = 0; i < sizeof(http_faults) / sizeof(http_faults[0]); i++)
		if (fault_has(job->faults, http_faults[i].fault))
			break;
	if (i == sizeof(http_faults) / sizeof(http_faults[0]))
		return false;
	problem_set(&p, http_faults[i].status, http_faults[i].type, "%s",
	    http_faults[i].message);
	if (http_faults[i].fault == FAULT_ERROR_V1)
		shape = problem_v1;
	else if (http_faults[i].fault == FAULT_ERROR_OPENAI)
		shape = problem_openai;
	else if (http_faults[i].fault == FAULT_ERROR_STRING)
		shape = problem_string;
	if (http_faults[i].status == 429 || http_faults[i].status == 503)
		x->retry_after = x->sim->catalogue->retry_after;
	shape(&x->reply, &p);
	exchange_reply(x, p.status);
	return true;
}

/* Loading on demand keeps one model: the one it loaded before goes, unless it
 * is at work. */
static void
evict(struct fleet *f)
{
	struct instance *inst;

	for (size_t i = 0; i < f->n; i++) {
		inst = f->items[i];
		if (strcmp(inst->by, "jit") == 0 && inst->active == 0 &&
		    inst->waiting == 0 && inst->state == INST_LOADED)
			fleet_unload(f, inst);
	}
}

/* The only instance that is loaded or on its way, or NULL when there are none
 * or several. */
static struct instance *
only_instance(struct fleet *f)
{
	struct instance *only = NULL;

	for (size_t i = 0; i < f->n; i++)
		if (f->items[i]->state == INST_LOADED ||
		    f->items[i]->state == INST_LOADING) {
			if (only != NULL)
				return NULL;
			only = f->items[i];
		}
	return only;
}

/* The model that name stands for; *inst its instance when there is one. */
static const struct model *
resolve(struct sim *sim, const char *name, struct instance **inst,
    struct problem *p)
{
	const struct model *m;

	*inst = fleet_by_id(&sim->fleet, name);
	if (*inst != NULL && ((*inst)->state == INST_LOADED ||
	    (*inst)->state == INST_LOADING))
		return (*inst)->model;
	m = catalogue_find(sim->catalogue, name);
	if (m != NULL && m->device == NULL) {
		*inst = fleet_of_model(&sim->fleet, m);
		if (*inst != NULL || sim->catalogue->is_jit)
			return m;
	}
	if (sim->catalogue->is_lenient || name[0] == '\0') {
		*inst = only_instance(&sim->fleet);
		if (*inst != NULL)
			return (*inst)->model;
	}
	if (m == NULL || m->device != NULL)
		problem_set(p, 404, "model_not_found", "Model %.120s not "
		    "found in downloaded models", name);
	else
		problem_set(p, 404, "model_not_found", "No models loaded. "
		    "Please load a model in the developer page or use the "
		    "'lms load' command.");
	p->param = "model";
	return NULL;
}

/* Some other model's key, for the fault wrong_model. */
static const char *
other_key(const struct sim *sim, const struct model *m)
{
	for (size_t i = 0; i < sim->catalogue->n_models; i++)
		if (&sim->catalogue->models[i] != m)
			return sim->catalogue->models[i].key;
	return "someone-elses-model";
}

static int
check_context(struct job *job, const struct instance *inst,
    struct problem *p)
{
	int64_t words = text_count_words(job->ask.texts.data,
	    job->ask.texts.len);
	int64_t context = inst != NULL ? inst->context_length :
	    job->model->context;

	if (words + job->model->template_tokens <= context ||
	    fault_has(job->faults, FAULT_TRUNCATE_PROMPT))
		return 0;
	problem_set(p, 400, "invalid_request", "The number of tokens to keep "
	    "from the initial prompt is greater than the context length "
	    "(%lld > %lld).", (long long)(words + job->model->template_tokens),
	    (long long)context);
	return -1;
}

static int
find_model(struct job *job, struct instance **inst, struct problem *p)
{
	struct sim *sim = job->sim;
	const struct model *m;

	m = resolve(sim, job->ask.model, inst, p);
	if (m == NULL)
		return -1;
	job->model = m;
	job->faults |= fault_due(m->faults, m->n_faults,
	    ++sim->asked[m - sim->catalogue->models]);
	if (job->ask.reasoning == 1 && m->reasoning_tokens == 0 &&
	    job->dialect == &dialect_v1) {
		problem_set(p, 400, "invalid_request", "Model %.80s does not "
		    "support reasoning", m->key);
		p->param = "reasoning";
		return -1;
	}
	if (m->refuses_forms && (job->ask.has_form ||
	    job->ask.tools.len > 0)) {
		problem_set(p, 400, "invalid_request", "'%s' is not "
		    "supported", job->ask.has_form ? "response_format" :
		    "tools");
		p->param = job->ask.has_form ? "response_format" : "tools";
		return -1;
	}
	if (*inst == NULL && fault_has(job->faults, FAULT_LOAD_REFUSED)) {
		problem_set(p, 500, "model_load_failed", "Model loading was "
		    "stopped due to insufficient system resources.");
		return -1;
	}
	return check_context(job, *inst, p);
}

static int
parse(struct job *job, struct problem *p)
{
	struct exchange *x = job->x;
	cJSON *o = json_parse(x->body.len > 0 ? x->body.data : "",
	    x->body.len);
	int rc = -1;

	if (cJSON_IsObject(o))
		rc = job->dialect->parse(&job->ask, o, p);
	else
		problem_set(p, 400, "invalid_request",
		    "The body is not a JSON object");
	cJSON_Delete(o);
	job->faults = x->faults | fault_in_prompt(job->ask.texts.len > 0 ?
	    job->ask.texts.data : "", job->ask.texts.len);
	return rc;
}

void
job_begin(struct exchange *x, const struct dialect *d)
{
	struct job *job = xcalloc(1, sizeof(*job));
	struct instance *inst = NULL;
	struct problem p;

	job->sim = x->sim;
	job->x = x;
	x->job = job;
	job->dialect = d;
	job->req = ++x->sim->requests;
	job->queued_ns = job->prefill_ns = job->prefill_end_ns = -1;
	ask_init(&job->ask);
	snprintf(job->id, sizeof(job->id), "chatcmpl-lmsim%lld",
	    (long long)job->req);
	if (parse(job, &p) == -1 || find_model(job, &inst, &p) == -1) {
		d->problem(&x->reply, &p);
		exchange_reply(x, p.status);
		job_over(job, "error");
		return;
	}
	if (reply_fault(job)) {
		job_over(job, "error");
		return;
	}
	exchange_wait(x);
	if (inst == NULL && x->sim->catalogue->has_auto_evict)
		evict(&x->sim->fleet);
	if (inst == NULL)
		inst = fleet_load(&x->sim->fleet, job->model, "jit",
		    job->ask.context_length, job->faults);
	job->served = xstrdup(fault_has(job->faults, FAULT_WRONG_MODEL) ?
	    other_key(x->sim, job->model) : inst->id);
	job_attach(job, inst);
}
