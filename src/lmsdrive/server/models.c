#include "models.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "xalloc.h"

static void
free_model(struct model *m)
{
	size_t i;

	for (i = 0; i < m->n_instances; i++)
		free(m->instances[i].id);
	free(m->instances);
	free(m->key);
	free(m->type);
	free(m->format);
	free(m->quantization);
	free(m->params);
	free(m->architecture);
	free(m->status);
}

void
models_fini(struct models *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free_model(&m->v[i]);
	free(m->v);
	*m = (struct models){ NULL, 0 };
}

static char *
text_of(const cJSON *o, const char *key)
{
	const char *s = json_get_str(o, key, NULL);

	return s != NULL ? xstrdup(s) : NULL;
}

static void
add_instance(struct model *m, const char *id, const cJSON *config)
{
	struct model_instance *i;

	m->instances = xreallocarray(m->instances, m->n_instances + 1,
	    sizeof(*m->instances));
	i = &m->instances[m->n_instances++];
	i->id = xstrdup(id);
	i->context_length = json_get_int(config, "context_length", -1);
	i->parallel = json_get_int(config, "parallel", -1);
}

/* A device that is named is another one, but for "local" and nothing. */
static bool
names_device(const cJSON *v)
{
	if (cJSON_IsString(v))
		return v->valuestring[0] != '\0' &&
		    strcmp(v->valuestring, "local") != 0;
	return v != NULL && !cJSON_IsNull(v) && !cJSON_IsFalse(v);
}

/*
 * Does LM Studio list o (a model or an instance) for another device?  Its SDK
 * says deviceIdentifier, null for the own one; what its HTTP lists say is not
 * documented, so anything of that kind counts.
 */
