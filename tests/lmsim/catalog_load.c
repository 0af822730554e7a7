/* Load and unload, as each dialect asks for them. */

#include "catalog_api.h"

#include <string.h>

#include "dialect.h"
#include "sim.h"

/* ---- loading ----------------------------------------------------------- */

static void
fail(struct exchange *x, const struct problem *p)
{
	problem_v1(&x->reply, p);
	exchange_reply(x, p->status);
}

/* The v1 load that x waits for has come to something. */
static void
load_changed(struct exchange *x)
{
	const struct instance *inst = x->inst;
	struct problem p;
	struct json j;

	if (inst->state == INST_LOADING)
		return;
	x->on_instance = NULL;
	x->inst = NULL;
	if (inst->state != INST_LOADED) {
		problem_set(&p, 500, "model_load_failed",
		    "Failed to load model \"%.80s\". Error: %.140s",
		    inst->model->key, inst->error);
		fail(x, &p);
		return;
	}
	json_begin(&j, &x->reply);
	json_str(&j, "type", "llm");
	json_str(&j, "instance_id", inst->id);
	json_num(&j, "load_time_seconds",
	    (double)(inst->end_ns - inst->begin_ns) / 1e9);
	json_str(&j, "status", "loaded");
	if (x->wants_echo)
		catalog_write_config(&j, "load_config", inst);
	json_end_line(&j);
	exchange_reply(x, 200);
}

static int
check_load_keys(const cJSON *o, const struct model *m, struct problem *p)
{
	static const char *const keys[] = { "model", "context_length",
		"echo_load_config", "eval_batch_size", "flash_attention",
		"num_experts", "offload_kv_cache_to_gpu", NULL };
	const cJSON *item;
	size_t i;

	cJSON_ArrayForEach(item, o) {
		for (i = 0; keys[i] != NULL; i++)
			if (strcmp(keys[i], item->string) == 0)
				break;
		if (keys[i] == NULL || (i > 2 && m != NULL && !m->is_gguf)) {
			problem_set(p, 400, "invalid_request",
			    "Unrecognized key(s) in object: '%.80s'",
			    item->string);
			p->code = "unrecognized_keys";
			return -1;
		}
	}
	return 0;
}

fault_set
catalog_load_faults(const struct exchange *x, const struct model *m)
{
	fault_set set = x->faults;

	for (size_t i = 0; i < m->n_faults; i++)
		set |= UINT64_C(1) << m->faults[i].fault;
	return set;
}

static const struct model *
model_to_load(struct exchange *x, const cJSON *o, struct problem *p)
{
	const char *key = json_get_str(o, "model", NULL);
	const struct model *m;

	if (key == NULL) {
		problem_set(p, 400, "invalid_request", "'model' is required");
		p->code = "missing_required_parameter";
		p->param = "model";
		return NULL;
	}
	m = catalogue_find(x->sim->catalogue, key);
	if (m == NULL)
		problem_set(p, 404, "model_not_found",
		    "Model %.120s not found in downloaded models", key);
	else if (fault_has(catalog_load_faults(x, m), FAULT_LOAD_REFUSED)) {
		problem_set(p, 500, "model_load_failed", "Model loading was "
		    "stopped due to insufficient system resources. Under the "
		    "current settings, this model requires more memory.");
		return NULL;
	}
	return m;
}

static void
load_v1(struct exchange *x, const cJSON *o)
{
	const struct model *m;
	struct instance *inst;
	struct problem p;

	m = model_to_load(x, o, &p);
	if (m != NULL && x->sim->busy < m->busy_loads) {
		x->sim->busy++;
		x->retry_after = x->sim->catalogue->retry_after;
		problem_set(&p, 503, "internal_error", "busy");
		m = NULL;
	}
	if (m == NULL || check_load_keys(o, m, &p) == -1) {
		fail(x, &p);
		return;
	}
	x->wants_echo = json_get_bool(o, "echo_load_config", false);
	exchange_wait(x);
	inst = fleet_load(&x->sim->fleet, m, "api",
	    json_get_int(o, "context_length", -1), catalog_load_faults(x, m));
	inst->asked = cJSON_Duplicate(o, true);
	x->inst = inst;
	x->on_instance = load_changed;
	load_changed(x);
}

