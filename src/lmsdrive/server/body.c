#include "body.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "xalloc.h"

void
history_init(struct history *h)
{
	memset(h, 0, sizeof(*h));
}

void
history_fini(struct history *h)
{
	size_t i;

	for (i = 0; i < h->n; i++) {
		free(h->v[i].user);
		free(h->v[i].assistant);
	}
	free(h->v);
	free(h->response_id);
	free(h->key);
	history_init(h);
}

void
history_add(struct history *h, const char *user, const char *assistant,
    const char *response_id)
{
	h->v = xreallocarray(h->v, h->n + 1, sizeof(*h->v));
	h->v[h->n++] = (struct history_turn){ xstrdup(user),
	    xstrdup(assistant) };
	free(h->response_id);
	h->response_id = response_id != NULL ? xstrdup(response_id) : NULL;
}

/* Raw completions exist in the OpenAI dialect only, also at LM Studio. */
const char *
body_path(enum api api, const struct step *s)
{
	if (s->raw_completion)
		return "/v1/completions";
	return api == API_LMSTUDIO ? "/api/v1/chat" :
	    api == API_LMSTUDIO_V0 ? "/api/v0/chat/completions" :
	    "/v1/chat/completions";
}

static void
number_if(struct json *j, const char *key, double v)
{
	if (isfinite(v))
		json_num(j, key, v);
}

static void
count_if(struct json *j, const char *key, int64_t v)
{
	if (v >= 0)
		json_int(j, key, v);
}

/* v1 refuses keys it does not know: no seed there. */
static void
write_v1(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	const struct step_sampling *p = &s->sampling;

	json_str(j, "input", prompt);
	if (s->prompt.system != NULL)
		json_str(j, "system_prompt", s->prompt.system);
	json_bool(j, "stream", true);
	json_bool(j, "store", h != NULL);
	if (h != NULL && h->response_id != NULL)
		json_str(j, "previous_response_id", h->response_id);
	number_if(j, "temperature", p->temperature);
	number_if(j, "top_p", p->top_p);
	count_if(j, "top_k", p->top_k);
	count_if(j, "max_output_tokens", p->max_tokens);
	if (p->reasoning != NULL)
		json_str(j, "reasoning", p->reasoning);
}

static void
message(struct json *j, const char *role, const char *content)
{
	json_object(j, NULL);
	json_str(j, "role", role);
	json_str(j, "content", content);
	json_close(j);
}

static void
write_messages(struct json *j, const struct step *s, const char *prompt,
    const struct history *h)
{
	size_t i;

	json_array(j, "messages");
	if (s->prompt.system != NULL)
		message(j, "system", s->prompt.system);
	for (i = 0; h != NULL && i < h->n; i++) {
		message(j, "user", h->v[i].user);
		message(j, "assistant", h->v[i].assistant);
	}
	message(j, "user", prompt);
	json_close(j);
}

static bool
is_switch(const char *reasoning)
{
	return strcmp(reasoning, "off") == 0 || strcmp(reasoning, "on") == 0;
}

/* Servers that hand the chat template what the request says: most templates
 * know the switch, gpt-oss's the effort. */
static void
write_template_words(struct json *j, const char *reasoning)
{
	json_object(j, "chat_template_kwargs");
	json_bool(j, "enable_thinking", strcmp(reasoning, "off") != 0);
	if (!is_switch(reasoning))
		json_str(j, "reasoning_effort", reasoning);
	json_close(j);
}

/* OpenAI's word for "off" is "none"; for "on" it has none. */
static void
write_reasoning(struct json *j, enum server_kind kind, const struct step *s)
{
	const char *reasoning = s->sampling.reasoning;

	if (reasoning == NULL || s->raw_completion)
		return;
	if (kind == SERVER_LLAMA || kind == SERVER_MLX_LM ||
	    kind == SERVER_VLLM)
		write_template_words(j, reasoning);
	else if (strcmp(reasoning, "off") == 0)
		json_str(j, "reasoning_effort", "none");
	else if (!is_switch(reasoning))
		json_str(j, "reasoning_effort", reasoning);
}

/* What only some servers understand; others may refuse it. */
static void
write_extras(struct json *j, enum server_kind kind, const struct step *s)
{
	write_reasoning(j, kind, s);
	if (kind == SERVER_LLAMA)
		json_bool(j, "return_progress", true);
	if (s->sampling.fixed_length &&
	    (kind == SERVER_LLAMA || kind == SERVER_VLLM))
		json_bool(j, "ignore_eos", true);
}

/*
 * At temperature 0 nothing is drawn, and a seed decides nothing.  mlx_lm.server
 * puts a request with a seed into no batch, one waits for the other: none then
 * where several are to be answered at once.
 */
static bool
wants_seed(enum server_kind kind, const struct step *s)
{
	bool is_alone = s->concurrency <= 1 && s->arrival == ARRIVAL_CLOSED;

	return s->sampling.temperature != 0 &&
	    (kind != SERVER_MLX_LM || is_alone);
}

static void
write_openai(struct json *j, enum server_kind kind, const struct step *s,
    const char *prompt, const struct history *h)
{
	const struct step_sampling *p = &s->sampling;

	if (s->raw_completion)
		json_str(j, "prompt", prompt);
	else
		write_messages(j, s, prompt, h);
	json_bool(j, "stream", true);
	json_object(j, "stream_options");
	json_bool(j, "include_usage", true);
	json_close(j);
	number_if(j, "temperature", p->temperature);
	number_if(j, "top_p", p->top_p);
	count_if(j, "top_k", p->top_k);
	if (wants_seed(kind, s))
		count_if(j, "seed", p->seed);
	count_if(j, "max_tokens", p->max_tokens);
}

void
body_write(struct buf *out, const struct addressee *to, const struct step *s,
    const char *prompt, const struct history *h)
{
	struct json j;

	json_init(&j, out);
	json_object(&j, NULL);
	json_str(&j, "model", to->model);
	if (to->api == API_LMSTUDIO && !s->raw_completion) {
		write_v1(&j, s, prompt, h);
	} else {
		write_openai(&j, to->kind, s, prompt, h);
		write_extras(&j, to->kind, s);
	}
	json_close(&j);
}
