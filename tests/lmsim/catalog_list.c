/* What is offered and what is loaded, as each dialect lists it. */

#include "catalog_api.h"

#include <stdlib.h>
#include <string.h>

#include "dialect.h"
#include "sim.h"

static bool
is_told_gguf(const struct model *m)
{
	for (size_t i = 0; i < m->n_faults; i++)
		if (m->faults[i].fault == FAULT_WRONG_FORMAT)
			return !m->is_gguf;
	return m->is_gguf;
}

/* As asked for, unless that is ignored, else as it always is. */
static void
write_option(struct json *j, const struct instance *inst, const char *key,
    const char *usual)
{
	const cJSON *asked = fault_has(inst->faults, FAULT_OPTIONS_IGNORED) ?
	    NULL : json_get(inst->asked, key);
	char *text = asked != NULL ? cJSON_PrintUnformatted(asked) : NULL;

	if (text != NULL)
		usual = text;
	if (usual != NULL)
		json_raw(j, key, usual, strlen(usual));
	free(text);
}

/* What only a model's own settings say. */
static void
write_more(struct json *j, const char *options)
{
	cJSON *o = options == NULL ? NULL :
	    json_parse(options, strlen(options));
	const cJSON *item;

	cJSON_ArrayForEach(item, o)
		json_copy(j, item->string, item, 4);
	cJSON_Delete(o);
}

void
catalog_write_config(struct json *j, const char *key,
    const struct instance *inst)
{
	json_object(j, key);
	json_int(j, "context_length", inst->context_length);
	if (inst->model->is_gguf) {
		write_option(j, inst, "eval_batch_size", "512");
		write_option(j, inst, "flash_attention", "true");
		write_option(j, inst, "num_experts", NULL);
		write_option(j, inst, "offload_kv_cache_to_gpu", "true");
	}
	write_more(j, inst->model->options);
	if (strcmp(key, "config") == 0)
		json_int(j, "parallel", inst->parallel);
	json_close(j);
}

static void
write_instances(struct json *j, const struct sim *sim, const struct model *m)
{
	const struct instance *inst;

	json_array(j, "loaded_instances");
	for (size_t i = 0; i < sim->fleet.n; i++) {
		inst = sim->fleet.items[i];
		if (inst->model != m || !instance_is_listed(inst))
			continue;
		json_object(j, NULL);
		json_str(j, "id", inst->id);
		catalog_write_config(j, "config", inst);
		json_close(j);
	}
	json_close(j);
}

static void
write_v1(struct json *j, struct sim *sim, const struct model *m)
{
	json_object(j, NULL);
	json_str(j, "type", "llm");
	json_str(j, "publisher", m->publisher);
	json_str(j, "key", m->key);
	json_str(j, "display_name", m->display_name);
	json_str(j, "architecture", m->architecture);
	json_object(j, "quantization");
	json_str(j, "name", m->quantization);
	if (m->bits_per_weight > 0)
		json_num(j, "bits_per_weight", m->bits_per_weight);
	else
		json_null(j, "bits_per_weight");
	json_close(j);
	json_int(j, "size_bytes", m->size_bytes);
	json_str(j, "params_string", m->params);
	write_instances(j, sim, m);
	json_int(j, "max_context_length", m->max_context);
	json_str(j, "format", is_told_gguf(m) ? "gguf" : "mlx");
	json_object(j, "capabilities");
	json_bool(j, "vision", false);
	json_bool(j, "trained_for_tool_use", true);
	json_close(j);
	if (m->device != NULL)
		json_str(j, "device_identifier", m->device);
	json_close(j);
}

void
catalog_list(struct exchange *x, const char *key, catalog_writer *write)
{
	const struct catalogue *c = x->sim->catalogue;
	struct json j;

	json_begin(&j, &x->reply);
	if (strcmp(key, "data") == 0)
		json_str(&j, "object", "list");
	json_array(&j, key);
	for (size_t i = 0; i < c->n_models; i++)
		write(&j, x->sim, &c->models[i]);
	json_end_line(&j);
	exchange_reply(x, 200);
}

void
catalog_list_v1(struct exchange *x)
{
	catalog_list(x, "models", write_v1);
}

