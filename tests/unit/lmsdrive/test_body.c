/* What is sent, by dialect. */

#include <stdlib.h>

#include "server/api.h"
#include "tap.h"
#include "xalloc.h"

static const char *
body(const struct server_api *api, const struct step *s,
    const struct history *h)
{
	static char out[2048];
	struct buf b = BUF_INIT;

	body_write(&b, api, "inst", s, "hi \"you\"", h);
	snprintf(out, sizeof(out), "%s", buf_cstr(&b));
	buf_fini(&b);
	return out;
}

/* A request in the OpenAI API, but for its sampling and its end. */
#define BEGIN "{\"model\":\"inst\","
#define MIDDLE ",\"messages\":[{\"role\":\"user\"," \
    "\"content\":\"hi \\\"you\\\"\"}],\"stream\":true," \
    "\"stream_options\":{\"include_usage\":true}"

/* Each server's way to be told to reason, or not to. */
static void
test_reasoning(void)
{
	static const struct {
		const struct server_api *api;
		const char *word;	/* as configured */
		const char *want;	/* in the body; NULL: nothing */
	} cases[] = {
		{ &api_openai, "off", "\"reasoning_effort\":\"none\"}" },
		{ &api_openai, "on", NULL },
		{ &api_ollama, "off", "\"think\":false}" },
		{ &api_ollama, "on", "\"think\":true}" },
		{ &api_ollama, "low", "\"think\":\"low\"}" },
		{ &api_mlx_lm, "off", "\"chat_template_kwargs\":"
		    "{\"enable_thinking\":false}}" },
		{ &api_mlx_lm, "on", "\"chat_template_kwargs\":"
		    "{\"enable_thinking\":true}}" },
		{ &api_vllm, "high", "\"chat_template_kwargs\":"
		    "{\"enable_thinking\":true,\"reasoning_effort\":"
		    "\"high\"}}" },
		{ &api_llama, "off", "\"chat_template_kwargs\":"
		    "{\"enable_thinking\":false},\"return_progress\":true}" },
	};
	const char *got;
	struct step s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		step_init(&s);
		s.sampling.reasoning = xstrdup(cases[i].word);
		got = body(cases[i].api, &s, NULL);
		ok(cases[i].want != NULL ? strstr(got, cases[i].want) != NULL :
		    strstr(got, "reasoning") == NULL,
		    "reasoning %s, %s", cases[i].word, cases[i].api->name);
		s.raw_completion = true;
		ok(strstr(body(cases[i].api, &s, NULL),
		    "think") == NULL, "and nothing without a template");
		step_fini(&s);
	}
}

/* Who understands what is not OpenAI's own gets it, nobody else. */
static void
test_kinds(void)
{
	struct step s;

	step_init(&s);
	s.sampling.temperature = 0;
	s.sampling.max_tokens = 16;
	s.sampling.seed = 42;
	is_text(body(&api_llama, &s, NULL), BEGIN
	    "\"temperature\":0,\"max_tokens\":16" MIDDLE
	    ",\"return_progress\":true}",
	    "llama-server tells the progress of a prefill when asked");
	s.sampling.fixed_length = true;
	is_text(body(&api_llama_router, &s, NULL), BEGIN
	    "\"temperature\":0,\"max_tokens\":16" MIDDLE
	    ",\"return_progress\":true,\"ignore_eos\":true}",
	    "a fixed length: to the end");
	is_text(body(&api_vllm, &s, NULL), BEGIN
	    "\"temperature\":0,\"max_tokens\":16" MIDDLE
	    ",\"ignore_eos\":true}",
	    "vLLM as well");
	is_text(body(&api_mlx_lm, &s, NULL), BEGIN
	    "\"temperature\":0,\"max_tokens\":16" MIDDLE "}",
	    "mlx_lm.server: no seed where it decides nothing");
	s.sampling.temperature = 0.5;
	is_text(body(&api_openai, &s, NULL), BEGIN
	    "\"temperature\":0.5,\"seed\":42,\"max_tokens\":16" MIDDLE "}",
	    "the seed, where something is drawn");
	s.sampling.fixed_length = false;
	ok(strstr(body(&api_mlx_lm, &s, NULL), "seed") !=
	    NULL, "mlx_lm.server: also there, for one at a time");
	s.concurrency = 2;
	ok(strstr(body(&api_mlx_lm, &s, NULL), "seed") ==
	    NULL, "but not for several, which it would not batch");
	ok(strstr(body(&api_llama, &s, NULL), "seed") !=
	    NULL, "others batch them all the same");
	s.prompt.probe = xstrdup("code");
	ok(strstr(body(&api_llama, &s, NULL), "\"cache_prompt\":false") !=
	    NULL && strstr(body(&api_openai, &s, NULL), "cache_prompt") ==
	    NULL, "a probe: the same whatever was asked before");
	step_fini(&s);
}

