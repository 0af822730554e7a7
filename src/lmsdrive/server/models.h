#ifndef LMG_LMSDRIVE_SERVER_MODELS_H
#define LMG_LMSDRIVE_SERVER_MODELS_H

/*
 * What a server says of its models, in whatever API, as one list.  models.c
 * reads (pure), loading.c asks, loads and unloads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "nearest.h"
#include "options.h"
#include "step/step.h"

struct model_instance {
	char *id;
	int64_t context_length, parallel;	/* -1: not told */
	cJSON *options;		/* what else it says of how it is loaded */
};

struct model {
	char *key;
	char *type, *format, *quantization, *params, *architecture;
	char *status;	/* llama-server's router; LM Studio v0; Ollama */
	int64_t exit_code;	/* of a router's model that failed; -1 */
	double bits_per_weight;	/* NAN: not told */
	/* -1: not told */
	int64_t parameters, size_bytes, max_context_length;
	bool is_remote;		/* belongs to another device */
	struct model_instance *instances;
	size_t n_instances;
};

struct models {
	struct model *v;
	size_t n;
};

void models_fini(struct models *m);

struct server_api;

/*
 * Read the answer to the list call of api into *m.  Returns 0, or -1 when it
 * is not such a list (m is then empty).  Entries without a key are left out.
 */
int models_parse(struct models *m, const struct server_api *api,
    const cJSON *o);

/*
 * What runs, where that is a list of its own.  Returns 0, or -1 when o is no
 * such list.  What runs and is not in *m is added.
 */
int models_add_running(struct models *m, const struct server_api *api,
    const cJSON *o);

/* The model with this key, or NULL; and whether it is what the server calls
 * name: the same, Ollama's "key:latest" for a key without a tag, or the path of
 * a GGUF file, of which the key may leave out the folder and the suffix. */
bool models_is_key(const char *name, const char *key);
struct model *models_find(const struct models *m, const char *key);

/* What to say of key, which is none of m's: the nearest that is, the only one,
 * or where they are listed; into out, which is returned. */
const char *models_hint(char out[NEAREST_CAP], const struct models *m,
    const char *key);

/* The instance of this id, its model in *model; or NULL. */
const struct model_instance *models_find_instance(const struct models *m,
    const char *id, const struct model **model);

/* ---- for the servers ---------------------------------------------------- */

/* A copy of the member key, NULL when it is no text. */
char *model_text(const cJSON *o, const char *key);

/* A device that is named is another one, but for "local" and nothing. */
bool model_names_device(const cJSON *v);

/* Does LM Studio list o (a model or an instance) for another device? */
bool model_is_elsewhere(const cJSON *o);

/* One more instance of m, of which nothing is known. */
struct model_instance *model_add_instance(struct model *m, const char *id);

/*
 * Options of how a model is loaded, NULL while there are none: those of more
 * over them, but for context and slots, which have their own place.  See
 * options.h for more of them.
 */
void model_add_options(cJSON **options, const cJSON *more);

/* The members of a load record that describe the model. */
void model_write(struct json *j, const struct model *m);

#endif
