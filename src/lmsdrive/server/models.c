#include "models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api.h"
#include "diag.h"
#include "xalloc.h"

static void
free_model(struct model *m)
{
	for (size_t i = 0; i < m->n_instances; i++) {
		free(m->instances[i].id);
		cJSON_Delete(m->instances[i].options);
	}
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
	for (size_t i = 0; i < m->n; i++)
		free_model(&m->v[i]);
	free(m->v);
	*m = (struct models){ NULL, 0 };
}

char *
model_text(const cJSON *o, const char *key)
{
	const char *s = json_get_str(o, key, NULL);

	return s != NULL ? xstrdup(s) : NULL;
}

struct model_instance *
model_add_instance(struct model *m, const char *id)
{
	struct model_instance *i;

	m->instances = xreallocarray(m->instances, m->n_instances + 1,
	    sizeof(*m->instances));
	i = &m->instances[m->n_instances++];
	*i = (struct model_instance){ .id = xstrdup(id),
	    .context_length = -1, .parallel = -1 };
	return i;
}

/* ---- options ------------------------------------------------------------ */

void
model_add_options(cJSON **options, const cJSON *more)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, more)
		if (item->string != NULL &&
		    strcmp(item->string, "context_length") != 0 &&
		    strcmp(item->string, "parallel") != 0)
			options_set(options, item->string,
			    cJSON_Duplicate(item, true));
}

bool
model_names_device(const cJSON *v)
{
	if (cJSON_IsString(v))
		return v->valuestring[0] != '\0' &&
		    strcmp(v->valuestring, "local") != 0;
	return v != NULL && !cJSON_IsNull(v) && !cJSON_IsFalse(v);
}

/*
 * LM Studio's SDK says deviceIdentifier, null for the own one; what its HTTP
 * lists say is not documented, so anything of that kind counts.
 */
bool
model_is_elsewhere(const cJSON *o)
{
	static const char *const keys[] = {
		"device_identifier", "deviceIdentifier", "device_id",
		"deviceId", "device_name", "deviceName", "remote",
		"is_remote", "isRemote"
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (model_names_device(json_get(o, keys[i])))
			return true;
	return false;
}

static struct model *
add_model(struct models *m, const char *key)
{
	struct model *e;

	m->v = xreallocarray(m->v, m->n + 1, sizeof(*m->v));
	e = &m->v[m->n++];
	*e = (struct model){ .key = xstrdup(key), .bits_per_weight = NAN,
	    .parameters = -1, .size_bytes = -1, .max_context_length = -1,
	    .exit_code = -1 };
	return e;
}

int
models_parse(struct models *m, const struct server_api *api, const cJSON *o)
{
	const cJSON *list = json_get(o, api->models), *item;
	const char *key;

	*m = (struct models){ NULL, 0 };
	if (!cJSON_IsArray(list))
		return -1;
	cJSON_ArrayForEach(item, list) {
		key = json_get_str(item, api->key, NULL);
		if (key != NULL && key[0] != '\0')
			api->read_model(add_model(m, key), item);
	}
	return 0;
}

/* Of a GGUF file (or the first of a model in several), its name without what
 * makes it a file; else all of it. */
static size_t
stem(const char *name)
{
	size_t len = strlen(name);

	if (len <= 5 || strcasecmp(name + len - 5, ".gguf") != 0)
		return len;
	len -= 5;
	if (len > 15 && strncmp(name + len - 15, "-00001-of-", 10) == 0)
		len -= 15;
	return len;
}

/* The path of the file, or the end of it, with or without its suffix. */
static bool
is_file(const char *path, const char *key)
{
	size_t n = stem(path), k = stem(key);

	return n < strlen(path) && k > 0 && k <= n &&
	    strncmp(path + n - k, key, k) == 0 &&
	    (k == n || path[n - k - 1] == '/' || path[n - k - 1] == '\\');
}

bool
models_is_key(const char *name, const char *key)
{
	size_t n = strlen(key);

	return strcmp(name, key) == 0 || is_file(name, key) ||
	    (strchr(key, ':') == NULL && strncmp(name, key, n) == 0 &&
	    strcmp(name + n, ":latest") == 0);
}

struct model *
models_find(const struct models *m, const char *key)
{
	struct model *other = NULL;

	for (size_t i = m->n; i-- > 0;) {
		if (strcmp(m->v[i].key, key) == 0)
			return &m->v[i];
		if (models_is_key(m->v[i].key, key))
			other = &m->v[i];
	}
	return other;
}

const char *
models_hint(char out[NEAREST_CAP], const struct models *m, const char *key)
{
	const char **keys = xcalloc(m->n + 1, sizeof(*keys));
	char otherwise[NEAREST_CAP];

	for (size_t i = 0; i < m->n; i++)
		keys[i] = m->v[i].key;
	if (m->n == 1)
		snprintf(otherwise, sizeof(otherwise), "; all it lists is "
		    "'%s'", keys[0]);
	else
		snprintf(otherwise, sizeof(otherwise), " (%s models lists "
		    "them)", diag_called());
	nearest_hint(out, key, keys, otherwise);
	free(keys);
	return out;
}

int
models_add_running(struct models *m, const struct server_api *api,
    const cJSON *o)
{
	const cJSON *list = json_get(o, api->models), *item;
	const char *key;
	struct model *e;

	if (!cJSON_IsArray(list))
		return -1;
	cJSON_ArrayForEach(item, list) {
		if ((key = json_get_str(item, api->key, NULL)) == NULL)
			continue;
		if ((e = models_find(m, key)) == NULL)
			api->read_model(e = add_model(m, key), item);
		free(e->status);
		e->status = xstrdup("loaded");
		dialect_count(&model_add_instance(e, e->key)->context_length,
		    item, "context_length");
	}
	return 0;
}

const struct model_instance *
models_find_instance(const struct models *m, const char *id,
    const struct model **model)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; k < m->v[i].n_instances; k++)
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
	json_count(j, "parameters", m->parameters);
	json_str(j, "architecture", m->architecture);
}
