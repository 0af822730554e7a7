/* Ollama's own API, as far as it lists, loads and unloads: what a request
 * without a prompt does. */

#include <string.h>

#include "catalog_api.h"
#include "dialect.h"
#include "sim.h"

static void
write_details(struct json *j, const struct model *m)
{
	json_object(j, "details");
	json_str(j, "parent_model", "");
	json_str(j, "format", m->is_gguf ? "gguf" : "safetensors");
	json_str(j, "family", m->architecture);
	json_str(j, "parameter_size", m->params);
	json_str(j, "quantization_level", m->quantization);
	json_int(j, "context_length", m->max_context);
	json_close(j);
}

static void
write_model(struct json *j, const struct model *m)
{
	json_str(j, "name", m->key);
	json_str(j, "model", m->key);
	if (m->device != NULL) {
		json_str(j, "remote_model", m->key);
		json_str(j, "remote_host", m->device);
	}
	json_int(j, "size", m->size_bytes);
	json_str(j, "digest", "0123456789abcdef");
	write_details(j, m);
}

static void
write_listed(struct json *j, struct sim *sim, const struct model *m)
{
	(void)sim;
	json_object(j, NULL);
	write_model(j, m);
	json_close(j);
}

void
catalog_list_ollama(struct exchange *x)
{
	catalog_list(x, "models", write_listed);
}

void
catalog_running_ollama(struct exchange *x)
{
	const struct fleet *f = &x->sim->fleet;
	struct json j;

	json_begin(&j, &x->reply);
	json_array(&j, "models");
	for (size_t i = 0; i < f->n; i++) {
		if (f->items[i]->state != INST_LOADED &&
		    f->items[i]->state != INST_UNLOADING)
			continue;
		json_object(&j, NULL);
		write_model(&j, f->items[i]->model);
		json_int(&j, "size_vram", 0);
		json_int(&j, "context_length", f->items[i]->context_length);
		json_close(&j);
	}
	json_end_line(&j);
	exchange_reply(x, 200);
}

static void
fail(struct exchange *x, const struct problem *p)
{
	problem_string(&x->reply, p);
	exchange_reply(x, p->status);
}

static void
not_found(struct exchange *x, const char *key)
{
	struct problem p;

	problem_set(&p, 404, "not_found", "model '%.120s' not found", key);
	fail(x, &p);
}

/* "parameters": what the Modelfile sets, a line for each. */
static void
write_parameters(struct json *j, const char *sampling)
{
	cJSON *o = sampling != NULL ? json_parse(sampling, strlen(sampling)) :
	    NULL;
	struct buf lines = BUF_INIT;
	const cJSON *item;

	cJSON_ArrayForEach(item, o)
		buf_addf(&lines, "%-30s %g\n", item->string,
		    item->valuedouble);
	buf_addf(&lines, "%-30s \"<|eot_id|>\"", "stop");
	json_str(j, "parameters", buf_cstr(&lines));
	buf_fini(&lines);
	cJSON_Delete(o);
}

void
catalog_show_ollama(struct exchange *x)
{
	cJSON *o = json_parse(x->body.len > 0 ? x->body.data : "",
	    x->body.len);
	const char *key = json_get_str(o, "model", "");
	const struct model *m = catalogue_find(x->sim->catalogue, key);
	struct json j;

	if (m == NULL) {
		not_found(x, key);
	} else {
		json_begin(&j, &x->reply);
		write_parameters(&j, m->sampling);
		write_details(&j, m);
		json_object(&j, "model_info");
		json_str(&j, "general.architecture", m->architecture);
		if (m->n_params > 0)
			json_int(&j, "general.parameter_count", m->n_params);
		json_close(&j);
		json_end_line(&j);
		exchange_reply(x, 200);
	}
	cJSON_Delete(o);
}

static void
done(struct exchange *x, const struct model *m, const char *reason)
{
	struct json j;

	json_begin(&j, &x->reply);
	json_str(&j, "model", m->key);
	json_str(&j, "response", "");
	json_bool(&j, "done", true);
	json_str(&j, "done_reason", reason);
	json_end_line(&j);
	exchange_reply(x, 200);
}

static void
load_changed(struct exchange *x)
{
	const struct instance *inst = x->inst;
	struct problem p;

	if (inst->state == INST_LOADING)
		return;
	x->on_instance = NULL;
	x->inst = NULL;
	if (inst->state == INST_LOADED) {
		done(x, inst->model, "load");
		return;
	}
	problem_set(&p, 500, "api_error", "%s", inst->error);
	fail(x, &p);
}

static void
load(struct exchange *x, const struct model *m)
{
	struct instance *inst = fleet_of_model(&x->sim->fleet, m);

	exchange_wait(x);
	if (inst == NULL)
		inst = fleet_load(&x->sim->fleet, m, "api", -1,
		    catalog_load_faults(x, m));
	x->inst = inst;
	x->on_instance = load_changed;
	load_changed(x);
}

/* The model goes when it is idle; the answer does not wait for that. */
static void
unload(struct exchange *x, const struct model *m)
{
	struct instance *inst = fleet_of_model(&x->sim->fleet, m);

	if (inst != NULL)
		fleet_unload(&x->sim->fleet, inst);
	done(x, m, "unload");
}

void
catalog_generate_ollama(struct exchange *x)
{
	cJSON *o = json_parse(x->body.len > 0 ? x->body.data : "",
	    x->body.len);
	const char *key = json_get_str(o, "model", "");
	const struct model *m = catalogue_find(x->sim->catalogue, key);
	struct problem p;

	if (m == NULL) {
		not_found(x, key);
	} else if (json_get_str(o, "prompt", "")[0] != '\0') {
		problem_set(&p, 400, "invalid_request",
		    "lmsim generates through /api/chat and /v1 only");
		fail(x, &p);
	} else if (json_get_num(o, "keep_alive", -1) == 0) {
		unload(x, m);
	} else {
		load(x, m);
	}
	cJSON_Delete(o);
}
