/* vLLM: one model, which it has from its start. */

#include "api.h"

static bool
is_it(struct client *c)
{
	api_ask_version(c, "/version", "version");
	return true;
}

static void
write_body(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	body_templated(j, s, prompt, h);
	body_fixed_length(j, s);
}

const struct server_api api_vllm = {
	.api = API_OPENAI, .name = "vLLM",
	.list = "/v1/models", .is_list = api_is_list, .owner = "vllm",
	.is_it = is_it,
	.models = "data", .key = "id", .read_model = api_read_model,
	.tells_build = true,
	.chat = "/v1/chat/completions", .write_body = write_body,
	.sampling = { API_MORE_SAMPLING,
	    [SAMPLING_REPEAT_PENALTY] = "repetition_penalty" },
	.dialect = &dialect_openai
};