/* Call then(x, body) with the request's JSON object, or reply 400. */
static void
with_object(struct exchange *x, void (*then)(struct exchange *,
    const cJSON *))
{
	cJSON *o = json_parse(x->body.len > 0 ? x->body.data : "",
	    x->body.len);
	struct problem p;

	if (cJSON_IsObject(o)) {
		then(x, o);
	} else {
		problem_set(&p, 400, "invalid_request",
		    "The body is not a JSON object");
		fail(x, &p);
	}
	cJSON_Delete(o);
}

void
catalog_load_v1(struct exchange *x)
{
	with_object(x, load_v1);
}

/* ---- unloading --------------------------------------------------------- */

static void
unload_changed(struct exchange *x)
{
	const struct instance *inst = x->inst;
	bool keeps = fault_has(inst->faults, FAULT_UNLOAD_KEEPS_MEMORY);
	struct json j;

	if (inst->state == INST_UNLOADING && !keeps)
		return;
	x->on_instance = NULL;
	x->inst = NULL;
	json_begin(&j, &x->reply);
	json_str(&j, "instance_id", inst->id);
	json_end_line(&j);
	exchange_reply(x, 200);
}

static void
unload_v1(struct exchange *x, const cJSON *o)
{
	const char *id = json_get_str(o, "instance_id", NULL);
	struct instance *inst = id == NULL ? NULL :
	    fleet_by_id(&x->sim->fleet, id);
	struct problem p;

	if (id == NULL) {
		problem_set(&p, 400, "invalid_request",
		    "'instance_id' is required");
		p.code = "missing_required_parameter";
		p.param = "instance_id";
		fail(x, &p);
		return;
	}
	if (inst == NULL || !instance_is_listed(inst)) {
		problem_set(&p, 404, "model_not_found", "Model instance %.120s "
		    "is not loaded", id);
		fail(x, &p);
		return;
	}
	if (fault_has(inst->faults | x->faults, FAULT_UNLOAD_FAILED)) {
		problem_set(&p, 500, "internal_error",
		    "Failed to unload model");
		fail(x, &p);
		return;
	}
	inst->faults |= x->faults;
	exchange_wait(x);
	x->inst = inst;
	x->on_instance = unload_changed;
	if (inst->state == INST_GHOST)
		unload_changed(x);
	else
		fleet_unload(&x->sim->fleet, inst);
}

void
catalog_unload_v1(struct exchange *x)
{
	with_object(x, unload_v1);
}

/* ---- llama-server's router: loading is asynchronous there -------------- */

static void
router_ok(struct exchange *x)
{
	buf_adds(&x->reply, "{\"success\":true}\n");
	exchange_reply(x, 200);
}

static void
load_router(struct exchange *x, const cJSON *o)
{
	struct problem p;
	const struct model *m = model_to_load(x, o, &p);

	if (m != NULL && fleet_of_model(&x->sim->fleet, m) != NULL) {
		problem_set(&p, 400, "invalid_request",
		    "model is already running");
		m = NULL;
	}
	if (m == NULL) {
		problem_openai(&x->reply, &p);
		exchange_reply(x, p.status);
		return;
	}
	fleet_load(&x->sim->fleet, m, "api", -1, catalog_load_faults(x, m));
	router_ok(x);
}

static void
unload_router(struct exchange *x, const cJSON *o)
{
	const struct model *m = catalogue_find(x->sim->catalogue,
	    json_get_str(o, "model", ""));
	struct instance *inst = m == NULL ? NULL :
	    fleet_of_model(&x->sim->fleet, m);
	struct problem p;

	if (inst == NULL) {
		problem_set(&p, 400, "invalid_request",
		    "model is not running");
		problem_openai(&x->reply, &p);
		exchange_reply(x, p.status);
		return;
	}
	inst->faults |= x->faults;
	fleet_unload(&x->sim->fleet, inst);
	router_ok(x);
}

void
catalog_load_router(struct exchange *x)
{
	with_object(x, load_router);
}

void
catalog_unload_router(struct exchange *x)
{
	with_object(x, unload_router);
}