static bool
is_elsewhere(const cJSON *o)
{
	static const char *const keys[] = {
		"device_identifier", "deviceIdentifier", "device_id",
		"deviceId", "device_name", "deviceName", "remote",
		"is_remote", "isRemote"
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (names_device(json_get(o, keys[i])))
			return true;
	return false;
}

/* LM Studio v1. */
static void
read_v1(struct model *m, const cJSON *o)
{
	const cJSON *q = json_get(o, "quantization"), *i;
	const char *id;

	m->type = text_of(o, "type");
	m->format = text_of(o, "format");
	m->architecture = text_of(o, "architecture");
	m->params = text_of(o, "params_string");
	m->quantization = text_of(q, "name");
	m->bits_per_weight = json_get_num(q, "bits_per_weight", NAN);
	m->size_bytes = json_get_int(o, "size_bytes", -1);
	m->max_context_length = json_get_int(o, "max_context_length", -1);
	m->is_remote = is_elsewhere(o);
	cJSON_ArrayForEach(i, json_get(o, "loaded_instances"))
		if ((id = json_get_str(i, "id", NULL)) != NULL) {
			add_instance(m, id, json_get(i, "config"));
			m->is_remote |= is_elsewhere(i);
		}
}

/* LM Studio v0. */
static void
read_v0(struct model *m, const cJSON *o)
{
	m->type = text_of(o, "type");
	m->format = text_of(o, "compatibility_type");
	m->architecture = text_of(o, "arch");
	m->quantization = text_of(o, "quantization");
	m->status = text_of(o, "state");
	m->max_context_length = json_get_int(o, "max_context_length", -1);
	m->is_remote = is_elsewhere(o);
	if (m->status == NULL || strcmp(m->status, "loaded") != 0)
		return;
	add_instance(m, m->key, NULL);
	m->instances[0].context_length =
	    json_get_int(o, "loaded_context_length", -1);
}

/* The router shows the arguments it started the model's server with. */
static int64_t
context_of(const cJSON *args)
{
	const cJSON *a;
	int64_t n;

	cJSON_ArrayForEach(a, args)
		if (cJSON_IsString(a) && a->next != NULL &&
		    cJSON_IsString(a->next) &&
		    (strcmp(a->valuestring, "--ctx-size") == 0 ||
		    strcmp(a->valuestring, "-c") == 0) &&
		    number_int(a->next->valuestring, 1, INT64_C(1) << 40,
		    &n) == 0)
			return n;
	return -1;
}

/* One that sleeps wakes up with the next request. */
static bool
is_in_use(const char *status)
{
	return status != NULL && (strcmp(status, "loaded") == 0 ||
	    strcmp(status, "sleeping") == 0);
}

/* llama-server: its own model, or the router's; vLLM: the one that runs, and
 * the context it was started with; other OpenAI servers tell less. */
static void
read_openai(struct model *m, const cJSON *o)
{
	const cJSON *meta = json_get(o, "meta");
	const cJSON *status = json_get(o, "status");
	int64_t vllm = json_get_int(o, "max_model_len", -1);

	m->status = text_of(status, "value");
	if (json_get_bool(status, "failed", false)) {
		free(m->status);
		m->status = xstrdup("failed");
		m->exit_code = json_get_int(status, "exit_code", -1);
	}
	m->size_bytes = json_get_int(meta, "size", -1);
	m->max_context_length = json_get_int(meta, "n_ctx_train", vllm);
	if (meta != NULL || m->status != NULL)
		m->format = xstrdup("gguf");
	if (!is_in_use(m->status) && vllm < 0)
		return;
	add_instance(m, m->key, NULL);
	m->instances[0].context_length = vllm >= 0 ? vllm :
	    context_of(json_get(status, "args"));
}

/* Ollama: safetensors are what it runs with MLX. */
static void
read_ollama(struct model *m, const cJSON *o)
{
	const cJSON *details = json_get(o, "details");
	const char *format = json_get_str(details, "format", NULL);

	if (format != NULL)
		m->format = xstrdup(strcmp(format, "safetensors") == 0 ?
		    "mlx" : format);
	m->architecture = text_of(details, "family");
	m->params = text_of(details, "parameter_size");
	m->quantization = text_of(details, "quantization_level");
	m->size_bytes = json_get_int(o, "size", -1);
	m->max_context_length = json_get_int(details, "context_length", -1);
	m->is_remote = names_device(json_get(o, "remote_host"));
	m->status = xstrdup("unloaded");
}

/* How each API's list is read. */
static const struct reader {
	const char *list, *key;
	void (*read)(struct model *m, const cJSON *o);
} readers[] = {
	[API_LMSTUDIO] = { "models", "key", read_v1 },
	[API_LMSTUDIO_V0] = { "data", "id", read_v0 },
	[API_OPENAI] = { "data", "id", read_openai },
	[API_LLAMA_ROUTER] = { "data", "id", read_openai },
	[API_OLLAMA] = { "models", "name", read_ollama }
};

static struct model *
add_model(struct models *m, const char *key)
{
	struct model *e;

	m->v = xreallocarray(m->v, m->n + 1, sizeof(*m->v));
	e = &m->v[m->n++];
	*e = (struct model){ .key = xstrdup(key), .bits_per_weight = NAN,
	    .size_bytes = -1, .max_context_length = -1, .exit_code = -1 };
	return e;
}

int
models_parse(struct models *m, enum api api, const cJSON *o)
{
	const struct reader *reader = &readers[api];
	const cJSON *list = json_get(o, reader->list), *item;
	const char *key;

	*m = (struct models){ NULL, 0 };
	if (!cJSON_IsArray(list))
		return -1;
	cJSON_ArrayForEach(item, list) {
		key = json_get_str(item, reader->key, NULL);
		if (key != NULL && key[0] != '\0')
			reader->read(add_model(m, key), item);
	}
	return 0;
}

bool
models_is_key(const char *name, const char *key)
{
	size_t n = strlen(key);

	return strcmp(name, key) == 0 || (strchr(key, ':') == NULL &&
	    strncmp(name, key, n) == 0 && strcmp(name + n, ":latest") == 0);
}

static struct model *
find(const struct models *m, const char *key)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (models_is_key(m->v[i].key, key))
			return &m->v[i];
	return NULL;
}

const struct model *
models_find(const struct models *m, const char *key)
{
	return find(m, key);
}

int
models_add_running(struct models *m, const cJSON *o)
{
	const cJSON *list = json_get(o, "models"), *item;
	const char *key;
	struct model *e;

	if (!cJSON_IsArray(list))
		return -1;
	cJSON_ArrayForEach(item, list) {
		if ((key = json_get_str(item, "name", NULL)) == NULL)
			continue;
		if ((e = find(m, key)) == NULL)
			read_ollama(e = add_model(m, key), item);
		free(e->status);
		e->status = xstrdup("loaded");
		add_instance(e, e->key, item);
	}
	return 0;
}

const struct model_instance *
models_find_instance(const struct models *m, const char *id,
    const struct model **model)
{
	size_t i, k;

	for (i = 0; i < m->n; i++)
		for (k = 0; k < m->v[i].n_instances; k++)
			if (models_is_key(m->v[i].instances[k].id, id)) {
				*model = &m->v[i];
				return &m->v[i].instances[k];
			}
	return NULL;
}

void
model_write(struct json *j, const struct model *m)
{
	json_str(j, "format", m->format);
	json_count(j, "size_bytes", m->size_bytes);
	json_str(j, "quantization", m->quantization);
	json_num(j, "bits_per_weight", m->bits_per_weight);
	json_str(j, "params", m->params);
	json_str(j, "architecture", m->architecture);
}
