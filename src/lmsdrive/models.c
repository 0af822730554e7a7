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

/* llama-server: its own model, or the router's; other OpenAI servers tell
 * less. */
static void
read_openai(struct model *m, const cJSON *o)
{
	const cJSON *meta = json_get(o, "meta");
	const cJSON *status = json_get(o, "status");

	m->status = text_of(status, "value");
	if (json_get_bool(status, "failed", false)) {
		free(m->status);
		m->status = xstrdup("failed");
	}
	m->size_bytes = json_get_int(meta, "size", -1);
	m->max_context_length = json_get_int(meta, "n_ctx_train",
	    json_get_int(o, "max_model_len", -1));
	if (meta != NULL || m->status != NULL)
		m->format = xstrdup("gguf");
	if (m->status == NULL || strcmp(m->status, "loaded") != 0)
		return;
	add_instance(m, m->key, NULL);
	m->instances[0].context_length = context_of(json_get(status, "args"));
}

int
models_parse(struct models *m, enum api api, const cJSON *o)
{
	const cJSON *list = json_get(o, api == API_LMSTUDIO ? "models" :
	    "data"), *item;
	const char *key;
	struct model *e;

	*m = (struct models){ NULL, 0 };
	if (!cJSON_IsArray(list))
		return -1;
	cJSON_ArrayForEach(item, list) {
		key = json_get_str(item, api == API_LMSTUDIO ? "key" : "id",
		    NULL);
		if (key == NULL || key[0] == '\0')
			continue;
		m->v = xreallocarray(m->v, m->n + 1, sizeof(*m->v));
		e = &m->v[m->n++];
		*e = (struct model){ .key = xstrdup(key),
		    .bits_per_weight = NAN, .size_bytes = -1,
		    .max_context_length = -1 };
		if (api == API_LMSTUDIO)
			read_v1(e, item);
		else if (api == API_LMSTUDIO_V0)
			read_v0(e, item);
		else
			read_openai(e, item);
	}
	return 0;
}

const struct model *
models_find(const struct models *m, const char *key)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->v[i].key, key) == 0)
			return &m->v[i];
	return NULL;
}

const struct model_instance *
models_find_instance(const struct models *m, const char *id,
    const struct model **model)
{
	size_t i, k;

	for (i = 0; i < m->n; i++)
		for (k = 0; k < m->v[i].n_instances; k++)
			if (strcmp(m->v[i].instances[k].id, id) == 0) {
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
