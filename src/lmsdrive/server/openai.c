/*
 * OpenAI's API: what is asked in its words; and servers without a way of their
 * own to load or with one that nobody described, those that the owner of their
 * models names, and the rest.
 */

#include "api.h"

#include <stdlib.h>
#include <string.h>

/* ---- their models -------------------------------------------------------- */

bool
api_is_list(const cJSON *o)
{
	return cJSON_IsArray(json_get(o, "data"));
}

void
api_read_model(struct model *m, const cJSON *o)
{
	const cJSON *meta = json_get(o, "meta");
	int64_t served = -1;

	dialect_count(&served, o, "max_model_len");
	dialect_count(&m->size_bytes, meta, "size");
	dialect_count(&m->parameters, meta, "n_params");
	m->quantization = model_text(meta, "ftype");
	m->max_context_length = served;
	dialect_count(&m->max_context_length, meta, "n_ctx_train");
	/* Who tells this has the model, with this context. */
	if (served >= 0)
		model_add_instance(m, m->key)->context_length = served;
}

/* ---- requests ------------------------------------------------------------ */

static void
result(struct json *j, const struct tool_call *c, const char *text)
{
	json_object(j, NULL);
	json_str(j, "role", "tool");
	json_str(j, "tool_call_id", c->id);
	json_str(j, "content", text);
	json_close(j);
}

void
body_call(struct json *j, const struct tool_call *c)
{
	json_strn(j, "name", c->name.data, c->name.len);
	json_strn(j, "arguments", c->arguments.data != NULL ?
	    c->arguments.data : "", c->arguments.len);
}

static void
call(struct json *j, const struct history_turn *t)
{
	json_object(j, NULL);
	json_str(j, "role", "assistant");
	json_str(j, "content", t->assistant);
	json_array(j, "tool_calls");
	json_object(j, NULL);
	json_str(j, "id", t->call.id);
	json_str(j, "type", "function");
	json_object(j, "function");
	body_call(j, &t->call);
	json_close(j);
	json_close(j);
	json_close(j);
	json_close(j);
}

static void
tool(struct json *j, const cJSON *t)
{
	json_str(j, "type", "function");
	json_object(j, "function");
	body_tool(j, t, "parameters");
	json_close(j);
}

void
body_messages(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	static const struct body_words words = { body_message, call, result,
	    tool, "required", NULL };
	char *system = body_system(s);

	json_array(j, "messages");
	if (system != NULL)
		body_message(j, "system", system);
	body_turns(j, &words, prompt, h);
	json_close(j);
	body_tools(j, &words, s);
	free(system);
}

static bool
is_switch(const char *reasoning)
{
	return strcmp(reasoning, "off") == 0 || strcmp(reasoning, "on") == 0;
}

void
body_template_words(struct json *j, const struct step *s)
{
	const char *reasoning = s->sampling.reasoning;

	if (reasoning == NULL || s->raw_completion)
		return;
	json_object(j, "chat_template_kwargs");
	json_bool(j, "enable_thinking", strcmp(reasoning, "off") != 0);
	if (!is_switch(reasoning))
		json_str(j, "reasoning_effort", reasoning);
	json_close(j);
}

void
body_fixed_length(struct json *j, const struct step *s)
{
	if (s->sampling.fixed_length)
		json_bool(j, "ignore_eos", true);
}

void
body_chat(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	if (s->raw_completion)
		json_str(j, "prompt", prompt);
	else
		body_messages(j, s, prompt, h);
	json_bool(j, "stream", true);
	json_object(j, "stream_options");
	json_bool(j, "include_usage", true);
	json_close(j);
}

void
body_templated(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	body_chat(j, s, prompt, h);
	body_template_words(j, s);
}

/* OpenAI's word for "off" is "none"; for "on" it has none. */
const char *
body_effort(const struct step *s)
{
	const char *reasoning = s->sampling.reasoning;

	if (reasoning == NULL || s->raw_completion)
		return NULL;
	return !is_switch(reasoning) ? reasoning :
	    strcmp(reasoning, "off") == 0 ? "none" : NULL;
}

void
body_openai(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	body_chat(j, s, prompt, h);
	if (body_effort(s) != NULL)
		json_str(j, "reasoning_effort", body_effort(s));
}

/* ---- the servers --------------------------------------------------------- */

/* The MLX servers among them, which take more. */
#define MLX_SAMPLING .leaves_neutral = true, .sampling = { API_MORE_SAMPLING, \
	[SAMPLING_REPEAT_PENALTY] = "repetition_penalty" }
#define REST_SAMPLING .leaves_neutral = true, .sampling = { API_MORE_SAMPLING }

#define WAYS .api = API_OPENAI, .list = "/v1/models", .is_list = api_is_list, \
	.models = "data", .key = "id", .read_model = api_read_model, \
	.chat = "/v1/chat/completions", .write_body = body_openai, \
	.dialect = &dialect_openai

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