static void
write_v0(struct json *j, struct sim *sim, const struct model *m)
{
	const struct instance *inst = fleet_of_model(&sim->fleet, m);
	bool is_loaded = inst != NULL && inst->state == INST_LOADED;

	json_object(j, NULL);
	json_str(j, "id", m->key);
	json_str(j, "object", "model");
	json_str(j, "type", "llm");
	json_str(j, "publisher", m->publisher);
	json_str(j, "arch", m->architecture);
	json_str(j, "compatibility_type", is_told_gguf(m) ? "gguf" : "mlx");
	json_str(j, "quantization", m->quantization);
	json_str(j, "state", is_loaded ? "loaded" : "not-loaded");
	json_int(j, "max_context_length", m->max_context);
	if (is_loaded)
		json_int(j, "loaded_context_length", inst->context_length);
	json_close(j);
}

void
catalog_list_v0(struct exchange *x)
{
	catalog_list(x, "data", write_v0);
}

void
catalog_one_v0(struct exchange *x)
{
	const char *key = x->path + strlen("/api/v0/models/");
	const struct model *m = catalogue_find(x->sim->catalogue, key);
	struct problem p;
	struct json j;

	if (m == NULL) {
		problem_set(&p, 404, "model_not_found",
		    "Model %.120s not found", key);
		problem_openai(&x->reply, &p);
		exchange_reply(x, 404);
		return;
	}
	json_init(&j, &x->reply);
	write_v0(&j, x->sim, m);
	buf_addc(&x->reply, '\n');
	exchange_reply(x, 200);
}

/* With just-in-time loading everything is offered, else what is loaded. */
static void
write_openai(struct json *j, struct sim *sim, const struct model *m)
{
	static const char *const owners[] = { [AS_LMSTUDIO] =
	    "organization_owner", [AS_LLAMA_SERVER] = "llamacpp",
	    [AS_VLLM] = "vllm", [AS_OMLX] = "omlx" };
	const struct catalogue *c = sim->catalogue;
	const struct instance *inst = fleet_of_model(&sim->fleet, m);

	if (!c->is_jit && (inst == NULL || inst->state != INST_LOADED))
		return;
	json_object(j, NULL);
	json_str(j, "id", m->key);
	json_str(j, "object", "model");
	if (c->imitates != AS_MLX_LM)
		json_str(j, "owned_by", c->owner != NULL ? c->owner :
		    owners[c->imitates]);
	if (c->imitates == AS_VLLM)
		json_int(j, "max_model_len", inst != NULL ?
		    inst->context_length : m->context);
	if (c->imitates == AS_LLAMA_SERVER) {
		json_object(j, "meta");
		json_int(j, "n_ctx_train", m->max_context);
		json_int(j, "size", m->size_bytes);
		if (m->n_params > 0)
			json_int(j, "n_params", m->n_params);
		if (m->quantization != NULL)
			json_str(j, "ftype", m->quantization);
		json_close(j);
	}
	json_close(j);
}

void
catalog_list_openai(struct exchange *x)
{
	catalog_list(x, "data", write_openai);
}

static const struct instance *
newest_of(const struct sim *sim, const struct model *m)
{
	for (size_t i = sim->fleet.n; i-- > 0;)
		if (sim->fleet.items[i]->model == m)
			return sim->fleet.items[i];
	return NULL;
}

static void
write_router(struct json *j, struct sim *sim, const struct model *m)
{
	const struct instance *inst = newest_of(sim, m);
	bool has_failed = inst != NULL && inst->state == INST_GONE &&
	    inst->error[0] != '\0';

	json_object(j, NULL);
	json_str(j, "id", m->key);
	json_str(j, "object", "model");
	json_str(j, "owned_by", "llamacpp");
	json_object(j, "status");
	/* "loaded" until its process is gone. */
	json_str(j, "value", inst == NULL || inst->state == INST_GONE ?
	    "unloaded" : inst->state == INST_LOADING ? "loading" : "loaded");
	json_array(j, "args");		/* of a router without -c */
	json_str(j, NULL, "llama-server");
	json_str(j, NULL, "--alias");
	json_str(j, NULL, m->key);
	json_close(j);
	if (has_failed) {
		json_bool(j, "failed", true);
		json_int(j, "exit_code", 1);
	}
	json_close(j);
	json_close(j);
}

void
catalog_list_router(struct exchange *x)
{
	catalog_list(x, "data", write_router);
}
