/*
 * Servers of OpenAI's API, without a way of their own to load or with one that
 * nobody described: those that the owner of their models names, and the rest.
 */

#include "api.h"

bool
api_is_list(const cJSON *o)
{
	return cJSON_IsArray(json_get(o, "data"));
}

void
api_read_model(struct model *m, const cJSON *o)
{
	const cJSON *meta = json_get(o, "meta");
	int64_t served = json_get_int(o, "max_model_len", -1);

	m->size_bytes = json_get_int(meta, "size", -1);
	m->parameters = json_get_int(meta, "n_params", -1);
	m->quantization = model_text(meta, "ftype");
	m->max_context_length = json_get_int(meta, "n_ctx_train", served);
	/* Who tells this has the model, with this context. */
	if (served >= 0)
		model_add_instance(m, m->key)->context_length = served;
}

/* The MLX servers among them, which take more. */
#define MLX_SAMPLING .leaves_neutral = true, .sampling = { API_MORE_SAMPLING, \
	[SAMPLING_REPEAT_PENALTY] = "repetition_penalty" }
#define REST_SAMPLING .leaves_neutral = true, .sampling = { API_MORE_SAMPLING }

#define WAYS .api = API_OPENAI, .list = "/v1/models", .is_list = api_is_list, \
	.models = "data", .key = "id", .read_model = api_read_model, \
	.chat = "/v1/chat/completions", .write_body = body_openai, \
	API_OPENAI_ANSWERS

const struct server_api api_omlx = { .name = "oMLX", .owner = "omlx",
	MLX_SAMPLING, WAYS };
const struct server_api api_rapid_mlx = { .name = "Rapid-MLX",
	.owner = "rapid-mlx", MLX_SAMPLING, WAYS };
const struct server_api api_vllm_mlx = { .name = "vllm-mlx",
	.owner = "vllm-mlx", MLX_SAMPLING, WAYS };
const struct server_api api_mlx_serve = { .name = "mlx-serve",
	.owner = "mlx-serve", REST_SAMPLING, WAYS };
const struct server_api api_openai = { .name = "OpenAI-compatible, unknown",
	.is_unknown = true, REST_SAMPLING, WAYS };
