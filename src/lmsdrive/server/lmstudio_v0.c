/*
 * LM Studio's v0 API: OpenAI's, with more in the list and in whole answers.  It
 * loads what a request names, and takes no call for it.
 */

#include "api.h"

#include <string.h>

static bool
is_list(const cJSON *o)
{
	const cJSON *first = cJSON_GetArrayItem(json_get(o, "data"), 0);

	return api_is_list(o) && (first == NULL ||
	    json_get_str(first, "state", NULL) != NULL);
}

static void
read_model(struct model *m, const cJSON *o)
{
	m->type = model_text(o, "type");
	m->format = model_text(o, "compatibility_type");
	m->architecture = model_text(o, "arch");
	m->quantization = model_text(o, "quantization");
	m->status = model_text(o, "state");
	dialect_count(&m->max_context_length, o, "max_context_length");
	m->is_remote = model_is_elsewhere(o);
	if (m->status != NULL && strcmp(m->status, "loaded") == 0)
		dialect_count(&model_add_instance(m, m->key)->context_length,
		    o, "loaded_context_length");
}

const struct server_api api_lmstudio_v0 = {
	.api = API_LMSTUDIO_V0, .name = "LM Studio",
	.greeting = "/lmstudio-greeting", .is_greeting = lmstudio_is_greeting,
	.list = "/api/v0/models", .is_list = is_list,
	.models = "data", .key = "id", .read_model = read_model,
	.tells_loaded = true, .runtime = lmstudio_runtime,
	.chat = "/api/v0/chat/completions", .write_body = body_openai,
	.sampling = { API_MORE_SAMPLING,
	    [SAMPLING_REPEAT_PENALTY] = "repeat_penalty" },
	.draft_model = "draft_model",
	.dialect = &dialect_openai
};