/* Every number in the server's word, or none where it has none. */
static void
test_sampling(void)
{
	static const struct {
		const struct server_api *api;
		const char *body, *record;
	} cases[] = {
		{ &api_lmstudio, "\"temperature\":0.5,\"top_p\":0.9,"
		    "\"top_k\":20,\"min_p\":0,\"repeat_penalty\":1,"
		    "\"max_output_tokens\":16,",
		    "{\"temperature\":0.5,\"top_p\":0.9,\"top_k\":20,"
		    "\"min_p\":0,\"repeat_penalty\":1,"
		    "\"presence_penalty\":null,\"frequency_penalty\":null,"
		    "\"seed\":null,\"reasoning\":null,\"draft_model\":null,"
		    "\"draft_tokens\":null}" },
		{ &api_lmstudio_v0, "\"min_p\":0,\"repeat_penalty\":1,"
		    "\"presence_penalty\":0,\"frequency_penalty\":0.1,"
		    "\"seed\":42,\"max_tokens\":16,\"draft_model\":\"d\",",
		    "{\"temperature\":0.5,\"top_p\":0.9,\"top_k\":20,"
		    "\"min_p\":0,\"repeat_penalty\":1,"
		    "\"presence_penalty\":0,\"frequency_penalty\":0.1,"
		    "\"seed\":42,\"reasoning\":null,\"draft_model\":\"d\","
		    "\"draft_tokens\":null}" },
		{ &api_llama, "\"min_p\":0,\"repeat_penalty\":1,"
		    "\"presence_penalty\":0,\"frequency_penalty\":0.1,"
		    "\"seed\":42,\"max_tokens\":16,\"speculative.n_max\":0,",
		    "\"draft_model\":null,\"draft_tokens\":0}" },
		{ &api_vllm, "\"min_p\":0,\"repetition_penalty\":1,",
		    "\"repeat_penalty\":1," },
		/* which applies a penalty of 1, and batches no such request */
		{ &api_mlx_lm, "\"min_p\":0,\"repetition_penalty\":0,"
		    "\"presence_penalty\":0,\"frequency_penalty\":0.1,"
		    "\"seed\":42,\"max_tokens\":16,\"draft_model\":\"d\","
		    "\"num_draft_tokens\":0,", "\"repeat_penalty\":1," },
		{ &api_ollama, "\"options\":{\"temperature\":0.5,"
		    "\"top_p\":0.9,\"top_k\":20,\"min_p\":0,"
		    "\"repeat_penalty\":1,\"presence_penalty\":0,"
		    "\"frequency_penalty\":0.1,\"seed\":42,"
		    "\"num_predict\":16},\"messages\":[",
		    "\"repeat_penalty\":1," },
		/* what changes nothing is not sent to who may refuse it */
		{ &api_openai, "\"top_p\":0.9,\"top_k\":20,"
		    "\"presence_penalty\":0,",
		    "\"min_p\":null,\"repeat_penalty\":null," },
		{ &api_vllm_mlx, "\"top_p\":0.9,\"top_k\":20,"
		    "\"presence_penalty\":0,",
		    "\"min_p\":null,\"repeat_penalty\":null," },
	};
	struct buf record = BUF_INIT;
	struct step s;

	step_init(&s);
	s.sampling = (struct step_sampling){ .temperature = 0.5, .top_p = 0.9,
	    .top_k = 20, .repeat_penalty = 1, .frequency_penalty = 0.1,
	    .seed = 42, .max_tokens = 16 };
	s.speculation = (struct step_speculation){ xstrdup("d"), 0 };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ok(strstr(body(cases[i].api, &s, NULL), cases[i].body) != NULL,
		    "%s is sent what it takes", api_words[cases[i].api->api]);
		buf_clear(&record);
		body_write_sampling(&record, cases[i].api, &s);
		ok(strstr(buf_cstr(&record), cases[i].record) != NULL,
		    "and that is recorded, in our words");
	}
	s.sampling.repeat_penalty = 1.1;
	ok(strstr(body(&api_vllm_mlx, &s, NULL),
	    "\"repetition_penalty\":1.1,") != NULL,
	    "what changes something is");
	s.raw_completion = true;
	ok(strstr(body(&api_lmstudio, &s, NULL), "\"repeat_penalty\":1.1,") !=
	    NULL, "LM Studio's raw completions take a penalty, too");
	buf_fini(&record);
	step_fini(&s);
}

/* Another path of the same server: the whole conversation each time. */
static void
test_paths(const struct history *h)
{
	static const struct {
		enum api api;
		const char *path, *body, *reasoning;
	} cases[] = {
		{ API_MESSAGES, "/v1/messages", BEGIN "\"temperature\":0.5,"
		    "\"top_p\":0.9,\"top_k\":20,\"max_tokens\":16,"
		    "\"system\":\"be brief\",\"messages\":[{\"role\":"
		    "\"user\",\"content\":\"u1\"},{\"role\":"
		    "\"assistant\",\"content\":\"a1\"},{\"role\":\"user\","
		    "\"content\":\"hi \\\"you\\\"\"}],\"stream\":true}",
		    "\"thinking\":{\"type\":\"disabled\"},"
		    "\"chat_template_kwargs\":{\"enable_thinking\":false}}" },
		{ API_RESPONSES, "/v1/responses", BEGIN "\"temperature\":0.5,"
		    "\"top_p\":0.9,\"max_output_tokens\":16,"
		    "\"instructions\":\"be brief\",\"input\":[{\"type\":"
		    "\"message\",\"role\":\"user\",\"content\":\"u1\"},"
		    "{\"type\":\"message\",\"role\":\"assistant\","
		    "\"content\":\"a1\"},{\"type\":\"message\",\"role\":"
		    "\"user\",\"content\":\"hi \\\"you\\\"\"}],\"stream\":"
		    "true,\"store\":false}",
		    "\"store\":false,\"reasoning\":{\"effort\":\"none\"}}" },
	};
	struct step s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		step_init(&s);
		s.server.api = cases[i].api;
		s.prompt.system = xstrdup("be brief");
		s.sampling = (struct step_sampling){ .temperature = 0.5,
		    .top_p = 0.9, .top_k = 20, .repeat_penalty = 1,
		    .seed = 42, .max_tokens = 16 };
		is_text(body_path(&api_lmstudio, &s), cases[i].path,
		    "whatever the server's own is");
		is_text(body(&api_lmstudio, &s, h), cases[i].body,
		    cases[i].path);
		s.sampling.reasoning = xstrdup("off");
		ok(strstr(body(&api_llama, &s, h), cases[i].reasoning) != NULL,
		    "told not to reason");
		s.raw_completion = true;
		is_text(body_path(&api_llama, &s), "/v1/completions",
		    "raw completions have their own");
		step_fini(&s);
	}
}

static void
test_load_body(void)
{
	char *b = loading_body("m", "{\"flash_attention\":true,\"model\":1}",
	    2048);

	is_text(b, "{\"model\":\"m\",\"flash_attention\":true,"
	    "\"context_length\":2048,\"echo_load_config\":true}",
	    "load: options, context, echo, and only one model");
	free(b);
	b = loading_body("m", "{\"context_length\":4096,"
	    "\"echo_load_config\":false}", 2048);
	is_text(b, "{\"model\":\"m\",\"context_length\":4096,"
	    "\"echo_load_config\":false}", "load: the options go first");
	free(b);
}

int
main(void)
{
	struct history h = { .n = 0 };
	struct step s;

	step_init(&s);
	s.sampling.temperature = 0;
	s.sampling.max_tokens = 16;
	s.sampling.seed = 42;
	is_text(body(&api_lmstudio, &s, NULL),
	    BEGIN "\"temperature\":0,\"max_output_tokens\":16,"
	    "\"input\":\"hi \\\"you\\\"\",\"stream\":true,\"store\":false}",
	    "v1: not stored, and no seed, which it refuses");
	is_text(body(&api_openai, &s, NULL),
	    BEGIN "\"temperature\":0,\"max_tokens\":16" MIDDLE "}",
	    "OpenAI: usage asked for");
	history_add(&h, "u1", "a1", NULL, "resp_9");
	is_text(body(&api_lmstudio, &s, &h),
	    BEGIN "\"temperature\":0,\"max_output_tokens\":16,"
	    "\"input\":\"hi \\\"you\\\"\",\"stream\":true,\"store\":true,"
	    "\"previous_response_id\":\"resp_9\"}",
	    "v1: a conversation goes on from the stored answer");
	s.prompt.system = xstrdup("be brief");
	is_text(body(&api_openai, &s, &h),
	    BEGIN "\"temperature\":0,\"max_tokens\":16,\"messages\":["
	    "{\"role\":\"system\",\"content\":\"be brief\"},{\"role\":\"user\","
	    "\"content\":\"u1\"},{\"role\":\"assistant\",\"content\":\"a1\"},"
	    "{\"role\":\"user\",\"content\":\"hi \\\"you\\\"\"}],"
	    "\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
	    "OpenAI: system prompt and turns before");
	s.raw_completion = true;
	is_text(body_path(&api_lmstudio, &s), "/v1/completions",
	    "raw completions go to the OpenAI API, at LM Studio too");
	ok(strstr(body(&api_lmstudio, &s, NULL), "\"prompt\":\"hi ") != NULL,
	    "and carry the bare prompt");
	test_kinds();
	test_reasoning();
	test_sampling();
	test_load_body();
	test_paths(&h);
	history_fini(&h);
	step_fini(&s);
	return tap_done();
}
